//! `rename` of files and links, and between names.

super::cases! { $ rename, cases_of_rename;
    /// A file moves to a free name and stays the same node.
    to_a_free_name: r#"
        a "abc" mode=0600
        ---
        stat a -> ino=$a
        rename a b
        stat b -> file ino=$a nlink=1
        stat a -> ENOENT
        ---
        b "abc" mode=0600
    "#;

    /// A file moves to another directory.
    to_another_directory: r#"
        d/a "abc"
        e/
        ---
        rename d/a e/b
        list d -> nothing
        list e -> b
        ---
        d/
        e/b "abc"
    "#;

    /// A file takes the place of another file, which lives on for those who have it open.
    file_onto_file: r#"
        a "one"
        b "two"
        ---
        f = open b read
        rename a b
        read f 0 10 -> "two"
        stat f: -> nlink=0
        cat b -> "one"
        ---
        b "one"
    "#;

    /// A file that is replaced under one name stays under its others.
    file_onto_one_of_several_names: r#"
        a "one"
        b "two"
        c = b
        ---
        rename a b
        stat c -> nlink=1
        stat b -> nlink=1
        ---
        b "one"
        c "two"
    "#;

    /// A name onto itself changes nothing.
    onto_itself: r#"
        a "abc"
        d/f ""
        l -> a
        ---
        rename a a
        rename d d
        rename l l
        ---
        unchanged
    "#;

    /// Nothing onto itself is still nothing.
    nothing_onto_itself: r#"
        ---
        rename a a -> ENOENT
        ---
        unchanged
    "#;

    /// A name onto another name of the same file changes nothing: both stay.
    onto_another_name_of_itself: r#"
        a "abc"
        b = a
        d/c = a
        ---
        rename a b
        rename a d/c
        stat a -> nlink=3
        ---
        unchanged
    "#;

    /// Nothing is there to move, or on the way there.
    nothing: r#"
        b "abc"
        l -> nothing
        ---
        rename a b -> ENOENT
        rename a c -> ENOENT
        rename d/a c -> ENOENT
        rename l/a c -> ENOENT
        ---
        unchanged
    "#;

    /// The new parent is missing or a file.
    no_new_parent: r#"
        a "abc"
        d/
        ---
        rename a x/b -> ENOENT
        rename d x/b -> ENOENT
        rename a a/b -> ENOTDIR
        rename d a/b -> ENOTDIR
        ---
        unchanged
    "#;

    /// A path through a file fails.
    below_a_file: r#"
        a "abc"
        ---
        rename a/b c -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link moves itself, wherever it leads.
    link: r#"
        a "abc"
        d/
        l -> a
        m -> d
        n -> nothing
        ---
        rename l d/l
        rename m m2
        rename n n2
        ---
        a "abc"
        d/l -> a
        m2 -> d
        n2 -> nothing
    "#;

    /// What moves onto a link replaces the link, not what it leads to.
    onto_a_link: r#"
        a "abc"
        b "old"
        l -> b
        m -> nothing
        ---
        rename a l
        rename l m
        ---
        b "old"
        m "abc"
    "#;

    /// A link replaces a file.
    link_onto_file: r#"
        a "abc"
        l -> nothing
        ---
        rename l a
        readlink a -> "nothing"
        ---
        a -> nothing
    "#;

    /// A file onto the target of a link to it: two names of one node only in appearance, so the link then leads to itself.
    file_onto_link_to_it: r#"
        a "abc"
        l -> a
        ---
        rename l a
        open a read -> ELOOP
        ---
        a -> a
    "#;

    /// Links on both ways are followed.
    through_links: r#"
        d/a "abc"
        e/
        l -> d
        m -> e
        ---
        rename l/a m/b
        ---
        d/
        e/b "abc"
        l -> d
        m -> e
    "#;

    /// Both paths are taken from the open directories they are given with.
    between_open_directories: r#"
        d/a "abc"
        e/
        ---
        d = open d read dir
        e = open e read dir
        rename d:a e:b
        ---
        d/
        e/b "abc"
    "#;

    /// `.` and `..` as the last name do not move and are not replaced.
    dots: r#"
        a ""
        d/e/
        ---
        rename . x -> EBUSY
        rename d/. x -> EBUSY
        rename d/e/.. x -> EBUSY
        rename a . -> EBUSY
        rename a d/. -> EBUSY
        rename d d/e/.. -> EBUSY
        ---
        unchanged
    "#;

    /// A handle follows its file to the new name.
    handle_follows: r#"
        a "abc"
        ---
        f = open a read write
        rename a b
        write f 3 "d" -> 1
        cat b -> "abcd"
        ---
        b "abcd"
    "#;

    /// Names swap by way of a third one.
    swap: r#"
        a "one"
        b "two"
        ---
        rename a c
        rename b a
        rename c b
        ---
        a "two"
        b "one"
    "#;

    /// Of many names in a directory each can move.
    many: r#"
        d/{0..300} ""
        e/
        ---
        rename d/{0..300} e/x
        ---
        d/
        e/x ""
    "#;
}
