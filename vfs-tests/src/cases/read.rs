//! `pread` and `preadv`.

super::cases! { $ read, cases_of_read;
    /// Bytes come from the offset on, as many as were asked for.
    from_an_offset: r#"
        a "0123456789"
        ---
        f = open a read
        read f 0 4 -> "0123"
        read f 4 3 -> "456"
        read f 9 1 -> "9"
        read f 0 10 -> "0123456789"
        ---
        unchanged
    "#;

    /// A read that meets the end is short.
    short_at_the_end: r#"
        a "0123456789"
        ---
        f = open a read
        read f 8 10 -> "89"
        read f 0 100 -> "0123456789"
        ---
        unchanged
    "#;

    /// At the end and after it there is nothing.
    after_the_end: r#"
        a "0123456789"
        b ""
        ---
        f = open a read
        read f 10 1 -> ""
        read f 11 1 -> ""
        read f 1T 10 -> ""
        read f 9223372036854775806 1 -> ""
        g = open b read
        read g 0 10 -> ""
        ---
        unchanged
    "#;

    /// A read of no bytes gives none, wherever it is.
    no_bytes: r#"
        a "0123456789"
        ---
        f = open a read
        read f 0 0 -> ""
        read f 5 0 -> ""
        read f 20 0 -> ""
        ---
        unchanged
    "#;

    /// Several buffers are filled one after the other.
    several_buffers: r#"
        a "0123456789"
        ---
        f = open a read
        read f 1 2+3 -> "12345"
        read f 1 0+2+0+1 -> "123"
        read f 7 2+2+2 -> "789"
        read f 10 2+2 -> ""
        ---
        unchanged
    "#;

    /// A range that passes the largest offset is refused.
    past_the_largest_offset: r#"
        a "0123456789"
        ---
        f = open a read
        read f 9223372036854775808 1 -> EINVAL
        read f endless 1 -> EINVAL
        read f max 1 -> EINVAL
        read f 9223372036854775806 1+1 -> EINVAL
        ---
        unchanged
    "#;

    /// Reads do not move anything: the next one begins where it says.
    nothing_moves: r#"
        a "0123456789"
        ---
        f = open a read write
        read f 2 2 -> "23"
        read f 2 2 -> "23"
        append f "x" -> 11
        read f 2 2 -> "23"
        ---
        a "0123456789x"
    "#;

    /// Large contents come back as they are.
    large: r#"
        a "{100000*0123456789}"
        ---
        f = open a read
        read f 0 1000000 -> "{100000*0123456789}"
        read f 4095 10 -> "5678901234"
        read f 65535 12 -> "567890123456"
        read f 999995 10 -> "56789"
        ---
        unchanged
    "#;

    /// A read of nothing, and one that ends at the largest offset, find nothing there.
    at_the_largest_offset: r#"
        a "abc"
        ---
        f = open a read
        read f max 0 -> ""
        read f 9223372036854775806 1 -> ""
        ---
        unchanged
    "#;
}
