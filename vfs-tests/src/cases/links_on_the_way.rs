//! Symbolic links in the middle of the paths of each call, and chains at their ends.

super::cases! { $ links_on_the_way, cases_of_links_on_the_way;
    /// Every call that makes a name makes it where the link leads.
    making: r#"
        d/
        l -> d
        a ""
        ---
        open l/f write create
        mkdir l/e
        symlink t l/m
        link a l/b
        list d -> f e/ m@ b
        ---
        a ""
        d/b = a
        d/e/
        d/f ""
        d/m -> t
        l -> d
    "#;

    /// Every call that removes or moves a name does so where the link leads.
    removing: r#"
        d/f ""
        d/e/
        d/g ""
        l -> d
        ---
        unlink l/f
        rmdir l/e
        rename l/g l/h
        ---
        d/h ""
        l -> d
    "#;

    /// A dangling link on the way is a missing directory to every call.
    dangling: r#"
        l -> nothing
        a ""
        ---
        open l/x read -> ENOENT
        open l/x write create -> ENOENT
        stat l/x -> ENOENT
        lstat l/x -> ENOENT
        mkdir l/x -> ENOENT
        rmdir l/x -> ENOENT
        unlink l/x -> ENOENT
        symlink t l/x -> ENOENT
        readlink l/x -> ENOENT
        link a l/x -> ENOENT
        link l/x b -> ENOENT
        rename a l/x -> ENOENT
        rename l/x b -> ENOENT
        utime l/x 1 2 -> ENOENT
        chmod l/x 0600 -> ENOENT
        ---
        unchanged
    "#;

    /// A link to a file on the way is no directory to every call.
    to_a_file: r#"
        l -> a
        a ""
        ---
        open l/x read -> ENOTDIR
        open l/x write create -> ENOTDIR
        stat l/x -> ENOTDIR
        mkdir l/x -> ENOTDIR
        rmdir l/x -> ENOTDIR
        unlink l/x -> ENOTDIR
        symlink t l/x -> ENOTDIR
        readlink l/x -> ENOTDIR
        link a l/x -> ENOTDIR
        rename a l/x -> ENOTDIR
        rename l/x b -> ENOTDIR
        ---
        unchanged
    "#;

    /// A loop on the way is a loop to every call.
    looping: r#"
        l -> m
        m -> l
        a ""
        ---
        open l/x read -> ELOOP
        open l/x write create -> ELOOP
        stat l/x -> ELOOP
        lstat l/x -> ELOOP
        mkdir l/x -> ELOOP
        rmdir l/x -> ELOOP
        unlink l/x -> ELOOP
        symlink t l/x -> ELOOP
        readlink l/x -> ELOOP
        link a l/x -> ELOOP
        link l/x b -> ELOOP
        rename a l/x -> ELOOP
        rename l/x b -> ELOOP
        utime l/x 1 2 -> ELOOP
        chmod l/x 0600 -> ELOOP
        ---
        unchanged
    "#;

    /// A loop as the last name is a loop to the calls that follow, and a name to the others.
    looping_at_the_end: r#"
        l -> m
        m -> l
        ---
        stat l -> ELOOP
        utime l 1 2 -> ELOOP
        chmod l 0600 -> ELOOP
        link-followed l x -> ELOOP
        lstat l -> symlink
        mkdir l -> EEXIST
        rmdir l -> ENOTDIR
        rename l x
        unlink x
        ---
        m -> l
    "#;

    /// A target through several directories and dots is walked from the link's directory.
    winding_target: r#"
        d/e/f/a "abc"
        x/l -> ../d/./e//f/../f/a
        ---
        cat x/l -> "abc"
        utime x/l 1 2
        stat d/e/f/a -> mtime=2
        ---
        unchanged
    "#;

    /// A link that is moved to another directory leads elsewhere.
    moved_link: r#"
        l -> a
        a "root"
        d/a "in d"
        ---
        cat l -> "root"
        rename l d/l
        cat d/l -> "in d"
        ---
        a "root"
        d/a "in d"
        d/l -> a
    "#;

    /// A link whose directory is moved leads from there.
    moved_directory: r#"
        d/l -> ../a
        a "root"
        x/a "in x"
        ---
        cat d/l -> "root"
        rename d x/d
        cat x/d/l -> "in x"
        ---
        a "root"
        x/a "in x"
        x/d/l -> ../a
    "#;

    /// A dangling link leads somewhere once its target is made, and nowhere once it is gone.
    target_comes_and_goes: r#"
        l -> d/a
        ---
        stat l -> ENOENT
        mkdir d
        stat l -> ENOENT
        open d/a write create
        stat l -> file
        unlink l
        stat d/a -> file
        symlink d/a l
        rename d e
        stat l -> ENOENT
        ---
        e/a ""
        l -> d/a
    "#;

    /// Through two chains of links at once, both are followed.
    two_paths: r#"
        d/e/a "abc"
        l -> m
        m -> d/n
        d/n -> e
        x/
        o -> p
        p -> x
        ---
        rename l/a o/b
        link o/b l/c
        ---
        d/e/c "abc"
        x/b = d/e/c
        l -> m
        m -> d/n
        d/n -> e
        o -> p
        p -> x
    "#;

    /// Each of two paths has forty links of its own.
    forty_links_each: r#"
        a "abc"
        l -> .
        ---
        rename {40*l/}a {40*l/}b
        rename {41*l/}b c -> ELOOP
        rename b {41*l/}c -> ELOOP
        link {40*l/}b {40*l/}c
        ---
        b "abc"
        c = b
        l -> .
    "#;

    /// A link's own name may be as long as names can be, and so may each name in its target.
    long_names: r#"
        {255*d}/{255*a} "abc"
        {255*l} -> {255*d}/{255*a}
        ---
        cat {255*l} -> "abc"
        ---
        unchanged
    "#;

    /// A target longer than a name, in many components, is walked.
    long_target: r#"
        d/a "abc"
        l -> {600*./}d/{600*./}a
        ---
        cat l -> "abc"
        lstat l -> size=2403
        ---
        unchanged
    "#;
}
