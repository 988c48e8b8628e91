//! Offsets and lengths around powers of two, where a number could be cut to fewer bits.

super::cases! { $ far_offsets, cases_of_far_offsets;
    /// A write across 2 GiB is whole.
    across_two_gib: r#"
        ---
        f = open a read write create
        write f 2147483646 "abcd" -> 4
        stat f: -> size=2147483650
        read f 2147483646 10 -> "abcd"
        read f 2147483648 1 -> "c"
        read f 0 4 -> "\0\0\0\0"
        ---
        a size=2147483650
    "#;

    /// A write across 4 GiB is whole, and nothing comes round to the beginning.
    across_four_gib: r#"
        ---
        f = open a read write create
        write f 4294967294 "abcd" -> 4
        read f 4294967294 10 -> "abcd"
        read f 0 4 -> "\0\0\0\0"
        write f 2 "x" -> 1
        read f 4294967298 4 -> ""
        read f 4294967296 4 -> "cd"
        ---
        a size=4294967298
    "#;

    /// Bytes at the same offset modulo 4 GiB are different ones.
    same_low_bits: r#"
        ---
        f = open a read write create
        write f 8G "c" -> 1
        write f 4G "b" -> 1
        write f 0 "a" -> 1
        read f 0 1 -> "a"
        read f 4G 1 -> "b"
        read f 8G 1 -> "c"
        read f 12G 1 -> ""
        ---
        a size=8589934593
    "#;

    /// A file is written at four tebibytes.
    at_four_tib: r#"
        ---
        f = open a read write create
        write f 4T "abc" -> 3
        read f 4398046511103 5 -> "\0abc"
        stat a -> size=4398046511107
        ---
        a size=4398046511107
    "#;

    /// An append goes to the end of a long file, and says where that is.
    append: r#"
        a size=5G
        ---
        f = open a read write
        append f "abc" -> 5368709123
        append f "de" -> 5368709125
        read f 5G 10 -> "abcde"
        ---
        a size=5368709125
    "#;

    /// A read of many bytes around 4 GiB gives the zeros of the hole.
    hole_around_four_gib: r#"
        a size=5G
        ---
        f = open a read
        read f 4294901760 131072 -> "{131072*\0}"
        ---
        unchanged
    "#;

    /// A long file is cut at 4 GiB, and forgets what was behind.
    cut_at_four_gib: r#"
        ---
        f = open a read write create
        write f 4294967292 "abcdefgh" -> 8
        truncate f 4G
        read f 4294967292 10 -> "abcd"
        truncate f 5G
        read f 4294967292 10 -> "abcd{6*\0}"
        ---
        a size=5G
    "#;

    /// A long file that is cut to nothing and made long again has forgotten everything.
    cut_and_made_long_again: r#"
        ---
        f = open a read write create
        write f 2T "x" -> 1
        write f 4G "y" -> 1
        write f 9 "z" -> 1
        truncate f 0
        truncate f 3T
        read f 2T 1 -> "\0"
        read f 4G 1 -> "\0"
        read f 9 1 -> "\0"
        ---
        a size=3T
    "#;

    /// What another handle writes far out is read at once.
    another_handle: r#"
        a ""
        ---
        f = open a read
        g = open a write
        write g 6G "abc" -> 3
        stat f: -> size=6442450947
        read f 6G 10 -> "abc"
        truncate g 1
        read f 6G 10 -> ""
        read f 0 10 -> "\0"
        ---
        a "\0"
    "#;

    /// A long file keeps its length under another name and when it moves.
    other_names: r#"
        a size=7G
        ---
        link a b
        rename a c
        stat b -> size=7G nlink=2
        stat c -> size=7G
        ---
        b size=7G
        c = b
    "#;

    /// Several buffers are written and read across 4 GiB.
    several_buffers: r#"
        ---
        f = open a read write create
        write f 4294967293 "ab" "cd" "" "efg" -> 7
        read f 4294967293 1+3+3 -> "abcdefg"
        ---
        a size=4294967300
    "#;

    /// A page far out takes no more storage than one at the start, and gives it back when it is cut off.
    storage: r#"
        ---
        f = open a write create
        write f 3T "x" -> 1
        truncate f 2T
        stat a -> allocated=0 size=2T
        ---
        a size=2T
    "#;
}
