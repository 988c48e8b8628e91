//! What a read-only view answers. These run only behind one: see [`read_only_conformance!`](crate::read_only_conformance).

super::cases! { $ read_only, cases_of_read_only;
    /// Whatever only looks succeeds.
    looking: r#"
        a "abc" mode=0640
        d/f ""
        l -> a
        ---
        f = open a read -> file
        read f 0 10 -> "abc"
        advise f 0 0 willneed
        sync f
        stat a -> file size=3 mode=0640
        lstat l -> symlink
        readlink l -> "a"
        list . -> a d/ l@
        list d -> f
        d = open d read dir
        stat d:f -> file
        sync d
        ---
        unchanged
    "#;

    /// Opening for writing is refused, with and without truncation.
    opening_for_writing: r#"
        a "abc"
        l -> a
        ---
        open a write -> EROFS
        open a read write -> EROFS
        open a write trunc -> EROFS
        open l write -> EROFS
        ---
        unchanged
    "#;

    /// What could not be opened for writing anyway says why.
    opening_for_writing_in_vain: r#"
        a "abc"
        d/
        l -> a
        ---
        open x write -> ENOENT
        open x/y write -> ENOENT
        open a/y write -> ENOTDIR
        open d write -> EISDIR
        open l write nofollow -> ELOOP
        open a/ write -> ENOTDIR
        open a write dir -> ENOTDIR
        ---
        unchanged
    "#;

    /// Creating is refused where something would be made.
    creating: r#"
        d/
        l -> nothing
        ---
        open x read create -> EROFS
        open x write create -> EROFS
        open x write create excl -> EROFS
        open d/x write create trunc -> EROFS
        open l write create -> EROFS
        open l read create -> EROFS
        ---
        unchanged
    "#;

    /// `O_CREAT` for reading succeeds where the file is there.
    creating_what_exists: r#"
        a "abc"
        ---
        f = open a read create -> file
        read f 0 10 -> "abc"
        open a write create -> EROFS
        open a write create trunc -> EROFS
        ---
        unchanged
    "#;

    /// What could not be created anyway says why.
    creating_in_vain: r#"
        a "abc"
        d/
        l -> nothing
        ---
        open a write create excl -> EEXIST
        open d read create excl -> EEXIST
        open l write create excl -> EEXIST
        open l write create nofollow -> ELOOP
        open d read create -> EISDIR
        open x/ write create -> EISDIR
        open x/y write create -> ENOENT
        open a/y write create -> ENOTDIR
        open x read create dir -> EINVAL
        ---
        unchanged
    "#;

    /// Making a directory is refused, unless the name is taken or the way is wrong.
    mkdir: r#"
        a ""
        d/
        l -> nothing
        ---
        mkdir x -> EROFS
        mkdir x/ -> EROFS
        mkdir d/x -> EROFS
        mkdir a -> EEXIST
        mkdir d -> EEXIST
        mkdir l -> EEXIST
        mkdir . -> EEXIST
        mkdir x/y -> ENOENT
        mkdir a/y -> ENOTDIR
        mkdir {256*x} -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// Making a link is refused, unless the name is taken or the way is wrong.
    symlink: r#"
        a ""
        d/
        l -> nothing
        ---
        symlink t x -> EROFS
        symlink t x/ -> ENOENT
        symlink t a -> EEXIST
        symlink t d -> EEXIST
        symlink t l -> EEXIST
        symlink t x/y -> ENOENT
        symlink t a/y -> ENOTDIR
        symlink "" x -> ENOENT
        ---
        unchanged
    "#;

    /// A further name is refused, after what is wrong with both paths.
    link: r#"
        a ""
        d/
        l -> nothing
        ---
        link a x -> EROFS
        link l x -> EROFS
        link d x -> EROFS
        link a d -> EEXIST
        link d a -> EEXIST
        link a l -> EEXIST
        link a x/ -> ENOENT
        link x y -> ENOENT
        link a x/y -> ENOENT
        link a a/y -> ENOTDIR
        link-followed l x -> ENOENT
        ---
        unchanged
    "#;

    /// Removal is refused before the name is looked at, but after the way to it.
    removing: r#"
        a ""
        d/f ""
        e/
        l -> a
        ---
        unlink a -> EROFS
        unlink l -> EROFS
        unlink d -> EROFS
        unlink x -> EROFS
        unlink x/y -> ENOENT
        unlink a/y -> ENOTDIR
        unlink . -> EISDIR
        rmdir e -> EROFS
        rmdir d -> EROFS
        rmdir a -> EROFS
        rmdir x -> EROFS
        rmdir x/y -> ENOENT
        rmdir a/y -> ENOTDIR
        rmdir . -> EINVAL
        rmdir d/.. -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// Moving is refused before either name is looked at, but after the ways to them.
    rename: r#"
        a ""
        b ""
        d/
        ---
        rename a x -> EROFS
        rename a b -> EROFS
        rename a a -> EROFS
        rename a d -> EROFS
        rename d d/x -> EROFS
        rename x y -> EROFS
        rename x/y z -> ENOENT
        rename a x/y -> ENOENT
        rename a/x y -> ENOTDIR
        rename a b/x -> ENOTDIR
        rename . x -> EBUSY
        rename a . -> EBUSY
        ---
        unchanged
    "#;

    /// Times and mode are not set, by path or by handle.
    metadata: r#"
        a "" mode=0644
        d/
        l -> a
        m -> nothing
        ---
        utime a 1 2 -> EROFS
        utime a now keep -> EROFS
        utime d 1 2 -> EROFS
        lutime l 1 2 -> EROFS
        utime x 1 2 -> ENOENT
        utime m 1 2 -> ENOENT
        utime a/x 1 2 -> ENOTDIR
        chmod a 0600 -> EROFS
        chmod l 0600 -> EROFS
        chmod x 0600 -> ENOENT
        f = open a read
        utime f: 1 2 -> EROFS
        chmod f: 0600 -> EROFS
        d = open d read dir
        utime d: 1 2 -> EROFS
        chmod d: 0700 -> EROFS
        ---
        unchanged
    "#;

    /// An open file's contents cannot be changed: it was not opened for writing.
    contents: r#"
        a "abc"
        ---
        f = open a read
        write f 0 "x" -> EBADF
        append f "x" -> EBADF
        allocate f 0 10 -> EBADF
        ---
        unchanged
    "#;

    /// A directory's handle carries that nothing can be changed.
    through_a_directory: r#"
        d/e/a ""
        ---
        d = open d read dir
        e = open d:e read dir
        open e:a write -> EROFS
        open e:x write create -> EROFS
        mkdir e:x -> EROFS
        unlink e:a -> EROFS
        symlink t e:x -> EROFS
        link e:a e:x -> EROFS
        rename e:a d:x -> EROFS
        utime e:a 1 2 -> EROFS
        ---
        unchanged
    "#;

    /// A link does not lead to a writable view.
    through_a_link: r#"
        d/a ""
        l -> d
        m -> d/a
        ---
        open l/a write -> EROFS
        open m write -> EROFS
        mkdir l/x -> EROFS
        unlink l/a -> EROFS
        rename l/a l/b -> EROFS
        chmod m 0600 -> EROFS
        ---
        unchanged
    "#;
}
