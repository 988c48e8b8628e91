//! Open handles across rename and removal.

super::cases! { $ handles, cases_of_handles;
    /// A directory's handle follows it to its new name and parent.
    directory_renamed: r#"
        d/a "abc"
        x/
        ---
        d = open d read dir
        rename d x/e
        cat d:a -> "abc"
        open d:b write create
        mkdir d:c
        list x/e -> a b c/
        ---
        x/e/a "abc"
        x/e/b ""
        x/e/c/
    "#;

    /// A directory's handle follows it when a directory above it is renamed.
    parent_renamed: r#"
        d/e/a "abc"
        ---
        e = open d/e read dir
        rename d x
        cat e:a -> "abc"
        rename e:a e:b
        ---
        x/e/b "abc"
    "#;

    /// Nothing can be made in a directory that was removed.
    making_in_a_removed_directory: r#"
        d/
        a ""
        e/
        ---
        d = open d read dir
        rmdir d
        open d:x write create -> ENOENT
        open d:x write create excl -> ENOENT
        mkdir d:x -> ENOENT
        symlink t d:x -> ENOENT
        link a d:x -> ENOENT
        link e d:x -> ENOENT
        rename a d:x -> ENOENT
        rename e d:x -> ENOENT
        ---
        a ""
        e/
    "#;

    /// Nothing is found in a directory that was removed, but it is still one.
    looking_into_a_removed_directory: r#"
        d/
        ---
        stat d -> ino=$d
        d = open d read dir
        rmdir d
        stat d: -> dir ino=$d
        stat d:. -> dir ino=$d
        list d: -> nothing
        open d:. read dir -> dir
        stat d:x -> ENOENT
        unlink d:x -> ENOENT
        rmdir d:x -> ENOENT
        readlink d:x -> ENOENT
        rename d:x y -> ENOENT
        open d:x read -> ENOENT
        ---
    "#;

    /// The metadata of a directory that was removed can still be set.
    metadata_of_a_removed_directory: r#"
        d/
        ---
        d = open d read dir
        rmdir d
        utime d: 5 7
        chmod d: 0700
        stat d: -> atime=5 mtime=7 mode=0700
        ---
    "#;

    /// A directory that was replaced by a rename is removed for those who have it open.
    replaced_directory: r#"
        d/a ""
        e/
        ---
        e = open e read dir
        rename d e
        list e -> a
        list e: -> nothing
        mkdir e:x -> ENOENT
        ---
        e/a ""
    "#;

    /// A directory that was removed and made again is another one.
    directory_made_again: r#"
        d/
        ---
        d = open d read dir
        stat d: -> ino=$old
        rmdir d
        mkdir d
        open d/a write create
        list d: -> nothing
        stat d -> ino!=$old
        mkdir d:x -> ENOENT
        ---
        d/a ""
    "#;

    /// A file without a name is read, written, cut and extended, and vanishes with its handle.
    unlinked_file: r#"
        a "abc"
        ---
        f = open a read write
        unlink a
        read f 0 10 -> "abc"
        write f 3 "def" -> 3
        append f "g" -> 7
        truncate f 5
        allocate f 0 6
        read f 0 10 -> "abcde\0"
        chmod f: 0600
        utime f: 5 7
        stat f: -> file size=6 nlink=0 mode=0600 mtime=7
        sync f
        close f
        ---
    "#;

    /// Two handles of a file without a name share it.
    unlinked_file_with_two_handles: r#"
        a "abc"
        ---
        f = open a read write
        g = open a read
        unlink a
        write f 0 "xyz" -> 3
        close f
        read g 0 10 -> "xyz"
        ---
    "#;

    /// A file that lost its name by a rename onto it lives on in its handles.
    replaced_file: r#"
        a "new"
        b "old"
        ---
        f = open b read write
        rename a b
        write f 3 "er" -> 2
        read f 0 10 -> "older"
        cat b -> "new"
        ---
        b "new"
    "#;

    /// A file keeps its other names while it is open.
    other_names_stay: r#"
        a "abc"
        b = a
        ---
        f = open a write
        unlink a
        write f 0 "x" -> 1
        close f
        cat b -> "xbc"
        ---
        b "xbc"
    "#;

    /// A directory full of open files is removed once they have no names.
    open_files_do_not_hold_a_directory: r#"
        d/a "abc"
        ---
        f = open d/a read
        unlink d/a
        rmdir d
        read f 0 3 -> "abc"
        ---
    "#;

    /// A handle deep in a tree lives on when the tree is removed around it.
    tree_removed: r#"
        d/e/f/
        ---
        f = open d/e/f read dir
        e = open d/e read dir
        rmdir d/e/f
        rmdir d/e
        rmdir d
        list f: -> nothing
        list e: -> nothing
        stat e:f -> ENOENT
        ---
    "#;

    /// What is closed cannot be used: every call on a closed directory is refused.
    closed_directory: r#"
        d/a ""
        b ""
        ---
        d = open d read dir
        close d
        open d:a read -> EBADF
        open d:x write create -> EBADF
        stat d:a -> EBADF
        stat d: -> EBADF
        utime d:a 1 2 -> EBADF
        chmod d:a 0600 -> EBADF
        mkdir d:x -> EBADF
        rmdir d:x -> EBADF
        unlink d:a -> EBADF
        readlink d:a -> EBADF
        symlink t d:x -> EBADF
        link d:a x -> EBADF
        link b d:x -> EBADF
        rename d:a x -> EBADF
        rename b d:x -> EBADF
        s = stream d -> EBADF
        sync d -> EBADF
        ---
        unchanged
    "#;

    /// A closed directory's handle stays refused when other directories are opened after it.
    closed_directory_is_not_mistaken: r#"
        d/a ""
        e/b ""
        ---
        d = open d read dir
        close d
        e{0..10} = open e read dir
        stat d:a -> EBADF
        stat d:b -> EBADF
        stat e9:b -> file
        ---
        unchanged
    "#;

    /// Each handle of a directory is closed for itself.
    closed_one_by_one: r#"
        d/a ""
        ---
        d = open d read dir
        e = open d read dir
        f = open e:. read dir
        close e
        stat d:a -> file
        stat f:a -> file
        close d
        stat f:a -> file
        close f
        rename d x
        ---
        x/a ""
    "#;
}
