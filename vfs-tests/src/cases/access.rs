//! What a handle was opened for.

super::cases! { $ access, cases_of_access;
    /// Even nothing is not written through a handle for reading, nor read through one for writing.
    no_bytes: r#"
        a "abc"
        ---
        f = open a read
        g = open a write
        write f 0 "" -> EBADF
        append f "" -> EBADF
        read g 0 0 -> EBADF
        ---
        unchanged
    "#;

    /// A handle for reading does not change the length either.
    length: r#"
        a "abc"
        ---
        f = open a read
        truncate f 0 -> EINVAL
        truncate f 3 -> EINVAL
        allocate f 0 10 -> EBADF
        stat f: -> size=3
        ---
        unchanged
    "#;

    /// A handle for writing alone appends, cuts and allocates.
    writing_alone: r#"
        a "abc"
        ---
        f = open a write
        append f "d" -> 4
        truncate f 2
        allocate f 0 4
        write f 1 "x" -> 1
        read f 0 1 -> EBADF
        ---
        a "ax\0\0"
    "#;

    /// Handles of one file have each their own access.
    each_its_own: r#"
        a "abc"
        b = a
        ---
        f = open a read
        g = open b write
        h = open a read write
        write f 0 "x" -> EBADF
        read g 0 1 -> EBADF
        write g 0 "x" -> 1
        read f 0 3 -> "xbc"
        write h 1 "y" -> 1
        read h 0 3 -> "xyc"
        close h
        write f 0 "z" -> EBADF
        ---
        a "xyc"
        b = a
    "#;

    /// The access is the handle's, when the file has lost its name and when it was replaced.
    without_a_name: r#"
        a "abc"
        b "def"
        ---
        f = open a read
        g = open a write
        rename b a
        write f 0 "x" -> EBADF
        write g 0 "x" -> 1
        read f 0 3 -> "xbc"
        read g 0 3 -> EBADF
        ---
        a "def"
    "#;

    /// `O_CREAT` gives the access that was asked for and no more.
    of_a_new_file: r#"
        ---
        f = open a read create
        write f 0 "x" -> EBADF
        truncate f 0 -> EINVAL
        g = open b write create
        write g 0 "x" -> 1
        read g 0 1 -> EBADF
        ---
        a ""
        b "x"
    "#;

    /// Metadata is read and set through any handle.
    metadata: r#"
        a "abc"
        ---
        f = open a read
        g = open a write
        chmod f: 0600
        utime g: 5 7
        stat f: -> mode=0600 mtime=7
        stat g: -> mode=0600 mtime=7
        ---
        a "abc" mode=0600
    "#;

    /// Syncs and advice need no access for writing.
    syncs_and_advice: r#"
        a "abc"
        d/
        ---
        f = open a read
        g = open a write
        d = open d read dir
        sync f
        datasync f
        sync g
        datasync d
        advise f 0 0 willneed
        advise g 0 100 dontneed
        advise f 1000000 1 sequential
        ---
        unchanged
    "#;

    /// What is closed can be opened anew with another access under the same name of the script.
    opened_anew: r#"
        a "abc"
        ---
        f = open a read
        write f 0 "x" -> EBADF
        close f
        f = open a write
        write f 0 "x" -> 1
        read f 0 1 -> EBADF
        close f
        read f 0 1 -> EBADF
        close f -> EBADF
        ---
        a "xbc"
    "#;
}
