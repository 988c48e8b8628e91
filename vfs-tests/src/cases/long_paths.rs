//! Paths as long as paths can be.

super::cases! { $ long_paths, cases_of_long_paths;
    /// Every call takes a path of 4095 bytes.
    of_4095_bytes: r#"
        ---
        open {2047*./}a write create
        mkdir {2047*./}d
        symlink a {2047*./}l
        readlink {2047*./}l -> "a"
        link {2047*./}a {2047*./}b
        rename {2047*./}b {2047*./}c
        stat {2047*./}c -> nlink=2
        lstat {2047*./}l -> symlink
        utime {2047*./}a 5 7
        chmod {2047*./}a 0600
        unlink {2047*./}l
        unlink {2047*./}c
        rmdir {2047*./}d
        stat a -> mtime=7 mode=0600
        ---
        a ""
    "#;

    /// Every call refuses a path of 4096 bytes, whatever is there.
    of_4096_bytes: r#"
        ab ""
        d/
        ld -> d
        ---
        open {2047*./}ab read -> ENAMETOOLONG
        open {2047*./}xx write create -> ENAMETOOLONG
        stat {2047*./}ab -> ENAMETOOLONG
        lstat {2047*./}ld -> ENAMETOOLONG
        utime {2047*./}ab 1 2 -> ENAMETOOLONG
        chmod {2047*./}ab 0600 -> ENAMETOOLONG
        mkdir {2047*./}xx -> ENAMETOOLONG
        rmdir {2047*./}d/ -> ENAMETOOLONG
        unlink {2047*./}ab -> ENAMETOOLONG
        readlink {2047*./}ld -> ENAMETOOLONG
        symlink a {2047*./}xx -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// Either path of a link or a rename may be too long.
    either_of_two: r#"
        ab ""
        ---
        link {2047*./}ab x -> ENAMETOOLONG
        link ab {2047*./}xx -> ENAMETOOLONG
        rename {2047*./}ab x -> ENAMETOOLONG
        rename ab {2047*./}xx -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// Sixteen names of 255 bytes make a path of 4095.
    of_long_names: r#"
        {15*{255*d}/}{255*a} "abc"
        ---
        cat {15*{255*d}/}{255*a} -> "abc"
        stat {15*{255*d}/}{255*b} -> ENOENT
        stat {15*{255*d}/}{255*a}/ -> ENAMETOOLONG
        rename {15*{255*d}/}{255*a} a
        cat a -> "abc"
        rename a {15*{255*d}/}{255*b}
        cat {15*{255*d}/}{255*b} -> "abc"
        ---
        {15*{255*d}/}{255*b} "abc"
    "#;

    /// Slashes count, too.
    of_slashes: r#"
        d/a "abc"
        ---
        cat d{4093*/}a -> "abc"
        stat d{4094*/}a -> ENAMETOOLONG
        stat d{4094*/} -> dir
        stat d{4095*/} -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// A thousand ways there and back.
    there_and_back: r#"
        a "abc"
        d/
        ---
        cat {800*d/../}a -> "abc"
        stat {800*d/../}b -> ENOENT
        mkdir {800*d/../}e
        ---
        a "abc"
        d/
        e/
    "#;

    /// The length of a link's target is not added to that of the path in which it stands.
    beyond_a_long_link: r#"
        d/a "abc"
        l -> {2047*./}d
        ---
        cat l/a -> "abc"
        cat l/{2000*./}a -> "abc"
        open l/{2000*./}b write create
        ---
        d/a "abc"
        d/b ""
        l -> {2047*./}d
    "#;

    /// Two links with targets as long as a path can be are followed in one walk.
    two_long_links: r#"
        d/a "abc"
        d/m -> {2047*./}a
        l -> {2047*./}d
        ---
        cat l/a -> "abc"
        cat l/m -> "abc"
        ---
        unchanged
    "#;

    /// A path that is too long is refused when it goes from an open directory, too.
    from_an_open_directory: r#"
        d/ab ""
        ---
        d = open d read dir
        stat d:{2047*./}ab -> ENAMETOOLONG
        open d:{2047*./}x write create
        rename d:ab d:{2047*./}xx -> ENAMETOOLONG
        ---
        d/ab ""
        d/x ""
    "#;
}
