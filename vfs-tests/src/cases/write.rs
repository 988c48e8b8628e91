//! `pwrite` and `pwritev`.

super::cases! { $ write, cases_of_write;
    /// Bytes are replaced from the offset on.
    in_the_middle: r#"
        a "0123456789"
        ---
        f = open a write
        write f 3 "abc" -> 3
        ---
        a "012abc6789"
    "#;

    /// The file grows where the write passes its end.
    past_the_end: r#"
        a "0123"
        ---
        f = open a write
        write f 2 "abcd" -> 4
        write f 6 "ef" -> 2
        stat f: -> size=8
        ---
        a "01abcdef"
    "#;

    /// A gap before the offset reads as zeros.
    gap: r#"
        a "01"
        ---
        f = open a read write
        write f 5 "x" -> 1
        read f 0 10 -> "01\0\0\0x"
        ---
        a "01\0\0\0x"
    "#;

    /// A write of no bytes changes nothing and does not extend the file.
    no_bytes: r#"
        a "01"
        ---
        f = open a write
        write f 0 "" -> 0
        write f 100 "" -> 0
        write f 100 -> 0
        stat f: -> size=2
        ---
        unchanged
    "#;

    /// Several buffers are written one after the other.
    several_buffers: r#"
        a ""
        ---
        f = open a write
        write f 1 "ab" "" "cde" "f" -> 6
        ---
        a "\0abcdef"
    "#;

    /// A range that passes the largest offset is refused.
    past_the_largest_offset: r#"
        a "01"
        ---
        f = open a write
        write f 9223372036854775808 "x" -> EINVAL
        write f endless "x" -> EINVAL
        write f max "x" -> EINVAL
        write f 9223372036854775806 "xy" -> EINVAL
        ---
        unchanged
    "#;

    /// A write that begins and ends at any place relative to a page keeps the bytes around it.
    around_pages: r#"
        a "{12288*.}"
        ---
        f = open a read write
        write f 4095 "ab" -> 2
        write f 8190 "{4*x}" -> 4
        write f 12287 "yz" -> 2
        read f 4094 4 -> ".ab."
        read f 8189 6 -> ".xxxx."
        read f 12286 10 -> ".yz"
        ---
        a "{4095*.}ab{4093*.}xxxx{4093*.}yz"
    "#;

    /// A write of many pages is taken whole.
    large: r#"
        ---
        f = open a read write create
        write f 10 "{100000*0123456789}" -> 1000000
        read f 999990 30 -> "01234567890123456789"
        ---
        a "{10*\0}{100000*0123456789}"
    "#;

    /// Many small writes make one file.
    many_small_ones: r#"
        ---
        f = open a write create
        append f "0123456789"
        write f {0..200} "x" -> 1
        ---
        a "{200*x}"
    "#;

    /// Writing backwards leaves no zeros behind.
    backwards: r#"
        ---
        f = open a write create
        write f 8192 "c" -> 1
        write f 4096 "{4096*b}" -> 4096
        write f 0 "{4096*a}" -> 4096
        ---
        a "{4096*a}{4096*b}c"
    "#;

    /// What is written through one name is read through another.
    through_every_name: r#"
        a "01"
        b = a
        ---
        f = open a write
        g = open b read
        write f 0 "xy" -> 2
        read g 0 2 -> "xy"
        ---
        a "xy"
        b = a
    "#;

    /// Writing does not change the mode or the names.
    leaves_metadata_alone: r#"
        a "01" mode=0640
        ---
        stat a -> ino=$a
        f = open a write
        write f 0 "xy" -> 2
        stat a -> ino=$a nlink=1 mode=0640
        ---
        a "xy" mode=0640
    "#;

    /// A sync succeeds for files and directories, however they were opened.
    sync: r#"
        a "01"
        d/
        ---
        f = open a write
        write f 0 "xy" -> 2
        sync f
        datasync f
        g = open a read
        sync g
        datasync g
        d = open d read dir
        sync d
        datasync d
        ---
        a "xy"
        d/
    "#;

    /// Advice is taken and changes nothing.
    advice: r#"
        a "0123456789"
        ---
        f = open a read
        advise f 0 0 normal
        advise f 0 0 sequential
        advise f 0 0 random
        advise f 0 5 willneed
        advise f 0 100 dontneed
        advise f 1T 1T noreuse
        read f 0 10 -> "0123456789"
        ---
        unchanged
    "#;
}
