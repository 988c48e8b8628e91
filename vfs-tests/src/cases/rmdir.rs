//! `rmdir`.

super::cases! { $ rmdir, cases_of_rmdir;
    /// An empty directory goes.
    empty_directory: r#"
        d/
        e/
        ---
        rmdir d
        stat d -> ENOENT
        list . -> e/
        ---
        e/
    "#;

    /// A directory with an entry of any kind stays.
    not_empty: r#"
        a/f ""
        b/d/
        c/l -> nothing
        ---
        rmdir a -> ENOTEMPTY
        rmdir b -> ENOTEMPTY
        rmdir c -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A directory that was emptied goes.
    emptied: r#"
        d/f ""
        d/e/
        ---
        unlink d/f
        rmdir d -> ENOTEMPTY
        rmdir d/e
        rmdir d
        ---
    "#;

    /// What is not a directory stays, also a link to one.
    not_a_directory: r#"
        a ""
        d/
        l -> d
        m -> nothing
        ---
        rmdir a -> ENOTDIR
        rmdir l -> ENOTDIR
        rmdir m -> ENOTDIR
        ---
        unchanged
    "#;

    /// Nothing is there, or on the way there.
    nothing: r#"
        ---
        rmdir d -> ENOENT
        rmdir d/e -> ENOENT
        ---
        unchanged
    "#;

    /// A path through a file fails.
    below_a_file: r#"
        a ""
        ---
        rmdir a/d -> ENOTDIR
        ---
        unchanged
    "#;

    /// `.` as the last name is refused, also of an empty directory.
    dot: r#"
        d/
        ---
        rmdir . -> EINVAL
        rmdir d/. -> EINVAL
        rmdir x/. -> ENOENT
        ---
        unchanged
    "#;

    /// `..` as the last name names a directory that holds another one.
    dot_dot: r#"
        d/e/
        ---
        rmdir d/e/.. -> ENOTEMPTY
        rmdir d/.. -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A link on the way is followed.
    through_a_link: r#"
        d/e/
        l -> d
        ---
        rmdir l/e
        ---
        d/
        l -> d
    "#;

    /// Whether a directory may be removed does not depend on its own mode.
    mode_does_not_matter: r#"
        d/ mode=0500
        ---
        rmdir d
        ---
    "#;
}
