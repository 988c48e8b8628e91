//! Paths from open directories: the `*at` in every call's name.

super::cases! { $ open_dirs, cases_of_open_dirs;
    /// Every call that makes a name makes it in the open directory.
    making: r#"
        d/
        a "abc"
        ---
        d = open d read dir
        open d:f write create
        mkdir d:e
        symlink t d:l
        link a d:b
        list d -> f e/ l@ b
        list . -> a d/
        ---
        a "abc"
        d/f ""
        d/e/
        d/l -> t
        d/b = a
    "#;

    /// Every call that removes or moves a name finds it in the open directory.
    removing: r#"
        d/f ""
        d/e/
        d/g ""
        f "kept"
        e/
        g "kept"
        ---
        d = open d read dir
        unlink d:f
        rmdir d:e
        rename d:g d:h
        list d -> h
        list . -> d/ f e/ g
        ---
        d/h ""
        f "kept"
        e/
        g "kept"
    "#;

    /// Every call that looks or sets metadata means the open directory's entry.
    looking: r#"
        d/a "in d"
        d/l -> a
        a "in root, longer"
        l -> d
        ---
        d = open d read dir
        stat d:a -> size=4
        lstat d:l -> symlink size=1
        readlink d:l -> "a"
        cat d:l -> "in d"
        chmod d:a 0600
        utime d:a 1 2
        lutime d:l 3 4
        stat d/a -> mode=0600 mtime=2
        lstat d/l -> mtime=4
        ---
        d/a "in d" mode=0600
        d/l -> a
        a "in root, longer"
        l -> d
    "#;

    /// `..` within the path from an open directory comes back into it.
    dot_dot_within: r#"
        d/e/f ""
        d/a "abc"
        ---
        d = open d read dir
        cat d:e/../a -> "abc"
        rename d:e/../a d:e/a
        mkdir d:e/../x
        ---
        d/e/f ""
        d/e/a "abc"
        d/x/
    "#;

    /// A directory does not move below itself by way of a handle.
    moving_below_itself: r#"
        d/e/
        ---
        e = open d/e read dir
        rename d e:x -> EINVAL
        rename d/e e:x -> EINVAL
        ---
        unchanged
    "#;

    /// Nothing replaces a directory that holds it by way of a handle.
    moving_onto_an_ancestor: r#"
        d/e/a ""
        ---
        e = open d/e read dir
        rename e:a d -> ENOTEMPTY
        rename e:a d/e -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// Two handles of one directory are one directory to a rename.
    two_handles: r#"
        d/a "abc"
        ---
        d = open d read dir
        e = open d read dir
        rename d:a e:a
        rename d:a e:b
        link d:b e:c
        list d -> b c
        ---
        d/b "abc"
        d/c = d/b
    "#;

    /// A directory that moves takes the paths of those below it along.
    moving_under_open_directories: r#"
        d/e/f/a "abc"
        x/
        ---
        f = open d/e/f read dir
        rename d/e x/e
        cat f:a -> "abc"
        open f:b write create
        rename x/e/f y
        open f:c write create
        list y -> a b c
        ---
        d/
        x/e/
        y/a "abc"
        y/b ""
        y/c ""
    "#;

    /// Opening `.` gives a handle of its own.
    reopening: r#"
        d/a "abc"
        ---
        d = open d read dir
        e = open d:. read dir -> dir
        stat d: -> ino=$d
        stat e: -> ino=$d
        cat e:a -> "abc"
        rename d x
        cat e:a -> "abc"
        ---
        x/a "abc"
    "#;

    /// An open directory may be opened without access to its entries and still be a place to start from.
    without_access: r#"
        d/a "abc"
        ---
        d = open d dir
        cat d:a -> "abc"
        mkdir d:e
        stat d: -> dir
        ---
        d/a "abc"
        d/e/
    "#;

    /// An empty path from an open directory names nothing.
    empty_path: r#"
        d/
        ---
        d = open d read dir
        stat d:"" -> ENOENT
        open d:"" read -> ENOENT
        mkdir d:"" -> ENOENT
        ---
        unchanged
    "#;

    /// What was removed from an open directory is gone for all its handles.
    removed_for_all: r#"
        d/a ""
        ---
        d = open d read dir
        e = open d read dir
        unlink d:a
        stat e:a -> ENOENT
        list e: -> nothing
        ---
        d/
    "#;
}
