//! Links that lead through dots, slashes and themselves.

super::cases! { $ through, cases_of_through;
    /// A link to `.` leads to where it is, as often as links are followed.
    to_here: r#"
        a "abc"
        l -> .
        ---
        cat l/a -> "abc"
        cat {40*l/}a -> "abc"
        cat {41*l/}a -> ELOOP
        list l -> a l@
        open l/b write create
        ---
        a "abc"
        b ""
        l -> .
    "#;

    /// A link to `..` leads to the directory above the one that it is in.
    to_above: r#"
        a "abc"
        d/l -> ..
        ---
        cat d/l/a -> "abc"
        cat {20*d/l/}a -> "abc"
        mkdir d/l/e
        rename d/l/a d/l/e/a
        stat d/l/d -> dir
        ---
        d/l -> ..
        e/a "abc"
    "#;

    /// A link to its own directory's name leads around.
    to_its_own_directory: r#"
        d/a "abc"
        d/l -> ../d
        ---
        cat d/l/l/l/a -> "abc"
        unlink d/l/l/a
        rmdir d/l -> ENOTDIR
        unlink d/l/l
        rmdir d
        ---
    "#;

    /// A target with a slash at its end leads to directories only, and creates no file.
    target_with_a_slash: r#"
        a "abc"
        d/
        l -> d/
        m -> a/
        n -> x/
        ---
        stat l -> dir
        stat m -> ENOTDIR
        stat n -> ENOENT
        open m read -> ENOTDIR
        open n write create -> EISDIR
        lstat l -> symlink
        mkdir l/e
        ---
        a "abc"
        d/e/
        l -> d/
        m -> a/
        n -> x/
    "#;

    /// A target with a dot at its end leads to directories only.
    target_with_a_dot: r#"
        a "abc"
        d/b ""
        l -> d/.
        m -> a/.
        n -> x/.
        ---
        list l -> b
        stat m -> ENOTDIR
        stat n -> ENOENT
        open n write create -> ENOENT
        rmdir l -> ENOTDIR
        unlink l
        ---
        a "abc"
        d/b ""
        m -> a/.
        n -> x/.
    "#;

    /// A dot after a link means where the link leads, also for calls on links themselves.
    dot_after_a_link: r#"
        d/a ""
        l -> d
        m -> d/a
        ---
        lstat l/. -> dir
        readlink l/. -> EINVAL
        lstat m/. -> ENOTDIR
        unlink l/. -> EISDIR
        rmdir l/. -> EINVAL
        mkdir l/. -> EEXIST
        rename l/. x -> EBUSY
        ---
        unchanged
    "#;

    /// Two dots after a link lead above where it leads, and not where it is.
    dots_after_a_link: r#"
        a "outer"
        d/e/
        d/a "inner"
        l -> d/e
        m -> a
        ---
        cat l/../a -> "inner"
        lstat l/.. -> dir
        stat m/.. -> ENOTDIR
        stat m/../a -> ENOTDIR
        unlink l/../a
        rmdir l/.. -> ENOTEMPTY
        ---
        a "outer"
        d/e/
        l -> d/e
        m -> a
    "#;

    /// Creating through a link whose target goes down and up again makes the file where that ends.
    created_around: r#"
        d/e/
        l -> d/e/../../x
        m -> d/nothing/../x
        ---
        open l write create
        open m write create -> ENOENT
        ---
        d/e/
        l -> d/e/../../x
        m -> d/nothing/../x
        x ""
    "#;

    /// A link is made next to where a link leads, not next to the link.
    made_beyond: r#"
        d/
        l -> d
        ---
        symlink a l/m
        open l/m write create
        readlink d/m -> "a"
        ---
        d/m -> a
        d/a ""
        l -> d
    "#;

    /// Links that lead in a circle are still moved, named, read and removed themselves.
    circle: r#"
        l -> m
        m -> l
        ---
        stat l -> ELOOP
        lstat l -> symlink nlink=1
        readlink m -> "l"
        link l n
        rename m o
        stat l -> ENOENT
        unlink l
        unlink n
        unlink o
        ---
    "#;

    /// A link that is named by two names leads from the directory of the name that is walked.
    two_names_of_a_link: r#"
        a "outer"
        d/a "inner"
        l -> a
        ---
        link l d/l
        cat l -> "outer"
        cat d/l -> "inner"
        lstat d/l -> symlink nlink=2
        ---
        a "outer"
        d/a "inner"
        d/l -> a
        l = d/l
    "#;

    /// With `link-followed`, a loop and a dangling link have nothing to give a name to.
    nothing_to_name: r#"
        l -> l
        m -> nothing
        ---
        link-followed l x -> ELOOP
        link-followed m x -> ENOENT
        link-followed m/ x -> ENOENT
        ---
        unchanged
    "#;

    /// A link whose target is spelled as the link with dots is a loop.
    to_itself_with_dots: r#"
        d/l -> ../d/./l
        ---
        stat d/l -> ELOOP
        open d/l write create -> ELOOP
        open d/l write create excl -> EEXIST
        ---
        unchanged
    "#;
}
