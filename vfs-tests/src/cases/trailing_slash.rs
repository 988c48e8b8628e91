//! A slash at the end of a path, on each call.

super::cases! { $ trailing_slash, cases_of_trailing_slash;
    /// Opening what exists: a directory, also through a link and with no-follow; nothing else.
    open: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        open d/ read -> dir
        open l/ read -> dir
        open l/ read nofollow -> dir
        open a/ read -> ENOTDIR
        open a/ write -> ENOTDIR
        open a/ write trunc -> ENOTDIR
        open m/ read -> ENOTDIR
        open m/ read nofollow -> ENOTDIR
        open n/ read -> ENOENT
        open x/ read -> ENOENT
        open d/ write -> EISDIR
        ---
        unchanged
    "#;

    /// Creating a file: never.
    create: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        open x/ write create -> EISDIR
        open a/ write create -> EISDIR
        open d/ write create -> EISDIR
        open l/ write create -> EISDIR
        open m/ write create -> EISDIR
        open n/ write create -> EISDIR
        open x/ write create excl -> EISDIR
        open a/ write create excl -> EISDIR
        open x/y/ write create -> ENOENT
        open a/y/ write create -> ENOTDIR
        ---
        unchanged
    "#;

    /// Metadata: of a directory, also through a link when it is not to be followed.
    stat: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        stat d/ -> dir ino=$d
        lstat d/ -> dir
        stat l/ -> dir ino=$d
        lstat l/ -> dir ino=$d
        stat a/ -> ENOTDIR
        lstat a/ -> ENOTDIR
        stat m/ -> ENOTDIR
        lstat m/ -> ENOTDIR
        stat n/ -> ENOENT
        lstat n/ -> ENOENT
        stat x/ -> ENOENT
        ---
        unchanged
    "#;

    /// Times and mode: of a directory, also through a link.
    times_and_mode: r#"
        a "abc"
        d/
        l -> d
        n -> nothing
        ---
        utime d/ 1 2
        utime l/ 1 3
        stat d -> mtime=3
        lutime l/ 1 4
        stat d -> mtime=4
        utime a/ 1 2 -> ENOTDIR
        utime n/ 1 2 -> ENOENT
        utime x/ 1 2 -> ENOENT
        chmod d/ 0700
        chmod l/ 0710
        chmod a/ 0600 -> ENOTDIR
        chmod n/ 0600 -> ENOENT
        ---
        a "abc"
        d/ mode=0710
        l -> d
        n -> nothing
    "#;

    /// Making a directory: welcome.
    mkdir: r#"
        a "abc"
        d/
        l -> d
        n -> nothing
        ---
        mkdir x/
        mkdir y///
        mkdir d/z/
        mkdir a/ -> EEXIST
        mkdir d/ -> EEXIST
        mkdir l/ -> EEXIST
        mkdir n/ -> EEXIST
        ---
        a "abc"
        d/z/
        l -> d
        n -> nothing
        x/
        y/
    "#;

    /// Removing a directory: welcome, but not through a link.
    rmdir: r#"
        a "abc"
        d/
        e/
        l -> d
        n -> nothing
        ---
        rmdir e/
        rmdir l/ -> ENOTDIR
        rmdir a/ -> ENOTDIR
        rmdir n/ -> ENOTDIR
        rmdir x/ -> ENOENT
        ---
        a "abc"
        d/
        l -> d
        n -> nothing
    "#;

    /// Unlinking: never.
    unlink: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        unlink a/ -> ENOTDIR
        unlink d/ -> EISDIR
        unlink l/ -> ENOTDIR
        unlink m/ -> ENOTDIR
        unlink n/ -> ENOTDIR
        unlink x/ -> ENOENT
        ---
        unchanged
    "#;

    /// Reading a link: it is followed, and a directory is no link.
    readlink: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        readlink l/ -> EINVAL
        readlink m/ -> ENOTDIR
        readlink n/ -> ENOENT
        readlink a/ -> ENOTDIR
        readlink d/ -> EINVAL
        readlink x/ -> ENOENT
        ---
        unchanged
    "#;

    /// Making a link: never.
    symlink: r#"
        a "abc"
        d/
        l -> d
        n -> nothing
        ---
        symlink t x/ -> ENOENT
        symlink t a/ -> EEXIST
        symlink t d/ -> EEXIST
        symlink t l/ -> EEXIST
        symlink t n/ -> EEXIST
        ---
        unchanged
    "#;

    /// Giving a further name: never.
    link: r#"
        a "abc"
        d/
        l -> d
        m -> a
        n -> nothing
        ---
        link a x/ -> ENOENT
        link a d/ -> EEXIST
        link a m/ -> EEXIST
        link a n/ -> EEXIST
        link a/ x -> ENOTDIR
        link d/ x -> EPERM
        link l/ x -> EPERM
        link m/ x -> ENOTDIR
        link n/ x -> ENOENT
        ---
        unchanged
    "#;

    /// Moving a directory: welcome on either side.
    rename_a_directory: r#"
        d/f ""
        e/
        ---
        rename d/ x
        rename x y/
        rename y/ e/
        ---
        e/f ""
    "#;

    /// Moving a directory by way of a link with a slash: the link is not followed.
    rename_a_directory_through_a_link: r#"
        d/
        e/
        l -> d
        n -> nothing
        ---
        rename l/ x -> ENOTDIR
        rename e l/ -> ENOTDIR
        rename e n/ -> ENOTDIR
        ---
        unchanged
    "#;

    /// Moving a file: never, on neither side.
    rename_a_file: r#"
        a "abc"
        b ""
        d/
        l -> a
        ---
        rename a x/ -> ENOTDIR
        rename a b/ -> ENOTDIR
        rename a d/ -> ENOTDIR
        rename a/ x -> ENOTDIR
        rename a/ b -> ENOTDIR
        rename l/ x -> ENOTDIR
        rename l x/ -> ENOTDIR
        rename x/ y -> ENOENT
        rename x y/ -> ENOENT
        ---
        unchanged
    "#;

    /// A slash and a dot at the end mean the directory, as the slash alone, and do name one.
    slash_and_dot: r#"
        a "abc"
        d/
        l -> d
        ---
        open d/. read -> dir
        open l/. read nofollow -> dir
        lstat l/. -> dir
        open a/. read -> ENOTDIR
        stat a/./ -> ENOTDIR
        stat d/./ -> dir
        ---
        unchanged
    "#;
}
