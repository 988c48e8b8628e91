//! Holes and huge offsets.

super::cases! { $ sparse, cases_of_sparse;
    /// A byte far out leaves a hole that reads as zeros.
    far_byte: r#"
        ---
        f = open a read write create
        write f 3G "x" -> 1
        stat f: -> size=3221225473
        read f 0 4 -> "\0\0\0\0"
        read f 3221225470 10 -> "\0\0x"
        ---
        a size=3221225473
    "#;

    /// A file can be made long without storage for it.
    long: r#"
        ---
        f = open a read write create
        truncate f 3G
        read f 2G 4 -> "\0\0\0\0"
        read f 3G 4 -> ""
        ---
        a size=3G
    "#;

    /// A hole between two written pages stays one.
    between_pages: r#"
        ---
        f = open a read write create
        write f 0 "a" -> 1
        write f 1M "b" -> 1
        read f 1048574 10 -> "\0\0b"
        read f 65536 3 -> "\0\0\0"
        ---
        a "a{1048575*\0}b"
    "#;

    /// A hole is filled in the middle.
    filled_in_the_middle: r#"
        ---
        f = open a read write create
        truncate f 100000
        write f 50000 "xyz" -> 3
        read f 49998 7 -> "\0\0xyz\0\0"
        ---
        a "{50000*\0}xyz{49997*\0}"
    "#;

    /// A long file that is cut forgets what was far out.
    cut: r#"
        a "01"
        ---
        f = open a read write
        write f 3G "x" -> 1
        truncate f 2
        truncate f 4
        ---
        a "01\0\0"
    "#;

    /// A hole takes less storage than what is written.
    hole_takes_no_storage: r#"
        ---
        f = open a write create
        truncate f 1M
        stat a -> allocated=0 size=1M
        ---
        a size=1M
    "#;
}
