//! One file under several handles.

super::cases! { $ shared, cases_of_shared;
    /// Appends of several handles come one after the other.
    appends: r#"
        a "0"
        ---
        f = open a write
        g = open a write
        append f "1" -> 2
        append g "2" -> 3
        append f "3" -> 4
        append g "45" -> 6
        ---
        a "012345"
    "#;

    /// An append goes to the end that another handle's write or cut has made.
    append_after_others: r#"
        a "abc"
        ---
        f = open a write
        g = open a write
        write g 5 "x" -> 1
        append f "y" -> 7
        truncate g 2
        append f "z" -> 3
        open a write trunc
        append f "1" -> 1
        ---
        a "1"
    "#;

    /// The last write at an offset counts.
    last_write: r#"
        a ""
        ---
        f = open a read write
        g = open a read write
        write f 0 "{5000*a}" -> 5000
        write g 2000 "{1000*b}" -> 1000
        write f 2500 "{100*c}" -> 100
        read g 1999 3 -> "abb"
        read f 2499 3 -> "bcc"
        read g 2599 3 -> "cbb"
        ---
        a "{2000*a}{500*b}{100*c}{400*b}{2000*a}"
    "#;

    /// What one handle cuts off, the other does not read; what it makes longer reads as zeros.
    cut: r#"
        a "{10000*x}"
        ---
        f = open a read
        g = open a write
        truncate g 5000
        read f 4998 10 -> "xx"
        read f 5000 10 -> ""
        truncate g 5004
        read f 4998 10 -> "xx\0\0\0\0"
        allocate g 5004 2
        read f 5000 10 -> "\0\0\0\0\0\0"
        ---
        a "{5000*x}{6*\0}"
    "#;

    /// A handle of another name, and one that came by a link, is of the same file.
    by_other_ways: r#"
        a "abc"
        b = a
        l -> a
        ---
        f = open a read
        g = open b write
        h = open l write
        write g 0 "x" -> 1
        write h 1 "y" -> 1
        read f 0 3 -> "xyc"
        ---
        a "xyc"
        b = a
        l -> a
    "#;

    /// A handle that was opened before anything was written reads what is written.
    opened_before: r#"
        ---
        f = open a read create
        g = open a write
        read f 0 3 -> ""
        write g 0 "{70000*x}" -> 70000
        read f 69999 3 -> "x"
        stat f: -> size=70000
        close g
        read f 0 3 -> "xxx"
        ---
        a "{70000*x}"
    "#;

    /// Closing one handle leaves the others.
    closing: r#"
        a "abc"
        ---
        f = open a read write
        g = open a read write
        h = open a read write
        close g
        write f 0 "x" -> 1
        close f
        unlink a
        write h 1 "y" -> 1
        read h 0 3 -> "xyc"
        ---
    "#;

    /// A path and a handle show the same length and links at every moment.
    path_and_handle: r#"
        a ""
        ---
        f = open a write
        write f 0 "abc" -> 3
        stat a -> size=3
        link a b
        stat f: -> nlink=2 size=3
        rename b c
        unlink a
        stat f: -> nlink=1
        stat c -> nlink=1 size=3
        truncate f 1
        stat c -> size=1
        ---
        c "a"
    "#;
}
