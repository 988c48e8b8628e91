//! Files of several blocks, cut and grown: what filesystems do with runs of 64 KiB and of mebibytes.

super::cases! { $ blocks, cases_of_blocks;
    /// A cut that leaves nothing of what was written leaves no storage either.
    cut_before_all_that_was_written: r#"
        ---
        f = open a read write create
        write f 130000 "x"
        truncate f 70000
        stat f: -> allocated=0 size=70000
        write f 65535 "yz"
        truncate f 65536
        truncate f 200000
        read f 65534 4 -> "\0y\0\0"
        read f 129999 3 -> "\0\0\0"
        ---
        a "{65535*\0}y{134464*\0}"
    "#;

    /// Each cut, ever nearer to the start, keeps exactly what is before it.
    cuts_down_to_nothing: r#"
        a "{1500000*x}"
        ---
        f = open a read write
        truncate f 1400001
        truncate f 1048577
        append f "1" -> 1048578
        truncate f 1048576
        append f "2" -> 1048577
        truncate f 131072
        append f "3" -> 131073
        truncate f 65537
        truncate f 65536
        append f "4" -> 65537
        truncate f 65535
        truncate f 65540
        read f 65533 20 -> "xx\0\0\0\0\0"
        truncate f 4097
        truncate f 4095
        append f "5" -> 4096
        ---
        a "{4095*x}5"
    "#;

    /// What was cut off a long file does not come back when a hole or an allocation takes its place.
    grown_again: r#"
        a "{1300000*x}"
        ---
        f = open a read write
        truncate f 1100000
        truncate f 1300000
        read f 1099998 5 -> "xx\0\0\0"
        read f 1114110 5 -> "{5*\0}"
        truncate f 1000
        allocate f 900 1200000
        read f 998 5 -> "xx\0\0\0"
        read f 1099998 5 -> "{5*\0}"
        truncate f 1005
        ---
        a "{1000*x}{5*\0}"
    "#;

    /// Writes that begin or end at the edges of blocks touch nothing beside them.
    at_the_edges: r#"
        a "{1310720*x}"
        ---
        f = open a read write
        write f 65536 "{65536*a}" -> 65536
        write f 131071 "bb" -> 2
        write f 1048575 "{65538*c}" -> 65538
        write f 1310719 "de" -> 2
        read f 65534 4 -> "xxaa"
        read f 131069 6 -> "aabbxx"
        read f 1048573 5 -> "xxccc"
        read f 1114110 5 -> "cccxx"
        read f 1310717 9 -> "xxde"
        ---
        a "{65536*x}{65535*a}bb{917502*x}{65538*c}{196606*x}de"
    "#;

    /// Every second block is written: the others stay holes, and take storage once they are written, too.
    every_second_block: r#"
        ---
        f = open a read write create
        truncate f 600000
        write f 65536 "a"
        write f 196608 "b"
        write f 327680 "c"
        write f 458752 "d"
        read f 131070 4 -> "{4*\0}"
        write f 131072 "{65536*x}" -> 65536
        read f 131070 4 -> "\0\0xx"
        read f 196606 4 -> "xxb\0"
        truncate f 327681
        ---
        a "{65536*\0}a{65535*\0}{65536*x}b{131071*\0}c"
    "#;

    /// Another handle cuts the file: the next append goes to the new end, and a read finds no more.
    append_after_anothers_cut: r#"
        a "{200000*x}"
        ---
        f = open a read write
        g = open a write
        append f "y" -> 200001
        truncate g 100
        append f "z" -> 101
        read f 98 9 -> "xxz"
        truncate g 0
        append f "{70000*w}" -> 70000
        read f 69999 5 -> "w"
        open a write trunc
        append f "v" -> 1
        ---
        a "v"
    "#;
}
