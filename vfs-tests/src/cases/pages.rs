//! Reads and writes around the sizes at which filesystems change their ways.

super::cases! { $ pages, cases_of_pages;
    /// A file grows byte by byte over small sizes.
    small_growth: r#"
        ---
        f = open a read write create
        write f {0..140} "x"
        stat f: -> size=140
        read f 0 200 -> "{140*x}"
        ---
        a "{140*x}"
    "#;

    /// Appends cross the boundary of a page.
    append_across: r#"
        a "{4090*a}"
        ---
        f = open a read write
        append f "{5*b}" -> 4095
        append f "c" -> 4096
        append f "d" -> 4097
        append f "{5000*e}" -> 9097
        read f 4088 12 -> "aabbbbbcdeee"
        ---
        a "{4090*a}bbbbbcd{5000*e}"
    "#;

    /// Buffers that end in the middle of pages are read and written whole.
    buffers_across: r#"
        ---
        f = open a read write create
        write f 0 "{4095*a}" "bb" "{4095*c}" "d" -> 8193
        read f 4094 1+1+2+4094+2 -> "abb{4095*c}d"
        ---
        a "{4095*a}bb{4095*c}d"
    "#;

    /// A write into a hole leaves the rest of its page zero.
    into_a_hole: r#"
        ---
        f = open a read write create
        truncate f 20000
        write f 6000 "x"
        write f 12287 "yy"
        read f 5998 5 -> "\0\0x\0\0"
        read f 12285 6 -> "\0\0yy\0\0"
        ---
        a "{6000*\0}x{6286*\0}yy{7711*\0}"
    "#;

    /// A hole between two written pages reads as zeros in one go.
    across_a_hole: r#"
        ---
        f = open a read write create
        write f 4094 "ab"
        write f 12288 "cd"
        read f 4093 8200 -> "\0ab{8192*\0}cd"
        ---
        a "{4094*\0}ab{8192*\0}cd"
    "#;

    /// A cut in a page zeroes the rest of it, also when what follows is allocated anew.
    cut_and_allocate: r#"
        a "{8192*x}"
        ---
        f = open a read write
        truncate f 100
        allocate f 0 8192
        read f 98 5 -> "xx\0\0\0"
        ---
        a "{100*x}{8092*\0}"
    "#;

    /// A cut exactly at a page keeps all before it.
    cut_at_a_page: r#"
        a "{12288*x}"
        ---
        f = open a read write
        truncate f 8192
        append f "y"
        read f 8190 5 -> "xxy"
        ---
        a "{8192*x}y"
    "#;

    /// A file that shrinks to a few bytes and grows again has forgotten everything.
    shrink_and_grow: r#"
        a "{70000*x}"
        ---
        f = open a read write
        truncate f 3
        write f 69990 "end"
        read f 0 6 -> "xxx\0\0\0"
        read f 65530 10 -> "{10*\0}"
        ---
        a "xxx{69987*\0}end"
    "#;

    /// Overwriting all of a large file changes all of it.
    overwrite: r#"
        a "{100000*x}"
        ---
        f = open a read write
        write f 0 "{100000*y}" -> 100000
        stat f: -> size=100000
        ---
        a "{100000*y}"
    "#;

    /// Large files that are written in pieces from the end to the beginning are whole.
    pieces_in_reverse: r#"
        ---
        f = open a write create
        write f 60000 "{30000*c}" -> 30000
        write f 30000 "{30000*b}" -> 30000
        write f 0 "{30000*a}" -> 30000
        ---
        a "{30000*a}{30000*b}{30000*c}"
    "#;

    /// Two files that grow in turns do not mix.
    two_files_in_turns: r#"
        ---
        f = open a write create
        g = open b write create
        append f "{3000*a}"
        append g "{3000*b}"
        append f "{3000*a}"
        append g "{3000*b}"
        append f "{3000*a}"
        ---
        a "{9000*a}"
        b "{6000*b}"
    "#;

    /// The memory of a removed file does not show in a new one.
    no_leftovers: r#"
        a "{20000*s}"
        ---
        unlink a
        f = open b read write create
        truncate f 20000
        write f 10000 "x"
        read f 0 4 -> "\0\0\0\0"
        read f 9999 3 -> "\0x\0"
        ---
        b "{10000*\0}x{9999*\0}"
    "#;
}
