//! `open` of what exists.

super::cases! { $ open, cases_of_open;
    /// Nothing of that name is there.
    nothing: r#"
        ---
        open a read -> ENOENT
        open a write -> ENOENT
        open a -> ENOENT
        open a read dir -> ENOENT
        ---
        unchanged
    "#;

    /// A file opens for reading, for writing and for both.
    file: r#"
        a "abc"
        ---
        open a read -> file
        open a write -> file
        open a read write -> file
        ---
        unchanged
    "#;

    /// What is opened for reading only cannot be written.
    reading_only: r#"
        a "abc"
        ---
        f = open a read
        read f 0 3 -> "abc"
        write f 0 "x" -> EBADF
        append f "x" -> EBADF
        truncate f 0 -> EINVAL
        allocate f 0 10 -> EBADF
        ---
        unchanged
    "#;

    /// What is opened for writing only cannot be read.
    writing_only: r#"
        a "abc"
        ---
        f = open a write
        read f 0 3 -> EBADF
        write f 1 "x" -> 1
        ---
        a "axc"
    "#;

    /// What is opened without access to its contents gives its metadata and nothing else.
    path_only: r#"
        a "abc"
        ---
        f = open a -> file
        stat f: -> file size=3
        read f 0 3 -> EBADF
        write f 0 "x" -> EBADF
        ---
        unchanged
    "#;

    /// A directory opens for reading, with or without `O_DIRECTORY`.
    directory: r#"
        d/
        ---
        open d read -> dir
        open d read dir -> dir
        open d dir -> dir
        ---
        unchanged
    "#;

    /// A directory does not open for writing.
    directory_for_writing: r#"
        d/
        ---
        open d write -> EISDIR
        open d read write -> EISDIR
        open d read write dir -> EISDIR
        ---
        unchanged
    "#;

    /// `O_DIRECTORY` refuses a file.
    directory_flag_on_a_file: r#"
        a "abc"
        l -> a
        ---
        open a read dir -> ENOTDIR
        open a read write dir -> ENOTDIR
        open a write dir trunc -> ENOTDIR
        open l read dir -> ENOTDIR
        ---
        unchanged
    "#;

    /// A link is followed to a file and to a directory.
    link: r#"
        a "abc"
        d/f ""
        l -> a
        m -> d
        ---
        f = open l read -> file
        read f 0 3 -> "abc"
        open m read dir -> dir
        open m/f read -> file
        ---
        unchanged
    "#;

    /// A dangling link leads nowhere.
    dangling_link: r#"
        l -> nothing
        ---
        open l read -> ENOENT
        open l write -> ENOENT
        open l read dir -> ENOENT
        ---
        unchanged
    "#;

    /// No-follow refuses a link as the last name, and only there.
    no_follow: r#"
        d/a "abc"
        d/l -> a
        m -> d
        ---
        open d/l read nofollow -> ELOOP
        open d/l write nofollow -> ELOOP
        open d/l write trunc nofollow -> ELOOP
        open m read nofollow -> ELOOP
        open m/a read nofollow -> file
        open m/l read nofollow -> ELOOP
        open d/a read nofollow -> file
        ---
        unchanged
    "#;

    /// No-follow with `O_DIRECTORY` says of a link that it is no directory.
    no_follow_with_the_directory_flag: r#"
        d/
        l -> d
        m -> nothing
        ---
        open l read dir nofollow -> ENOTDIR
        open m read dir nofollow -> ENOTDIR
        ---
        unchanged
    "#;

    /// A component that is a file leads nowhere.
    below_a_file: r#"
        a ""
        l -> a
        ---
        open a/b read -> ENOTDIR
        open l/b read -> ENOTDIR
        ---
        unchanged
    "#;

    /// A directory is opened once more through its own handle, and each handle is closed by itself.
    directory_once_more: r#"
        d/a ""
        ---
        d = open d read dir
        e = open d:. read dir -> dir
        close d
        stat e:a -> file
        stat d:a -> EBADF
        ---
        unchanged
    "#;

    /// Two handles of a file see each other's writes.
    two_handles: r#"
        a ""
        ---
        f = open a read write
        g = open a read write
        write f 0 "abc" -> 3
        read g 0 10 -> "abc"
        truncate g 1
        read f 0 10 -> "a"
        ---
        a "a"
    "#;

    /// A path is taken from the open directory that it is given with.
    from_an_open_directory: r#"
        a "root"
        d/a "d"
        d/e/a "e"
        ---
        d = open d read dir
        cat d:a -> "d"
        e = open d:e read dir
        cat e:a -> "e"
        cat a -> "root"
        ---
        unchanged
    "#;

    /// A path from an open file fails.
    from_an_open_file: r#"
        a ""
        ---
        f = open a read
        open f:b read -> ENOTDIR
        stat f:b -> ENOTDIR
        mkdir f:b -> ENOTDIR
        ---
        unchanged
    "#;
}
