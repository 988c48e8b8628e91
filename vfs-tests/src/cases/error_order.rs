//! Which error is told when there are several.

super::cases! { $ error_order, cases_of_error_order;
    /// Flags that contradict each other come before the walk.
    open_flags_before_the_walk: r#"
        a ""
        ---
        open nothing/x read create dir -> EINVAL
        open a/x read create dir -> EINVAL
        ---
        unchanged
    "#;

    /// The walk comes before what is at its end.
    walk_before_the_end: r#"
        a ""
        d/
        ---
        open a/x write create excl -> ENOTDIR
        open nothing/{256*x} write create -> ENOENT
        mkdir nothing/.. -> ENOENT
        rmdir nothing/.. -> ENOENT
        unlink nothing/. -> ENOENT
        rename d nothing/. -> ENOENT
        ---
        unchanged
    "#;

    /// With `O_EXCL` the name is what counts, before the kind.
    exclusive_before_the_kind: r#"
        d/
        l -> d
        ---
        open d write create excl -> EEXIST
        open d write create excl trunc -> EEXIST
        open l write create excl nofollow -> EEXIST
        ---
        unchanged
    "#;

    /// A link's taken new name comes before what the old name is.
    link_new_name_before_old_kind: r#"
        d/
        e/
        a ""
        ---
        link d e -> EEXIST
        link d a -> EEXIST
        link d nothing/x -> ENOENT
        link d a/x -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link's old path is walked before the new one.
    link_old_path_first: r#"
        a ""
        d/
        ---
        link nothing d -> ENOENT
        link a/x nothing/y -> ENOTDIR
        link nothing a/x -> ENOENT
        ---
        unchanged
    "#;

    /// A rename walks to both parents before it looks at either name.
    rename_parents_before_names: r#"
        a ""
        d/
        ---
        rename nothing a/x -> ENOTDIR
        rename nothing nothing/x -> ENOENT
        rename a/x nothing/y -> ENOTDIR
        rename . nothing/x -> ENOENT
        rename nothing . -> EBUSY
        rename . a/x -> ENOTDIR
        ---
        unchanged
    "#;

    /// A rename looks for the old name before it looks at the new one.
    rename_old_name_first: r#"
        d/e/
        a ""
        ---
        rename nothing d -> ENOENT
        rename nothing d/ -> ENOENT
        rename nothing {256*x} -> ENOENT
        rename {256*x} nothing/y -> ENOENT
        ---
        unchanged
    "#;

    /// Of a directory that would move below itself, that comes before what is at the new name.
    rename_into_itself_before_the_new_kind: r#"
        d/a ""
        d/e/f ""
        ---
        rename d d/a -> EINVAL
        rename d d/e -> EINVAL
        rename d d/nothing/x -> ENOENT
        ---
        unchanged
    "#;

    /// Kinds that do not fit come before whether the directory is empty.
    rename_kinds_before_emptiness: r#"
        d/a ""
        b ""
        e/x ""
        ---
        rename b d -> EISDIR
        rename d b -> ENOTDIR
        rename d e -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// Removal of a directory: its kind comes before its entries.
    rmdir_kind_first: r#"
        a ""
        d/f ""
        l -> d
        ---
        rmdir l -> ENOTDIR
        rmdir d/f -> ENOTDIR
        rmdir d/ -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A symbolic link's target is looked at before its path is walked.
    symlink_target_first: r#"
        a ""
        ---
        symlink "" a -> ENOENT
        symlink "" a/x -> ENOENT
        symlink {4096*x} a -> ENAMETOOLONG
        symlink {4096*x} a/x -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// That the new directory of a rename was removed comes before what its names and slashes say.
    rename_into_a_removed_one: r#"
        a ""
        d/
        e/
        ---
        h = open e read dir
        rmdir e
        rename a/ h:x -> ENOENT
        rename a h:x/ -> ENOENT
        rename a h:{256*x} -> ENOENT
        rename d h:x -> ENOENT
        rename {256*x} h:x -> ENAMETOOLONG
        ---
        a ""
        d/
    "#;

    /// That a directory was removed comes before that another one cannot have a name in it.
    link_directory_into_a_removed_one: r#"
        d/
        e/
        ---
        h = open d read dir
        rmdir d
        link e h:f -> ENOENT
        ---
        e/
    "#;

    /// An offset past the largest one comes before the access, and the access before where the range ends.
    offset_then_access_then_range: r#"
        a "abc"
        ---
        f = open a read
        write f endless "x" -> EINVAL
        write f max "x" -> EBADF
        truncate f endless -> EINVAL
        allocate f 0 0 -> EINVAL
        allocate f max 1 -> EBADF
        g = open a write
        read g endless 1 -> EINVAL
        read g max 1 -> EBADF
        ---
        unchanged
    "#;
}
