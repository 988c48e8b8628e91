//! `ftruncate` and `posix_fallocate`.

super::cases! { $ truncate, cases_of_truncate;
    /// A file that is cut loses what was after the cut.
    shorter: r#"
        a "0123456789"
        ---
        f = open a read write
        truncate f 4
        stat a -> size=4
        read f 0 10 -> "0123"
        ---
        a "0123"
    "#;

    /// A file that grows reads as zeros there.
    longer: r#"
        a "01"
        ---
        f = open a read write
        truncate f 5
        read f 0 10 -> "01\0\0\0"
        ---
        a "01\0\0\0"
    "#;

    /// What was cut does not come back.
    cut_bytes_do_not_come_back: r#"
        a "0123456789"
        ---
        f = open a read write
        truncate f 3
        truncate f 10
        read f 0 10 -> "012\0\0\0\0\0\0\0"
        ---
        a "012{7*\0}"
    "#;

    /// What was cut does not come back when a write leaves a gap, within a page and across pages.
    cut_bytes_do_not_come_back_in_a_gap: r#"
        a "{10000*x}"
        b "{100*x}"
        ---
        f = open a write
        truncate f 5000
        write f 9000 "y" -> 1
        g = open b write
        truncate g 10
        write g 20 "y" -> 1
        ---
        a "{5000*x}{4000*\0}y"
        b "{10*x}{10*\0}y"
    "#;

    /// To the present length is no change of contents.
    same_length: r#"
        a "01"
        ---
        f = open a write
        truncate f 2
        ---
        unchanged
    "#;

    /// To nothing.
    to_nothing: r#"
        a "{10000*x}"
        b ""
        ---
        f = open a write
        truncate f 0
        g = open b write
        truncate g 0
        ---
        a ""
        b ""
    "#;

    /// Around the boundaries of pages.
    around_pages: r#"
        a "{12288*x}"
        ---
        f = open a read write
        truncate f 8193
        truncate f 8192
        truncate f 4097
        truncate f 4096
        truncate f 4095
        truncate f 8193
        read f 4094 4 -> "x\0\0\0"
        ---
        a "{4095*x}{4098*\0}"
    "#;

    /// A length past the largest offset is refused.
    length_too_large: r#"
        a "01"
        ---
        f = open a write
        truncate f 9223372036854775808 -> EINVAL
        truncate f endless -> EINVAL
        ---
        unchanged
    "#;

    /// Allocating past the end extends the file with zeros.
    allocate_extends: r#"
        a "01"
        ---
        f = open a read write
        allocate f 0 5
        stat f: -> size=5
        read f 0 10 -> "01\0\0\0"
        allocate f 8 2
        stat f: -> size=10
        ---
        a "01{8*\0}"
    "#;

    /// Allocating within the file changes neither its length nor its contents.
    allocate_within: r#"
        a "0123456789"
        ---
        f = open a write
        allocate f 2 3
        allocate f 0 10
        ---
        unchanged
    "#;

    /// Allocating a hole keeps it zero.
    allocate_a_hole: r#"
        ---
        f = open a read write create
        write f 10000 "x" -> 1
        allocate f 0 10000
        read f 9998 10 -> "\0\0x"
        ---
        a "{10000*\0}x"
    "#;

    /// Allocating no bytes is refused.
    allocate_nothing: r#"
        a "01"
        ---
        f = open a write
        allocate f 0 0 -> EINVAL
        allocate f 10 0 -> EINVAL
        ---
        unchanged
    "#;

    /// Allocating past the largest offset is refused.
    allocate_too_far: r#"
        a "01"
        ---
        f = open a write
        allocate f max 1 -> EFBIG
        allocate f 1 max -> EFBIG
        ---
        unchanged
    "#;
}
