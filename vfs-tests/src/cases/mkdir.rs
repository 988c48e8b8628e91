//! `mkdir`.

super::cases! { $ mkdir, cases_of_mkdir;
    /// A new directory is empty and has the mode that was asked for.
    new_directory_is_empty: r#"
        ---
        mkdir d mode=0750
        stat d -> dir mode=0750
        list d -> nothing
        ---
        d/ mode=0750
    "#;

    /// A new directory in another one appears in its listing.
    nested: r#"
        d/
        ---
        mkdir d/e
        mkdir d/e/f
        list d -> e/
        list d/e -> f/
        ---
        d/e/f/
    "#;

    /// The name of a file, a directory or a link is taken, also when the link dangles.
    name_taken: r#"
        a ""
        d/
        l -> d
        m -> nothing
        ---
        mkdir a -> EEXIST
        mkdir d -> EEXIST
        mkdir l -> EEXIST
        mkdir m -> EEXIST
        ---
        unchanged
    "#;

    /// The parent is missing.
    missing_parent: r#"
        m -> nothing
        ---
        mkdir d/e -> ENOENT
        mkdir m/e -> ENOENT
        ---
        unchanged
    "#;

    /// The parent is a file.
    below_a_file: r#"
        a ""
        ---
        mkdir a/d -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link on the way is followed.
    through_a_link: r#"
        d/
        l -> d
        ---
        mkdir l/e
        ---
        d/e/
        l -> d
    "#;

    /// `.` and `..` as the last name are taken, and stand for what was walked.
    dots: r#"
        d/
        ---
        mkdir . -> EEXIST
        mkdir d/. -> EEXIST
        mkdir d/.. -> EEXIST
        mkdir x/. -> ENOENT
        mkdir x/.. -> ENOENT
        ---
        unchanged
    "#;

    /// Two names that differ in one byte are two directories.
    case_matters: r#"
        ---
        mkdir d
        mkdir D
        list . -> d/ D/
        ---
        d/
        D/
    "#;

    /// A directory that is made again after its removal is a new one.
    made_again: r#"
        d/
        ---
        d = open d read dir
        rmdir d
        mkdir d
        mkdir d/x
        list d: -> nothing
        list d -> x/
        ---
        d/x/
    "#;

    /// A directory with many entries takes them all.
    many: r#"
        d/
        ---
        mkdir d/{0..300}
        stat d/299 -> dir
        stat d/300 -> ENOENT
        ---
        d/{0..300}/
    "#;
}
