//! How a path is walked.

super::cases! { $ paths, cases_of_paths;
    /// An empty path names nothing.
    empty: r#"
        a ""
        ---
        open "" read -> ENOENT
        open "" write create -> ENOENT
        stat "" -> ENOENT
        lstat "" -> ENOENT
        utime "" 1 2 -> ENOENT
        chmod "" 0600 -> ENOENT
        mkdir "" -> ENOENT
        rmdir "" -> ENOENT
        unlink "" -> ENOENT
        readlink "" -> ENOENT
        symlink x "" -> ENOENT
        link "" b -> ENOENT
        link a "" -> ENOENT
        rename "" b -> ENOENT
        rename a "" -> ENOENT
        ---
        unchanged
    "#;

    /// `.` stands for the directory that it is in, any number of times.
    dot: r#"
        d/a "abc"
        ---
        stat . -> dir ino=$root
        stat ./. -> dir ino=$root
        cat ./d/./a -> "abc"
        list d/. -> a
        list ./d/././. -> a
        ---
        unchanged
    "#;

    /// `..` goes back over what was walked.
    dot_dot: r#"
        d/e/
        a "root"
        d/a "d"
        ---
        cat d/../a -> "root"
        cat d/e/../a -> "d"
        cat d/e/../../a -> "root"
        cat d/../d/../d/a -> "d"
        list d/e/.. -> a e/
        ---
        unchanged
    "#;

    /// Several slashes are one.
    several_slashes: r#"
        d/e/a "abc"
        ---
        cat d//e///a -> "abc"
        list d//e// -> a
        mkdir d///x
        ---
        d/e/a "abc"
        d/x/
    "#;

    /// `..` goes back only over a directory that is there.
    dot_dot_over_nothing: r#"
        a "abc"
        ---
        open d/../a read -> ENOENT
        open a/../a read -> ENOTDIR
        open a/. read -> ENOTDIR
        stat a/.. -> ENOTDIR
        ---
        unchanged
    "#;

    /// `..` after a link to a directory leads to the parent of where the link leads.
    dot_dot_after_a_link: r#"
        d/e/
        d/a "d"
        a "root"
        l -> d/e
        ---
        cat l/../a -> "d"
        cat l/../../a -> "root"
        ---
        unchanged
    "#;

    /// A link's relative target begins in the link's directory.
    relative_target: r#"
        d/l -> a
        d/m -> ../a
        d/e/n -> ../../a
        d/a "d"
        a "root"
        ---
        cat d/l -> "d"
        cat d/m -> "root"
        cat d/e/n -> "root"
        cat d/e/../m -> "root"
        ---
        unchanged
    "#;

    /// Links lead to links.
    chain: r#"
        a "abc"
        l -> m
        m -> d/n
        d/n -> ../o
        o -> a
        ---
        cat l -> "abc"
        stat l -> file
        ---
        unchanged
    "#;

    /// A link in the middle of a path must lead to a directory.
    link_in_the_middle: r#"
        a "abc"
        d/b "def"
        l -> a
        m -> d
        n -> nothing
        ---
        cat m/b -> "def"
        cat m/../a -> "abc"
        stat l/b -> ENOTDIR
        stat l/.. -> ENOTDIR
        stat n/b -> ENOENT
        stat n/.. -> ENOENT
        ---
        unchanged
    "#;

    /// A target may have dots, several slashes and slashes at its end.
    untidy_targets: r#"
        d/a "abc"
        l -> .//d/./../d/
        m -> d//
        n -> .
        ---
        cat l/a -> "abc"
        cat m/a -> "abc"
        cat n/n/n/d/a -> "abc"
        list l -> a
        ---
        unchanged
    "#;

    /// A target with a slash at its end leads only to a directory.
    target_with_a_trailing_slash: r#"
        a "abc"
        d/
        l -> a/
        m -> d/
        n -> nothing/
        ---
        stat l -> ENOTDIR
        open l read -> ENOTDIR
        stat m -> dir
        open m read -> dir
        stat n -> ENOENT
        open n write create -> EISDIR
        ---
        unchanged
    "#;

    /// A link that leads to itself is a loop.
    loop_of_one: r#"
        l -> l
        ---
        stat l -> ELOOP
        open l read -> ELOOP
        open l write create -> ELOOP
        stat l/a -> ELOOP
        mkdir l/a -> ELOOP
        lstat l -> symlink
        ---
        unchanged
    "#;

    /// Links that lead to each other are a loop.
    loop_of_two: r#"
        l -> m
        m -> d/n
        d/n -> ../l
        ---
        stat l -> ELOOP
        open d/n read -> ELOOP
        ---
        unchanged
    "#;

    /// A link below itself is a loop.
    loop_below_itself: r#"
        l -> l/a
        ---
        stat l -> ELOOP
        ---
        unchanged
    "#;

    /// Forty links in a path are followed, one more is not.
    forty_links: r#"
        a "abc"
        l -> .
        m -> a
        ---
        cat {40*l/}a -> "abc"
        stat {41*l/}a -> ELOOP
        cat {39*l/}m -> "abc"
        stat {40*l/}m -> ELOOP
        lstat {40*l/}m -> symlink
        lstat {41*l/}m -> ELOOP
        ---
        unchanged
    "#;

    /// Links that come out of other links are counted as well.
    forty_links_in_a_chain: r#"
        a "abc"
        k -> {20*l/}a
        l -> .
        ---
        cat {19*l/}k -> "abc"
        cat {20*l/}k -> ELOOP
        ---
        unchanged
    "#;

    /// A path of 4095 bytes is walked, one of 4096 is refused.
    longest_path: r#"
        a "abc"
        ---
        cat {2047*./}a -> "abc"
        stat {2047*./}/a -> ENAMETOOLONG
        open {2047*./}/a read -> ENAMETOOLONG
        mkdir {2047*./}/b -> ENAMETOOLONG
        unlink {2047*./}/a -> ENAMETOOLONG
        rename a {2047*./}/b -> ENAMETOOLONG
        rename {2047*./}/a b -> ENAMETOOLONG
        link a {2047*./}/b -> ENAMETOOLONG
        symlink x {2047*./}/b -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// A path that is too long is refused before anything of it is walked.
    too_long_before_anything_else: r#"
        a "abc"
        ---
        stat a/{2048*./} -> ENAMETOOLONG
        stat nothing/{2048*./} -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// Names that begin with dots are ordinary ones.
    dotted_names: r#"
        .../a "abc"
        .b ""
        ..c ""
        ---
        cat .../a -> "abc"
        stat .b -> file
        stat ..c -> file
        stat .../../.b -> file
        ---
        unchanged
    "#;
}
