//! What is open while it, or what it lies in, is moved.

super::cases! { $ moved, cases_of_moved;
    /// A file stays open when its directory moves, and what is written shows at its new path.
    file_in_a_moved_directory: r#"
        d/e/a "abc"
        x/
        ---
        f = open d/e/a read write
        rename d x/y
        write f 3 "def" -> 3
        cat x/y/e/a -> "abcdef"
        ---
        x/y/e/a "abcdef"
    "#;

    /// What is made through a handle appears where the directory is now.
    made_through_a_handle: r#"
        d/
        x/
        ---
        d = open d read dir
        rename d x/y
        mkdir d:e
        symlink e d:l
        open d:a write create
        link d:a d:b
        list x/y -> a b e/ l@
        ---
        x/y/a ""
        x/y/b = x/y/a
        x/y/e/
        x/y/l -> e
    "#;

    /// What is removed through a handle goes from where the directory is now.
    removed_through_a_handle: r#"
        d/a ""
        d/e/
        d/l -> a
        ---
        d = open d read dir
        rename d x
        unlink d:a
        unlink d:l
        rmdir d:e
        list x -> nothing
        rmdir x
        mkdir d:e -> ENOENT
        ---
    "#;

    /// A directory does not move below itself by a handle of one that was moved into it.
    below_itself_by_a_moved_handle: r#"
        d/
        e/
        ---
        d = open d read dir
        rename d e/d
        rename e d:e -> EINVAL
        mkdir d:f
        rename e d:f/e -> EINVAL
        rename e d:f -> EINVAL
        ---
        e/d/f/
    "#;

    /// What once lay in a directory can take it in, after it was moved out.
    out_and_around: r#"
        d/e/
        ---
        e = open d/e read dir
        rename d/e e
        rename d e:d
        list e -> d/
        ---
        e/d/
    "#;

    /// Between two handles of directories that were moved, a file moves as between their paths.
    between_moved_directories: r#"
        d/a "abc"
        e/
        x/
        ---
        d = open d read dir
        e = open e read dir
        rename d x/d
        rename e x/d/e
        rename d:a e:b
        cat x/d/e/b -> "abc"
        list d: -> e/
        ---
        x/d/e/b "abc"
    "#;

    /// A moved directory is the same node through its handle and through its new path.
    same_node: r#"
        d/e/
        ---
        d = open d read dir
        stat d -> ino=$d
        rename d x
        stat d: -> dir ino=$d
        stat x -> ino=$d
        stat x/e/.. -> ino=$d
        stat d -> ENOENT
        ---
        x/e/
    "#;

    /// A listing goes on when a directory above the one that is listed moves.
    listed_in_a_moved_directory: r#"
        d/e/{0..20} ""
        x/
        ---
        e = open d/e read dir
        s = stream e
        take s 7 -> 7
        rename d x/d
        rest s -> 13
        count s -> 20
        ---
        x/d/e/{0..20} ""
    "#;

    /// A listing goes on when the directory moves to another parent.
    listed_while_it_moves: r#"
        d/{0..20} ""
        x/
        ---
        d = open d read dir
        s = stream d
        take s 11 -> 11
        rename d x/d
        unlink x/d/0
        rest s
        rewind s
        rest s -> 19
        ---
        x/d/{1..20} ""
    "#;

    /// A listing of a directory that was replaced ends.
    listed_while_it_is_replaced: r#"
        d/
        e/a ""
        ---
        d = open d read dir
        s = stream d
        rename e d
        rest s -> 0
        list d -> a
        list d: -> nothing
        ---
        d/a ""
    "#;

    /// From a removed directory nothing moves, and into it nothing does.
    removed_directory: r#"
        a "abc"
        d/
        x/
        ---
        d = open d read dir
        rmdir d
        rename d:a b -> ENOENT
        rename a d:a -> ENOENT
        rename x d:x -> ENOENT
        link a d:a -> ENOENT
        link d:a b -> ENOENT
        symlink a d:l -> ENOENT
        readlink d:l -> ENOENT
        unlink d:a -> ENOENT
        rmdir d:e -> ENOENT
        ---
        a "abc"
        x/
    "#;

    /// A removed directory can be synced and opened once more.
    removed_directory_stays_open: r#"
        d/
        ---
        d = open d read dir
        rmdir d
        sync d
        e = open d:. read dir
        stat e: -> dir
        list e: -> nothing
        ---
    "#;

    /// A relative link that is moved along with its directory leads to the same neighbour.
    link_and_neighbour: r#"
        d/a "abc"
        d/l -> a
        d/e/m -> ../a
        x/
        ---
        d = open d read dir
        rename d x/y
        cat x/y/l -> "abc"
        cat d:l -> "abc"
        cat x/y/e/m -> "abc"
        cat d:e/m -> "abc"
        ---
        x/y/a "abc"
        x/y/l -> a
        x/y/e/m -> ../a
    "#;

    /// A moved file keeps its other names, and they keep it.
    file_with_several_names: r#"
        d/a "abc"
        e/b = d/a
        ---
        f = open d/a read write
        rename d/a e/c
        append f "d" -> 4
        stat f: -> nlink=2 size=4
        rename e/c e/b
        stat f: -> nlink=2
        cat e/b -> "abcd"
        ---
        d/
        e/b "abcd"
        e/c = e/b
    "#;
}
