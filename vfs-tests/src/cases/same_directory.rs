//! Different paths to one node, on calls that take two of them and calls that are given one twice.

super::cases! { $ same_directory, cases_of_same_directory;
    /// A file renamed to itself by a path through a link or dots stays as it is.
    renamed_by_another_path: r#"
        d/a "abc"
        l -> d
        ---
        stat d/a -> ino=$a
        rename d/a l/a
        rename l/a d/./a
        rename d/../d/a d/a
        stat d/a -> ino=$a nlink=1
        ---
        unchanged
    "#;

    /// A directory renamed to itself by a path through a link or dots stays as it is.
    directory_by_another_path: r#"
        d/e/a "abc"
        l -> d
        ---
        rename d/e l/e
        rename l/e/ d/./e
        rename d/e d/e/ 
        cat d/e/a -> "abc"
        ---
        unchanged
    "#;

    /// A link renamed to itself stays a link.
    link_by_another_path: r#"
        d/l -> nothing
        m -> d
        ---
        rename d/l m/l
        rename m/l d/l
        readlink d/l -> "nothing"
        ---
        unchanged
    "#;

    /// A name by another path to the same name is taken.
    link_by_another_name: r#"
        d/a "abc"
        l -> d
        ---
        link d/a l/a -> EEXIST
        link d/a d/../d/a -> EEXIST
        symlink x l/a -> EEXIST
        mkdir l/a -> EEXIST
        open l/a write create excl -> EEXIST
        ---
        unchanged
    "#;

    /// A file moves within its directory by way of a link to it.
    moved_within: r#"
        d/a "abc"
        l -> d
        ---
        rename d/a l/b
        list d -> b
        rename l/b d/c
        ---
        d/c "abc"
        l -> d
    "#;

    /// A directory does not move into itself by way of a link that it holds or of dots.
    into_itself: r#"
        d/l -> ../d
        d/m -> .
        ---
        rename d d/l/x -> EINVAL
        rename d d/m/x -> EINVAL
        rename d d/m/../d/x -> EINVAL
        rename d/m/../d d/x -> EINVAL
        ---
        unchanged
    "#;

    /// Two handles of one directory, a path and a handle, a link and a handle: a name moves between them as within it.
    by_handles: r#"
        d/a "abc"
        l -> d
        ---
        d = open d read dir
        e = open l read dir
        rename d:a e:b
        rename e:b d/c
        rename l/c d:x
        rename d:x d:x
        list d -> x
        ---
        d/x "abc"
        l -> d
    "#;

    /// What is removed by one path is gone by the others.
    removed_by_one: r#"
        d/a ""
        l -> d
        ---
        d = open d read dir
        unlink l/a
        stat d/a -> ENOENT
        stat d:a -> ENOENT
        unlink d:a -> ENOENT
        rmdir d
        stat l -> ENOENT
        lstat l -> symlink
        ---
        l -> d
    "#;

    /// One inode number by every path.
    one_inode: r#"
        d/e/a ""
        l -> d/e
        m -> l/a
        ---
        stat d/e/a -> ino=$a
        stat l/a -> ino=$a
        stat m -> ino=$a
        stat d/e/../e/./a -> ino=$a
        stat l/../e/a -> ino=$a
        d = open l read dir
        stat d:a -> ino=$a
        stat d: -> ino=$d
        stat d/e -> ino=$d
        stat l/. -> ino=$d
        stat d/../d/e/ -> ino=$d
        ---
        unchanged
    "#;
}
