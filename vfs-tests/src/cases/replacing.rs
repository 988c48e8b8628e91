//! What a rename replaces, for those who still have it.

super::cases! { $ replacing, cases_of_replacing;
    /// A file that is replaced while it is written goes on without a name.
    file_being_written: r#"
        a "new"
        b "old"
        ---
        f = open b read write
        append f "er"
        rename a b
        append f " still"
        truncate f 9
        read f 0 20 -> "older sti"
        cat b -> "new"
        ---
        b "new"
    "#;

    /// The replacing file keeps its inode, its mode and its times of contents.
    keeps_what_it_is: r#"
        a "new" mode=0600
        b "old" mode=0640
        ---
        utime a 5 7
        stat a -> ino=$a
        rename a b
        stat b -> ino=$a mode=0600 atime=5 mtime=7 nlink=1
        ---
        b "new" mode=0600
    "#;

    /// A file is replaced again and again, as editors and databases do to save one.
    again_and_again: r#"
        a "0"
        ---
        old = open a read
        f = open t write create excl
        write f 0 "1"
        rename t a
        g = open t write create excl
        write g 0 "2"
        rename t a
        read old 0 9 -> "0"
        cat a -> "2"
        append f "x" -> 2
        cat a -> "2"
        ---
        a "2"
    "#;

    /// A link to a replaced file follows its name, not the file.
    link_to_it: r#"
        a "new"
        b "old"
        l -> b
        ---
        rename a b
        cat l -> "new"
        ---
        b "new"
        l -> b
    "#;

    /// A replaced directory is gone for those in it: its `.` is, but nothing can be made.
    directory_in_use: r#"
        d/a ""
        e/
        ---
        e = open e read dir
        rename d e
        stat e:. -> dir
        open e:x write create -> ENOENT
        rename e/a e:a -> ENOENT
        list e: -> nothing
        ---
        e/a ""
    "#;

    /// A directory that is replaced is given back: its name can be made anew.
    name_made_anew: r#"
        d/
        e/
        ---
        rename d e
        mkdir d
        rename d e
        mkdir d
        ---
        d/
        e/
    "#;

    /// What fails to replace leaves both as they were.
    failing: r#"
        a "abc"
        d/f ""
        e/
        l -> a
        ---
        watch a
        watch d
        watch e
        rename a d -> EISDIR
        rename e a -> ENOTDIR
        rename e d -> ENOTEMPTY
        rename e l -> ENOTDIR
        rename l e -> EISDIR
        moved a -> nothing
        moved d -> nothing
        moved e -> nothing
        ---
        unchanged
    "#;

    /// A directory's own handle sees the entry that was replaced change its inode.
    listing_after: r#"
        d/a ""
        b ""
        ---
        d = open d read dir
        stat d:a -> ino=$old
        stat b -> ino=$new
        rename b d:a
        stat d:a -> ino=$new ino!=$old
        list d: -> a
        ---
        d/a ""
    "#;

    /// An empty directory is replaced through a path with a slash at its end, by one with a slash.
    with_slashes: r#"
        d/a ""
        e/
        ---
        rename d/ e/
        ---
        e/a ""
    "#;

    /// A file replaces a link to itself by another name.
    name_of_the_same_file: r#"
        a "abc"
        b = a
        l -> a
        ---
        rename b l
        ---
        a "abc"
        l = a
    "#;
}
