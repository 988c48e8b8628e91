//! Files with several names.

super::cases! { $ hard_links, cases_of_hard_links;
    /// The first name is no more than the others: it goes, and the file stays.
    first_name_goes: r#"
        a "abc"
        ---
        link a b
        unlink a
        open a write create excl
        cat b -> "abc"
        stat b -> nlink=1
        ---
        a ""
        b "abc"
    "#;

    /// Names in different directories are one file; a directory goes when its name is unlinked.
    across_directories: r#"
        d/a "abc"
        e/
        ---
        link d/a e/a
        unlink d/a
        rmdir d
        cat e/a -> "abc"
        ---
        e/a "abc"
    "#;

    /// Truncation through one name shows through all.
    truncation: r#"
        a "abcdef"
        b = a
        ---
        open b write trunc
        stat a -> size=0
        ---
        a ""
        b = a
    "#;

    /// Times and mode belong to the file, not to the name.
    metadata: r#"
        a "" mode=0644
        b = a
        ---
        utime a 1 2
        chmod b 0600
        stat b -> mtime=2 mode=0600
        stat a -> mtime=2 mode=0600
        ---
        a "" mode=0600
        b = a
    "#;

    /// A link to a link is a link to the same file.
    link_of_a_link: r#"
        a "abc"
        ---
        link a b
        link b c
        stat a -> nlink=3 ino=$a
        stat c -> nlink=3 ino=$a
        ---
        a "abc"
        b = a
        c = a
    "#;

    /// A rename onto another name of the file leaves both, even when the paths look different.
    rename_onto_itself_in_disguise: r#"
        a "abc"
        d/b = a
        l -> d
        ---
        rename a ./a
        rename a d/../a
        rename a l/b
        rename l/b a
        ---
        unchanged
    "#;

    /// A rename of one name onto a third file leaves the other names.
    rename_onto_another_file: r#"
        a "abc"
        b = a
        c "old"
        ---
        rename a c
        stat b -> nlink=2
        ---
        b "abc"
        c = b
    "#;

    /// A file replaced under its last name but one is counted down.
    replaced_under_one_name: r#"
        a "new"
        b "old"
        c = b
        ---
        f = open c read
        rename a b
        stat f: -> nlink=1
        cat c -> "old"
        ---
        b "new"
        c "old"
    "#;

    /// A listing shows one inode number under all names.
    listing: r#"
        d/a ""
        d/b = d/a
        d/c ""
        ---
        stat d/a -> ino=$a
        stat d/b -> ino=$a
        stat d/c -> ino!=$a
        list d -> a b c
        ---
        unchanged
    "#;

    /// A symbolic link with several names is one node.
    of_a_symbolic_link: r#"
        l -> nothing
        m = l
        ---
        lutime l 1 2
        lstat m -> mtime=2 nlink=2
        unlink l
        lstat m -> nlink=1
        readlink m -> "nothing"
        ---
        m -> nothing
    "#;

    /// A file without a name gets none back by a link to its old name.
    no_way_back: r#"
        a "abc"
        ---
        f = open a read
        unlink a
        link a b -> ENOENT
        stat f: -> nlink=0
        ---
    "#;
}
