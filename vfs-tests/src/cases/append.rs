//! `write` with `O_APPEND`.

super::cases! { $ append, cases_of_append;
    /// Bytes go to the end, and the offset after them is told.
    at_the_end: r#"
        a "01"
        ---
        f = open a write
        append f "23" -> 4
        append f "4" -> 5
        ---
        a "01234"
    "#;

    /// The end is where it is when the append happens.
    the_end_of_the_moment: r#"
        a "01"
        ---
        f = open a write
        g = open a write
        append f "2" -> 3
        append g "3" -> 4
        truncate f 1
        append g "x" -> 2
        write f 5 "y" -> 1
        append g "z" -> 7
        ---
        a "0x\0\0\0yz"
    "#;

    /// Several buffers are appended one after the other.
    several_buffers: r#"
        a "01"
        ---
        f = open a write
        append f "2" "" "34" -> 5
        ---
        a "01234"
    "#;

    /// An append of no bytes changes nothing.
    no_bytes: r#"
        a "01"
        ---
        f = open a write
        append f ""
        stat f: -> size=2
        ---
        unchanged
    "#;

    /// An append to an empty file begins it.
    to_an_empty_file: r#"
        ---
        f = open a write create
        append f "01" -> 2
        ---
        a "01"
    "#;

    /// An append after a hole comes after the hole.
    after_a_hole: r#"
        a "01"
        ---
        f = open a write
        truncate f 4
        append f "x" -> 5
        ---
        a "01\0\0x"
    "#;

    /// An append works on a file without a name.
    without_a_name: r#"
        a "01"
        ---
        f = open a read write
        unlink a
        append f "23" -> 4
        read f 0 10 -> "0123"
        ---
    "#;

    /// Many appends make one file.
    many: r#"
        ---
        f = open a write create
        append f "{0..10}"
        append f "{1000*x}"
        ---
        a "0123456789{1000*x}"
    "#;
}
