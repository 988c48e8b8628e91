//! Which times are kept, and by what.

super::cases! { $ dates, cases_of_dates;
    /// Times after 2038 and 2106 are kept, of a file, a directory and a link.
    beyond_32_bits: r#"
        a ""
        d/
        l -> a
        ---
        utime a 2147483648_000_000_001 4294967296_999_999_999
        utime d 4294967295_000_000_000 2147483647_000_000_000
        lutime l 4294967297_000_000_000 2147483649_000_000_000
        stat a -> atime=2147483648000000001 mtime=4294967296999999999
        stat d -> atime=4294967295000000000 mtime=2147483647000000000
        lstat l -> atime=4294967297000000000 mtime=2147483649000000000
        ---
        unchanged
    "#;

    /// The epoch itself is a time.
    epoch: r#"
        a ""
        ---
        utime a 0 0
        stat a -> atime=0 mtime=0 ctime=now
        ---
        unchanged
    "#;

    /// A file may have been read before it was written, and written before it was read.
    either_order: r#"
        a ""
        ---
        utime a 5 1_000_000_000_000
        stat a -> atime=5 mtime=1000000000000
        utime a 1_000_000_000_000 5
        stat a -> atime=1000000000000 mtime=5
        ---
        unchanged
    "#;

    /// A new node's three times are one moment.
    new_node: r#"
        ---
        open a write create
        stat a -> atime=$a mtime=$a ctime=$a
        mkdir d
        stat d -> atime=$d mtime=$d ctime=$d
        symlink a l
        lstat l -> atime=$l mtime=$l ctime=$l
        ---
        a ""
        d/
        l -> a
    "#;

    /// Both times set to now are the same moment, which is the change time as well.
    both_now: r#"
        a ""
        ---
        utime a 5 7
        utime a now now
        stat a -> atime=$t mtime=$t ctime=$t atime=now
        ---
        unchanged
    "#;

    /// A write sets the times of contents and change to one moment, and keeps that of access.
    after_a_write: r#"
        a ""
        ---
        f = open a write
        utime a 5 7
        write f 0 "x" -> 1
        stat a -> atime=5 mtime=$t ctime=$t mtime=now
        utime a 5 7
        append f "y" -> 2
        stat a -> atime=5 mtime=$u ctime=$u mtime=now
        utime a 5 7
        truncate f 1
        stat a -> atime=5 mtime=$v ctime=$v mtime=now
        ---
        a "x"
    "#;

    /// A directory's time of access stays when an entry comes or goes.
    after_a_change_of_entries: r#"
        d/
        ---
        utime d 5 7
        open d/a write create
        stat d -> atime=5 mtime=$t ctime=$t mtime=now
        utime d 5 7
        unlink d/a
        stat d -> atime=5 mtime=$u ctime=$u mtime=now
        ---
        unchanged
    "#;

    /// A file keeps its times when it moves, and when it replaces another.
    moved: r#"
        a "abc"
        b "def"
        d/
        ---
        utime a 5 7
        utime b 1 2
        rename a d/a
        stat d/a -> mtime=7
        rename d/a b
        stat b -> mtime=7 size=3
        ---
        b "abc"
        d/
    "#;

    /// A directory keeps its times when it moves to another parent and replaces an empty one.
    moved_directory: r#"
        d/a ""
        e/f/
        ---
        utime d 5 7
        rename d e/d
        stat e/d -> mtime=7
        rename e/d e/f
        stat e/f -> mtime=7
        ---
        e/f/a ""
    "#;

    /// A further name, other bits and an open keep a file's times.
    kept: r#"
        a "abc"
        ---
        utime a 5 7
        link a b
        chmod a 0600
        open a read write
        open a write create
        f = open b write
        sync f
        stat a -> atime=5 mtime=7
        ---
        a "abc"
        b = a
    "#;

    /// The times are the file's: set by one name, they show under all and in its handles.
    several_names: r#"
        a ""
        b = a
        ---
        f = open a read
        utime b 5 7
        stat a -> atime=5 mtime=7
        stat f: -> atime=5 mtime=7
        utime f: 6 8
        stat b -> atime=6 mtime=8
        ---
        unchanged
    "#;

    /// A link keeps its times when what it leads to is written or set.
    link_and_file: r#"
        a ""
        l -> a
        ---
        lutime l 5 7
        utime l 1 2
        f = open l write
        write f 0 "x" -> 1
        lstat l -> mtime=7
        rename l m
        lstat m -> mtime=7
        link m n
        lstat n -> mtime=7 nlink=2
        ---
        a "x"
        m -> a
        n = m
    "#;

    /// `O_TRUNC` gives a file with old times new ones, also when there is nothing to cut.
    truncated_by_open: r#"
        a ""
        ---
        utime a 5 7
        open a write trunc
        stat a -> atime=5 mtime=now
        ---
        unchanged
    "#;

    /// What changes in a directory moves no time of the directory above it.
    of_the_grandparent: r#"
        d/e/
        ---
        watch d
        mkdir d/e/f
        open d/e/a write create
        rename d/e/a d/e/b
        unlink d/e/b
        rmdir d/e/f
        moved d -> nothing
        ---
        unchanged
    "#;

    /// Times set on what lies in a directory do not move the directory's.
    of_the_parent: r#"
        d/a ""
        ---
        watch d
        utime d/a 5 7
        chmod d/a 0600
        moved d -> nothing
        ---
        d/a "" mode=0600
    "#;

    /// A file without a name has times that go on: a write moves them.
    without_a_name: r#"
        a "abc"
        ---
        f = open a write
        unlink a
        watch f:
        write f 0 "x" -> 1
        moved f: -> mtime ctime
        ---
    "#;

    /// Opening, syncing and listing a directory moves neither the time of its contents nor of change.
    looked_at: r#"
        d/a ""
        ---
        watch d
        d = open d read dir
        sync d
        list d: -> a
        stat d:a -> file
        close d
        moved d -> nothing
        ---
        unchanged
    "#;

    /// A link that is made in a directory, and one that goes, moves the directory's times and not those of what it leads to.
    link_comes_and_goes: r#"
        a ""
        d/
        ---
        watch a
        watch d
        symlink ../a d/l
        moved d -> mtime ctime
        watch d
        unlink d/l
        moved d -> mtime ctime
        moved a -> nothing
        ---
        unchanged
    "#;
}
