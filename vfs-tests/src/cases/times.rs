//! `utimensat`, and which times move on what.

super::cases! { $ times, cases_of_times;
    /// Both times are set, to the nanosecond.
    both: r#"
        a ""
        d/
        ---
        utime a 1_000_000_001 1_600_000_000_123_456_789
        stat a -> atime=1_000_000_001 mtime=1_600_000_000_123_456_789
        utime d 5 7
        stat d -> atime=5 mtime=7
        ---
        unchanged
    "#;

    /// Each time is set without the other.
    one_of_them: r#"
        a ""
        ---
        utime a 5 7
        utime a keep 9
        stat a -> atime=5 mtime=9
        utime a 6 keep
        stat a -> atime=6 mtime=9
        ---
        unchanged
    "#;

    /// Now is the present time.
    now: r#"
        a ""
        ---
        utime a 5 7
        utime a now keep
        stat a -> atime=now mtime=7
        utime a 5 now
        stat a -> atime=5 mtime=now
        utime a 5 7
        utime a now now
        stat a -> atime=now mtime=now
        ---
        unchanged
    "#;

    /// Times before the epoch are kept.
    before_the_epoch: r#"
        a ""
        ---
        utime a -1 -86_400_000_000_001
        stat a -> atime=-1 mtime=-86400000000001
        ---
        unchanged
    "#;

    /// The times of an open file are set through any handle.
    through_a_handle: r#"
        a ""
        d/
        ---
        f = open a read
        utime f: 5 7
        stat a -> atime=5 mtime=7
        d = open d read dir
        utime d: 6 8
        stat d -> atime=6 mtime=8
        ---
        unchanged
    "#;

    /// Through a link the file's times are set, or without following the link's own.
    through_a_link: r#"
        a ""
        l -> a
        ---
        utime a 1 2
        lutime l 5 7
        lstat l -> atime=5 mtime=7
        stat a -> atime=1 mtime=2
        utime l 6 8
        stat a -> atime=6 mtime=8
        lstat l -> mtime=7
        ---
        unchanged
    "#;

    /// A dangling link has times of its own only.
    dangling_link: r#"
        l -> nothing
        ---
        utime l 1 2 -> ENOENT
        lutime l 1 2
        lstat l -> atime=1 mtime=2
        ---
        unchanged
    "#;

    /// Nothing is there to have times.
    nothing: r#"
        a ""
        ---
        utime b 1 2 -> ENOENT
        utime a/b 1 2 -> ENOTDIR
        ---
        unchanged
    "#;

    /// Setting times moves the change time.
    setting_moves_ctime: r#"
        a ""
        ---
        utime a 1 2
        watch a
        utime a 1 2
        moved a -> ctime
        ---
        unchanged
    "#;

    /// Keeping both times changes nothing.
    keeping_both: r#"
        a ""
        ---
        watch a
        utime a keep keep
        moved a -> nothing
        ---
        unchanged
    "#;

    /// A new node's times are the present.
    of_a_new_node: r#"
        ---
        open a write create
        mkdir d
        symlink a l
        stat a -> atime=now mtime=now ctime=now
        stat d -> atime=now mtime=now ctime=now
        lstat l -> atime=now mtime=now ctime=now
        ---
        a ""
        d/
        l -> a
    "#;

    /// Writing moves the file's times, and not its directory's.
    writing: r#"
        d/a "abc"
        ---
        f = open d/a write
        watch d/a
        watch d
        write f 0 "x"
        moved d/a -> mtime ctime
        watch d/a
        append f "y"
        moved d/a -> mtime ctime
        moved d -> nothing
        ---
        d/a "xbcy"
    "#;

    /// Writing no bytes moves nothing.
    writing_nothing: r#"
        a "abc"
        ---
        f = open a write
        watch a
        write f 0 ""
        write f 9 ""
        moved a -> nothing
        ---
        unchanged
    "#;

    /// Reading moves neither the time of contents nor of change.
    reading: r#"
        d/a "abc"
        d/l -> a
        ---
        watch d/a
        watch d/l
        watch d
        f = open d/a read
        read f 0 3 -> "abc"
        readlink d/l -> "a"
        list d -> a l@
        stat d/a -> file
        moved d/a -> nothing
        moved d/l -> nothing
        moved d -> nothing
        ---
        unchanged
    "#;

    /// Opening moves nothing, also for writing and with `O_CREAT`.
    opening: r#"
        d/a "abc"
        ---
        watch d/a
        watch d
        open d/a read write
        open d/a write create
        open d read dir
        moved d/a -> nothing
        moved d -> nothing
        ---
        unchanged
    "#;

    /// Cutting a file moves its times, also to the length that it has.
    truncating: r#"
        a "abc"
        ---
        f = open a write
        watch a
        truncate f 1
        moved a -> mtime ctime
        watch a
        truncate f 5
        moved a -> mtime ctime
        watch a
        truncate f 5
        moved a -> mtime ctime
        ---
        a "a\0\0\0\0"
    "#;

    /// `O_TRUNC` moves the file's times, also of an empty file.
    opening_with_truncation: r#"
        d/a "abc"
        ---
        watch d/a
        watch d
        open d/a write trunc
        moved d/a -> mtime ctime
        moved d -> nothing
        watch d/a
        open d/a write create trunc
        moved d/a -> mtime ctime
        ---
        d/a ""
    "#;

    /// Allocating past the end moves the file's times.
    allocating: r#"
        a "abc"
        ---
        f = open a write
        watch a
        allocate f 0 10
        moved a -> mtime ctime
        ---
        a "abc{7*\0}"
    "#;

    /// Making a node of any kind moves its directory's times.
    making: r#"
        d/
        ---
        watch d
        open d/a write create
        moved d -> mtime ctime
        watch d
        mkdir d/d
        moved d -> mtime ctime
        watch d
        symlink x d/l
        moved d -> mtime ctime
        ---
        d/a ""
        d/d/
        d/l -> x
    "#;

    /// Removing a node of any kind moves its directory's times.
    removing: r#"
        d/a ""
        d/d/
        d/l -> x
        ---
        watch d
        unlink d/a
        moved d -> mtime ctime
        watch d
        rmdir d/d
        moved d -> mtime ctime
        watch d
        unlink d/l
        moved d -> mtime ctime
        ---
        d/
    "#;

    /// A further name moves the file's change time and the new directory's times.
    linking: r#"
        d/a ""
        e/
        ---
        watch d/a
        watch d
        watch e
        link d/a e/b
        moved d/a -> ctime
        moved d -> nothing
        moved e -> mtime ctime
        ---
        d/a ""
        e/b = d/a
    "#;

    /// Losing a name moves the file's change time.
    unlinking_one_of_several: r#"
        a ""
        b = a
        ---
        f = open a read
        watch f:
        unlink b
        moved f: -> ctime
        watch f:
        unlink a
        moved f: -> ctime
        ---
    "#;

    /// Moving moves the times of both directories and the node's change time.
    renaming: r#"
        d/a ""
        e/
        ---
        watch d/a
        watch e
        watch d
        f = open d/a read
        watch f:
        rename d/a e/a
        moved d -> mtime ctime
        moved e -> mtime ctime
        moved f: -> ctime
        ---
        d/
        e/a ""
    "#;

    /// Moving within a directory moves the directory's times.
    renaming_within_a_directory: r#"
        d/a ""
        d/e/
        ---
        watch d
        rename d/a d/b
        moved d -> mtime ctime
        watch d
        rename d/e d/f
        moved d -> mtime ctime
        ---
        d/b ""
        d/f/
    "#;

    /// What is replaced gets a new change time, for it has lost a name.
    replaced: r#"
        a "new"
        b "old"
        ---
        f = open b read
        watch f:
        rename a b
        moved f: -> ctime
        ---
        b "new"
    "#;

    /// A rename that does nothing moves nothing.
    renaming_onto_the_same_node: r#"
        d/a ""
        d/b = d/a
        ---
        watch d
        watch d/a
        rename d/a d/b
        rename d/a d/a
        moved d -> nothing
        moved d/a -> nothing
        ---
        unchanged
    "#;

    /// Setting the mode moves the change time only.
    setting_the_mode: r#"
        a ""
        d/
        ---
        watch a
        watch d
        chmod a 0600
        chmod d 0700
        moved a -> ctime
        moved d -> ctime
        ---
        a "" mode=0600
        d/ mode=0700
    "#;

    /// What fails moves nothing.
    failing: r#"
        d/a ""
        d/e/f ""
        d/l -> a
        ---
        watch d
        watch d/a
        watch d/e
        open d/a write create excl -> EEXIST
        mkdir d/a -> EEXIST
        rmdir d/e -> ENOTEMPTY
        unlink d/e -> EISDIR
        unlink d/x -> ENOENT
        symlink x d/l -> EEXIST
        link d/e d/x -> EPERM
        link d/a d/l -> EEXIST
        rename d/a d/e -> EISDIR
        rename d/e d/a -> ENOTDIR
        rename d d/x -> EINVAL
        rename d/x d/y -> ENOENT
        moved d -> nothing
        moved d/a -> nothing
        moved d/e -> nothing
        ---
        unchanged
    "#;
}
