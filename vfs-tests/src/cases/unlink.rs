//! `unlink`.

super::cases! { $ unlink, cases_of_unlink;
    /// A file goes.
    file: r#"
        a "abc"
        b ""
        ---
        unlink a
        open a read -> ENOENT
        list . -> b
        ---
        b ""
    "#;

    /// One of several names goes, and the file stays under the others.
    one_of_several_names: r#"
        a "abc"
        b = a
        d/c = a
        ---
        unlink a
        stat b -> nlink=2
        unlink b
        stat d/c -> nlink=1
        ---
        d/c "abc"
    "#;

    /// A link goes, not what it leads to.
    link: r#"
        a "abc"
        d/
        l -> a
        m -> d
        n -> nothing
        ---
        unlink l
        unlink m
        unlink n
        ---
        a "abc"
        d/
    "#;

    /// A directory stays, empty or not.
    directory: r#"
        d/
        e/f ""
        ---
        unlink d -> EISDIR
        unlink e -> EISDIR
        unlink . -> EISDIR
        unlink d/. -> EISDIR
        unlink d/.. -> EISDIR
        ---
        unchanged
    "#;

    /// Nothing is there, or on the way there.
    nothing: r#"
        l -> nothing
        ---
        unlink a -> ENOENT
        unlink d/a -> ENOENT
        unlink l/a -> ENOENT
        ---
        unchanged
    "#;

    /// A path through a file fails.
    below_a_file: r#"
        a ""
        ---
        unlink a/b -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link on the way is followed.
    through_a_link: r#"
        d/a ""
        l -> d
        ---
        unlink l/a
        ---
        d/
        l -> d
    "#;

    /// A name is free again at once.
    made_again: r#"
        a "old"
        ---
        f = open a read
        unlink a
        open a write create excl
        read f 0 10 -> "old"
        stat f: -> nlink=0 ino=$f
        stat a -> nlink=1 size=0 ino!=$f
        ---
        a ""
    "#;

    /// A file whose mode forbids everything goes.
    mode_does_not_matter: r#"
        a "" mode=0000
        ---
        unlink a
        ---
    "#;

    /// Many files go one by one.
    many: r#"
        d/{0..300} ""
        ---
        unlink d/{0..299}
        rmdir d -> ENOTEMPTY
        list d -> 299
        ---
        d/299 ""
    "#;
}
