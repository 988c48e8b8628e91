//! `chmod`.

super::cases! { $ mode, cases_of_mode;
    /// A file's bits are set, and nothing else.
    file: r#"
        a "abc" mode=0644
        ---
        chmod a 0600
        stat a -> file mode=0600 size=3
        chmod a 0000
        stat a -> mode=0000
        chmod a 0777
        stat a -> mode=0777
        ---
        a "abc" mode=0777
    "#;

    /// A directory's bits are set, the sticky one too.
    directory: r#"
        d/a ""
        ---
        chmod d 0700
        stat d -> dir mode=0700
        chmod d 1777
        stat d -> mode=1777
        ---
        d/ mode=1777
        d/a ""
    "#;

    /// The bits of an open node are set through any handle.
    through_a_handle: r#"
        a ""
        d/
        ---
        f = open a read
        chmod f: 0600
        stat a -> mode=0600
        d = open d read dir
        chmod d: 0700
        stat d -> mode=0700
        ---
        a "" mode=0600
        d/ mode=0700
    "#;

    /// Through a link the file's bits are set.
    through_a_link: r#"
        a ""
        l -> a
        ---
        chmod l 0600
        stat a -> mode=0600
        ---
        a "" mode=0600
        l -> a
    "#;

    /// A link itself has no bits to be set.
    of_a_link: r#"
        a "" mode=0644
        l -> a
        ---
        lchmod l 0600 -> ENOTSUP
        ---
        unchanged
    "#;

    /// Without following, what is no link is as with following.
    no_follow_without_a_link: r#"
        a ""
        ---
        lchmod a 0600
        ---
        a "" mode=0600
    "#;

    /// Nothing is there to have bits.
    nothing: r#"
        a ""
        l -> nothing
        ---
        chmod b 0600 -> ENOENT
        chmod l 0600 -> ENOENT
        chmod a/b 0600 -> ENOTDIR
        ---
        unchanged
    "#;
}
