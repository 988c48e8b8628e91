//! `rename` of directories.

super::cases! { $ rename_dir, cases_of_rename_dir;
    /// A directory moves to a free name with all that is in it, and stays the same node.
    to_a_free_name: r#"
        d/a "abc"
        d/e/b ""
        ---
        stat d -> ino=$d
        stat d/a -> ino=$a
        rename d x
        stat x -> dir ino=$d
        stat x/a -> ino=$a
        ---
        x/a "abc"
        x/e/b ""
    "#;

    /// A directory moves into another one.
    into_another_directory: r#"
        d/a "abc"
        e/
        ---
        rename d e/d
        list . -> e/
        cat e/d/a -> "abc"
        ---
        e/d/a "abc"
    "#;

    /// A directory moves out of its parent.
    out_of_its_parent: r#"
        d/e/a ""
        ---
        rename d/e e
        rmdir d
        ---
        e/a ""
    "#;

    /// `..` in a directory that has moved leads to its new parent.
    parent_is_new: r#"
        d/e/
        x/a "x"
        d/a "d"
        ---
        cat d/e/../a -> "d"
        rename d/e x/e
        cat x/e/../a -> "x"
        ---
        d/a "d"
        x/a "x"
        x/e/
    "#;

    /// A directory replaces an empty one.
    onto_an_empty_directory: r#"
        d/a ""
        e/
        ---
        stat d -> ino=$d
        rename d e
        stat e -> ino=$d
        ---
        e/a ""
    "#;

    /// An empty directory replaces an empty one in another directory.
    empty_onto_empty: r#"
        d/
        x/e/
        ---
        rename d x/e
        ---
        x/e/
    "#;

    /// A directory does not replace one that has entries.
    onto_a_directory_with_entries: r#"
        d/a ""
        e/b ""
        f/
        ---
        rename d e -> ENOTEMPTY
        rename f e -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A directory does not replace a file or a link.
    onto_another_kind: r#"
        d/
        a ""
        e/
        l -> e
        m -> nothing
        ---
        rename d a -> ENOTDIR
        rename d l -> ENOTDIR
        rename d m -> ENOTDIR
        ---
        unchanged
    "#;

    /// Neither a file nor a link replaces a directory, empty or not.
    another_kind_onto_directory: r#"
        a ""
        l -> d
        d/
        e/f ""
        ---
        rename a d -> EISDIR
        rename a e -> EISDIR
        rename l d -> EISDIR
        ---
        unchanged
    "#;

    /// A directory does not move into itself.
    into_itself: r#"
        d/
        ---
        rename d d/x -> EINVAL
        ---
        unchanged
    "#;

    /// A directory does not move below itself, at any depth, whether the new name is free or not.
    below_itself: r#"
        d/e/f/
        d/a ""
        ---
        rename d d/e/x -> EINVAL
        rename d d/e/f/x -> EINVAL
        rename d d/e -> EINVAL
        rename d d/e/f -> EINVAL
        rename d/e d/e/f/x -> EINVAL
        rename d d/a -> EINVAL
        ---
        unchanged
    "#;

    /// A directory does not move below itself by way of a link.
    below_itself_through_a_link: r#"
        d/e/
        l -> d/e
        ---
        rename d l/x -> EINVAL
        ---
        unchanged
    "#;

    /// Nothing replaces a directory that it lies in.
    onto_an_ancestor: r#"
        d/e/f/
        d/e/a ""
        ---
        rename d/e d -> ENOTEMPTY
        rename d/e/f d -> ENOTEMPTY
        rename d/e/a d/e -> ENOTEMPTY
        rename d/e/a d -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A name that begins like the directory's is no hindrance.
    names_with_a_common_start: r#"
        d/a ""
        dd/
        ---
        rename d dd/d
        ---
        dd/d/a ""
    "#;

    /// A directory moves onto itself by a longer way without change.
    onto_itself_by_another_path: r#"
        d/e/
        l -> d
        ---
        rename d d/e/../../d
        rename d/e l/e
        rename d/ d
        rename d d//
        ---
        unchanged
    "#;

    /// Counts of links follow a directory from parent to parent.
    entries_are_counted: r#"
        d/e/
        x/
        ---
        rename d/e x/e
        rmdir d
        rmdir x -> ENOTEMPTY
        rmdir x/e
        rmdir x
        ---
    "#;

    /// Two directories cannot come to lie in each other.
    no_cycles: r#"
        d/
        e/
        ---
        rename d e/d
        rename e e/d/e -> EINVAL
        ---
        e/d/
    "#;

    /// A directory with many entries moves as a whole.
    many: r#"
        d/{0..300} ""
        ---
        rename d e
        list d -> ENOENT
        ---
        e/{0..300} ""
    "#;
}
