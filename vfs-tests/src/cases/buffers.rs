//! Reads and writes with several buffers.

super::cases! { $ buffers, cases_of_buffers;
    /// Empty buffers among others are passed over.
    empty_ones_between: r#"
        ---
        f = open a read write create
        write f 0 "" "ab" "" "" "cd" "" -> 4
        read f 0 0+1+0+3+0 -> "abcd"
        append f "" "e" "" -> 5
        ---
        a "abcde"
    "#;

    /// Nothing but empty buffers: nothing is read or written, wherever it is.
    only_empty_ones: r#"
        a "abc"
        ---
        f = open a read write
        read f 0 0+0+0 -> ""
        read f 100 0+0 -> ""
        write f 100 "" "" -> 0
        append f "" "" -> 3
        stat f: -> size=3
        ---
        unchanged
    "#;

    /// A read that ends within one of its buffers fills those before it.
    end_within_one: r#"
        a "abcdefg"
        ---
        f = open a read
        read f 0 3+3+3+3 -> "abcdefg"
        read f 5 1+1+1 -> "fg"
        read f 6 4+4 -> "g"
        read f 7 4+4 -> ""
        ---
        unchanged
    "#;

    /// Two hundred buffers of one byte are filled one after the other.
    two_hundred: r#"
        a "{100*xy}"
        ---
        f = open a read
        read f 0 1{199*+1} -> "{100*xy}"
        read f 1 1{199*+1} -> "yx{98*yx}y"
        ---
        unchanged
    "#;

    /// A buffer that ends at the edge of a page is followed by one that begins there.
    at_the_edge_of_a_page: r#"
        ---
        f = open a read write create
        write f 0 "{4096*a}" "{4096*b}" "c" -> 8193
        read f 4095 1+1+1 -> "abb"
        read f 8191 1+1+1 -> "bc"
        ---
        a "{4096*a}{4096*b}c"
    "#;

    /// One read goes through what is written, a hole, and what is written behind it.
    through_a_hole: r#"
        ---
        f = open a read write create
        write f 0 "ab" -> 2
        write f 20000 "cd" -> 2
        read f 0 2+19998+2 -> "ab{19998*\0}cd"
        ---
        a "ab{19998*\0}cd"
    "#;

    /// One write replaces what is there, fills a hole and goes past the end.
    over_everything: r#"
        a "abc" 
        ---
        f = open a read write
        truncate f 5000
        write f 1 "x" "{4998*y}" "zz" -> 5001
        stat f: -> size=5002
        ---
        a "ax{4998*y}zz"
    "#;

    /// An append of several buffers is one piece, after which the next one comes.
    appended: r#"
        a "abc"
        ---
        f = open a write
        g = open a write
        append f "d" "e" -> 5
        append g "f" "g" -> 7
        append f "h" -> 8
        ---
        a "abcdefgh"
    "#;

    /// A large buffer among small ones is written whole.
    large_among_small: r#"
        ---
        f = open a read write create
        write f 0 "a" "{100000*b}" "c" -> 100002
        read f 99999 1+1+1+1 -> "bbc"
        ---
        a "a{100000*b}c"
    "#;
}
