//! Names that go and are taken again while what they named is open.

super::cases! { $ taken_again, cases_of_taken_again;
    /// A file that is made under the name of one that is still open is another one.
    file_by_a_file: r#"
        a "old"
        ---
        f = open a read write
        stat a -> ino=$old
        unlink a
        g = open a read write create
        write g 0 "new" -> 3
        append f "er" -> 5
        stat a -> ino!=$old size=3 nlink=1
        stat f: -> ino=$old size=5 nlink=0
        read f 0 10 -> "older"
        ---
        a "new"
    "#;

    /// A directory takes the name of an open file, which stays a file.
    file_by_a_directory: r#"
        a "old"
        ---
        f = open a read
        unlink a
        mkdir a
        open a/b write create
        read f 0 10 -> "old"
        stat f: -> file
        stat a -> dir
        ---
        a/b ""
    "#;

    /// A file takes the name of an open directory, in which nothing can be made any more.
    directory_by_a_file: r#"
        d/
        ---
        d = open d read dir
        rmdir d
        f = open d write create
        write f 0 "abc" -> 3
        stat d: -> dir
        open d:x write create -> ENOENT
        list d: -> nothing
        ---
        d "abc"
    "#;

    /// A link takes the name of an open file: what is written there does not come to where the link leads.
    file_by_a_link: r#"
        a "old"
        b "abc"
        ---
        f = open a read write
        unlink a
        symlink b a
        write f 0 "xyz" -> 3
        cat a -> "abc"
        read f 0 3 -> "xyz"
        ---
        a -> b
        b "abc"
    "#;

    /// A file takes the name of a link, and nothing leads where that led.
    link_by_a_file: r#"
        a "abc"
        l -> a
        ---
        unlink l
        f = open l write create excl
        write f 0 "x" -> 1
        cat a -> "abc"
        lstat l -> file size=1
        ---
        a "abc"
        l "x"
    "#;

    /// A link takes the name of a link and leads elsewhere.
    link_by_a_link: r#"
        a "1"
        b "2"
        l -> a
        ---
        cat l -> "1"
        unlink l
        symlink b l
        cat l -> "2"
        readlink l -> "b"
        ---
        a "1"
        b "2"
        l -> b
    "#;

    /// A file that was moved away is written under its new name, and the new one under the old.
    file_moved_away: r#"
        a "old"
        ---
        f = open a write
        rename a b
        g = open a write create excl
        write f 0 "OLD" -> 3
        write g 0 "new" -> 3
        ---
        a "new"
        b "OLD"
    "#;

    /// A directory that was moved away takes its handles along; paths lead into the one that has the name now.
    directory_moved_away: r#"
        d/a "1"
        ---
        d = open d read dir
        rename d e
        mkdir d
        open d/b write create
        open d:c write create
        list d: -> a c
        list d -> b
        ---
        d/b ""
        e/a "1"
        e/c ""
    "#;

    /// Two directories swap their names: handles follow the directories, paths the names.
    directories_swapped: r#"
        d/a "1"
        e/b "2"
        ---
        d = open d read dir
        e = open e read dir
        rename d x
        rename e d
        rename x e
        cat d:a -> "1"
        cat e:b -> "2"
        cat d/b -> "2"
        cat e/a -> "1"
        stat e:a -> ENOENT
        ---
        d/b "2"
        e/a "1"
    "#;

    /// A directory takes the name of the one that it was in.
    parent_by_its_child: r#"
        d/e/a "abc"
        ---
        d = open d read dir
        e = open d/e read dir
        rename d/e x
        rmdir d
        rename x d
        cat d/a -> "abc"
        cat e:a -> "abc"
        list d: -> nothing
        ---
        d/a "abc"
    "#;

    /// A name that left a file and is taken again is no name of it any more.
    one_of_several_names: r#"
        a "abc"
        b = a
        ---
        unlink a
        f = open a write create excl
        write f 0 "x" -> 1
        stat a -> nlink=1 size=1
        stat b -> nlink=1 size=3
        ---
        a "x"
        b "abc"
    "#;

    /// Truncation by the name empties the file that has it, not the one that had it.
    truncated_by_name: r#"
        a "old"
        b "new"
        ---
        f = open a read
        rename b a
        open a write trunc
        read f 0 10 -> "old"
        stat f: -> size=3 nlink=0
        ---
        a ""
    "#;

    /// A file cannot be made where a link still is, and can once that is gone.
    exclusive_once_it_is_free: r#"
        l -> nothing
        ---
        open l write create excl -> EEXIST
        unlink l
        open l write create excl
        ---
        l ""
    "#;
}
