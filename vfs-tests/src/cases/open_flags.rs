//! Flags of `open` in combination.

super::cases! { $ open_flags, cases_of_open_flags;
    /// `O_TRUNC` with `O_EXCL` on a free name makes an empty file.
    exclusive_and_truncating: r#"
        ---
        open a write create excl trunc -> file
        ---
        a ""
    "#;

    /// `O_TRUNC` is not done when the open fails.
    truncating_in_vain: r#"
        a "abc"
        l -> a
        ---
        open a write create excl trunc -> EEXIST
        open l write trunc nofollow -> ELOOP
        open a write trunc dir -> ENOTDIR
        open a/ write trunc -> ENOTDIR
        ---
        unchanged
    "#;

    /// `O_NOFOLLOW` means nothing for what is no link.
    no_follow_without_a_link: r#"
        a "abc"
        d/
        ---
        open a read nofollow -> file
        open d read nofollow dir -> dir
        open x write create nofollow -> file
        open y write create excl nofollow -> file
        ---
        a "abc"
        d/
        x ""
        y ""
    "#;

    /// The mode counts only when the file is made.
    mode_of_what_exists: r#"
        a "" mode=0600
        ---
        open a read write create trunc mode=0777
        stat a -> mode=0600
        ---
        a "" mode=0600
    "#;

    /// Special bits of a new file's mode are kept.
    special_bits: r#"
        ---
        open a write create mode=4700
        open b write create mode=1600
        stat a -> mode=4700
        stat b -> mode=1600
        ---
        a "" mode=4700
        b "" mode=1600
    "#;

    /// A file without any permission bits is made all the same.
    no_bits: r#"
        ---
        f = open a write create mode=0000
        write f 0 "x"
        stat a -> mode=0000 size=1
        unlink a
        ---
    "#;

    /// `O_DIRECTORY` on a link follows it, on a dangling one finds nothing.
    directory_through_links: r#"
        d/e/
        l -> m
        m -> d
        n -> x
        ---
        d = open l read dir -> dir
        list d: -> e/
        open l/e read dir -> dir
        open n read dir -> ENOENT
        ---
        unchanged
    "#;

    /// Opening does not need the last name to be plain: dots name directories.
    dots: r#"
        d/e/
        ---
        open . read -> dir
        open d/. read -> dir
        open d/e/.. read -> dir
        open d/.. read dir -> dir
        open . write -> EISDIR
        open d/.. read write -> EISDIR
        open d/. read create excl -> EEXIST
        open d/.. write create excl -> EEXIST
        ---
        unchanged
    "#;

    /// Many opens of one file are as many handles.
    many_handles: r#"
        a "abc"
        ---
        f{0..50} = open a read
        close f{0..49}
        read f49 0 3 -> "abc"
        ---
        unchanged
    "#;

    /// A name opened for reading is written by another handle and shows it.
    reader_and_writer: r#"
        a "abc"
        ---
        r = open a read
        w = open a write
        append w "def"
        read r 0 10 -> "abcdef"
        write w 0 "X"
        read r 0 2 -> "Xb"
        ---
        a "Xbcdef"
    "#;
}
