//! `symlink` and `readlink`.

super::cases! { $ symlink, cases_of_symlink;
    /// A new link says exactly what it was told, and is as long as that.
    says_what_it_was_told: r#"
        ---
        symlink "some/../where//else/" l
        readlink l -> "some/../where//else/"
        lstat l -> symlink size=20 nlink=1
        ---
        l -> "some/../where//else/"
    "#;

    /// The target need not exist, nor be a path that could.
    any_target: r#"
        a ""
        ---
        symlink nothing l
        symlink a/b m
        symlink n n
        readlink n -> "n"
        ---
        a ""
        l -> nothing
        m -> a/b
        n -> n
    "#;

    /// The target need not be UTF-8.
    bytes: r#"
        ---
        symlink "\xff\xfe \x01" l
        readlink l -> "\xff\xfe \x01"
        ---
        l -> "\xff\xfe \x01"
    "#;

    /// An empty target is refused.
    empty_target: r#"
        ---
        symlink "" l -> ENOENT
        ---
        unchanged
    "#;

    /// A target of 4095 bytes fits, one of 4096 does not.
    long_target: r#"
        ---
        symlink {4095*x} l
        symlink {4096*x} m -> ENAMETOOLONG
        readlink l -> "{4095*x}"
        lstat l -> size=4095
        ---
        l -> {4095*x}
    "#;

    /// Targets of each length around the sizes at which filesystems store them differently are kept.
    lengths_of_targets: r#"
        ---
        symlink {59*x} a
        symlink {60*x} b
        symlink {61*x} c
        symlink {127*x} d
        symlink {128*x} e
        ---
        a -> {59*x}
        b -> {60*x}
        c -> {61*x}
        d -> {127*x}
        e -> {128*x}
    "#;

    /// The name of a file, a directory or a link is taken, also when the link dangles.
    name_taken: r#"
        a ""
        d/
        l -> a
        m -> nothing
        ---
        symlink x a -> EEXIST
        symlink x d -> EEXIST
        symlink x l -> EEXIST
        symlink x m -> EEXIST
        symlink x . -> EEXIST
        symlink x d/. -> EEXIST
        symlink x d/.. -> EEXIST
        ---
        unchanged
    "#;

    /// The parent is missing or a file.
    no_parent: r#"
        a ""
        ---
        symlink x d/l -> ENOENT
        symlink x a/l -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link on the way is followed.
    through_a_link: r#"
        d/
        l -> d
        ---
        symlink x l/m
        readlink l/m -> "x"
        ---
        d/m -> x
        l -> d
    "#;

    /// Only a link can be read as one.
    readlink_of_other_nodes: r#"
        a ""
        d/
        ---
        readlink a -> EINVAL
        readlink d -> EINVAL
        readlink . -> EINVAL
        readlink d/. -> EINVAL
        readlink d/.. -> EINVAL
        ---
        unchanged
    "#;

    /// Nothing is there to be read, or on the way there.
    readlink_of_nothing: r#"
        a ""
        l -> nothing
        ---
        readlink m -> ENOENT
        readlink d/m -> ENOENT
        readlink l/m -> ENOENT
        readlink a/m -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link to a link is read itself.
    readlink_does_not_follow: r#"
        l -> m
        m -> l
        ---
        readlink l -> "m"
        readlink m -> "l"
        ---
        unchanged
    "#;
}
