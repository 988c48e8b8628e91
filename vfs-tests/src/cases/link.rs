//! `link`.

super::cases! { $ link, cases_of_link;
    /// A further name is the same node: one inode, one length, one mode, two links.
    further_name: r#"
        a "abc" mode=0600
        d/
        ---
        link a d/b
        stat a -> ino=$a nlink=2
        stat d/b -> file ino=$a nlink=2 size=3 mode=0600
        ---
        a "abc" mode=0600
        d/b = a
    "#;

    /// A change through one name shows through the other.
    changes_show_through_every_name: r#"
        a "abc"
        ---
        link a b
        f = open b write
        write f 0 "xyz!" -> 4
        chmod b 0640
        cat a -> "xyz!"
        stat a -> mode=0640 size=4
        ---
        a "xyz!" mode=0640
        b = a
    "#;

    /// The new name of a file, a directory or a link is taken, also when the link dangles.
    name_taken: r#"
        a "abc"
        b ""
        d/
        l -> b
        m -> nothing
        ---
        link a b -> EEXIST
        link a d -> EEXIST
        link a l -> EEXIST
        link a m -> EEXIST
        link a a -> EEXIST
        link a . -> EEXIST
        link a d/. -> EEXIST
        link a d/.. -> EEXIST
        ---
        unchanged
    "#;

    /// A directory gets no further name.
    directory: r#"
        d/
        ---
        link d e -> EPERM
        link . e -> EPERM
        link d d/e -> EPERM
        ---
        unchanged
    "#;

    /// Nothing is there to get a name.
    nothing: r#"
        l -> nothing
        ---
        link a b -> ENOENT
        link d/a b -> ENOENT
        link-followed l b -> ENOENT
        ---
        unchanged
    "#;

    /// The new parent is missing or a file.
    no_parent: r#"
        a ""
        ---
        link a d/b -> ENOENT
        link a a/b -> ENOTDIR
        link a/b c -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link gets a further name itself.
    symbolic_link: r#"
        a "abc"
        l -> a
        ---
        link l m
        lstat l -> symlink ino=$l nlink=2
        lstat m -> symlink ino=$l
        stat a -> nlink=1
        readlink m -> "a"
        ---
        a "abc"
        l -> a
        m = l
    "#;

    /// A dangling link gets a further name itself.
    dangling_link: r#"
        l -> nothing
        ---
        link l m
        readlink m -> "nothing"
        ---
        l -> nothing
        m = l
    "#;

    /// When following, the file at the end gets the name.
    followed: r#"
        d/a "abc"
        d/l -> a
        m -> d/l
        ---
        link-followed m b
        ---
        d/a "abc"
        d/l -> a
        m -> d/l
        b = d/a
    "#;

    /// When following, a directory at the end is refused.
    followed_to_a_directory: r#"
        d/
        l -> d
        ---
        link-followed l b -> EPERM
        ---
        unchanged
    "#;

    /// Links on both ways are followed.
    through_links: r#"
        d/a "abc"
        e/
        l -> d
        m -> e
        ---
        link l/a m/b
        ---
        d/a "abc"
        e/b = d/a
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
        link d:a e:b
        ---
        d/a "abc"
        e/b = d/a
    "#;

    /// A file has as many names as it was given.
    many_names: r#"
        a "abc"
        ---
        link a b{0..100}
        stat a -> nlink=101
        unlink b{0..99}
        stat a -> nlink=2
        ---
        a "abc"
        b99 = a
    "#;
}
