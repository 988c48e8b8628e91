//! Filesystems that are full, in one way or another: the limits are [`LIMITS`].

use guesthouse_vfs::Limits;

/// What a filesystem may hold for these cases.
pub const LIMITS: Limits = Limits {
    private_bytes: 256 << 10,
    logical_bytes: 256 << 10,
    file_size: 1 << 20,
    nodes: 40,
    names: 60,
    links: 10,
};

super::cases! { $ limits, cases_of_limits;
    /// With as many nodes as there may be nothing more is made, of any kind, and what is there can still be used.
    nodes: r#"
        a "abc"
        d/
        ---
        open d/{0..37} write create
        open x write create -> ENOSPC
        mkdir x -> ENOSPC
        symlink a x -> ENOSPC
        open a write create
        link a b
        rename b d/b
        cat d/b -> "abc"
        unlink d/b
        stat x -> ENOENT
        ---
        a "abc"
        d/{0..37} ""
    "#;

    /// A node that goes makes room for one, of any kind.
    node_removed: r#"
        d/
        ---
        open d/{0..38} write create
        mkdir x -> ENOSPC
        unlink d/0
        mkdir x
        symlink x l -> ENOSPC
        rmdir x
        symlink x l
        unlink l
        open d/0 write create
        ---
        d/{0..38} ""
    "#;

    /// A node without a name counts until nobody has it open any more.
    node_without_a_name: r#"
        a "abc"
        ---
        mkdir d
        open d/{0..37} write create
        f = open a read
        g = open a read
        unlink a
        mkdir x -> ENOSPC
        close f
        mkdir x -> ENOSPC
        read g 0 10 -> "abc"
        close g
        mkdir x
        ---
        d/{0..37} ""
        x/
    "#;

    /// What replaces another by a rename needs no room for a node.
    node_replaced: r#"
        a "1"
        b "2"
        d/
        ---
        open d/{0..36} write create
        open x write create -> ENOSPC
        rename a b
        open x write create
        rename x b
        ---
        b ""
        d/{0..36} ""
    "#;

    /// With as many names as there may be no node gets a further one, and names still move.
    names: r#"
        d/{0..10}/
        a{0..7} ""
        ---
        link a0 d/0/{0..9}
        link a1 d/1/{0..9}
        link a2 d/2/{0..9}
        link a3 d/3/{0..9}
        link a4 d/4/{0..6}
        link a5 x -> ENOSPC
        mkdir x -> ENOSPC
        open x write create -> ENOSPC
        rename a5 d/5/a5
        rename d/5/a5 a6
        link a0 x -> EMLINK
        link a6 a5
        link a6 x -> ENOSPC
        unlink d/0/{0..9}
        unlink d/1/{0..9}
        unlink d/2/{0..9}
        unlink d/3/{0..9}
        unlink d/4/{0..6}
        link a6 x
        unlink a5
        unlink x
        ---
        d/{0..10}/
        a{0..5} ""
        a6 ""
    "#;

    /// A file has as many names as there may be; one that goes makes room for another.
    links: r#"
        a "abc"
        ---
        link a b{0..9}
        stat a -> nlink=10
        link a x -> EMLINK
        rename b0 x
        link a b0 -> EMLINK
        unlink x
        link a b0
        stat a -> nlink=10
        ---
        a "abc"
        b{0..9} = a
    "#;

    /// A directory holds as many directories as there may be, and besides them files and links.
    links_of_a_directory: r#"
        d/
        e/
        ---
        mkdir d/{0..10}
        mkdir d/x -> EMLINK
        rename e d/x -> EMLINK
        stat e -> dir
        rename e d/0
        open d/a write create
        symlink a d/l
        rmdir d/7
        mkdir e
        rename e d/7
        mkdir d/x -> EMLINK
        ---
        d/{0..10}/
        d/a ""
        d/l -> a
    "#;

    /// A write that crosses the largest size of a file is short, and the next one fails.
    file_size: r#"
        a "abc"
        ---
        f = open a read write
        write f 1048570 "0123456789" -> 6
        write f 1M "x" -> EFBIG
        write f 2M "x" -> EFBIG
        write f 3G "x" -> EFBIG
        append f "x" -> EFBIG
        write f 1048575 "y" -> 1
        stat f: -> size=1M
        read f 1048570 10 -> "01234y"
        ---
        a size=1M
    "#;

    /// A file does not become longer than it may be by truncation or allocation either, and fails to without any change.
    file_size_by_other_ways: r#"
        a "abc"
        ---
        f = open a read write
        truncate f 1048577 -> EFBIG
        allocate f 1048570 7 -> EFBIG
        truncate f 3G -> EFBIG
        read f 0 10 -> "abc"
        truncate f 1M
        truncate f 3
        ---
        unchanged
    "#;

    /// Nothing is written where something of that length cannot be, not even a hole before it.
    file_size_leaves_no_hole: r#"
        a "abc"
        ---
        f = open a read write
        write f 1M "x" -> EFBIG
        write f 1M "" -> 0
        stat f: -> size=3
        ---
        unchanged
    "#;

    /// In a filesystem without room nothing is written where nothing was, and what was is kept and can be written over.
    full: r#"
        ---
        f = open a read write create
        write f 0 "{262144*x}" -> 262144
        g = open b read write create
        write g 0 "{5000*y}" -> ENOSPC
        append f "{5000*y}" -> ENOSPC
        allocate g 0 70000 -> ENOSPC
        stat b -> size=0
        stat a -> size=256K
        write f 1000 "{5000*z}" -> 5000
        read f 999 3 -> "xzz"
        read f 262143 2 -> "x"
        ---
        a "{1000*x}{5000*z}{256144*x}"
        b ""
    "#;

    /// A filesystem without room still makes what has no contents, moves, names, lists and removes.
    full_of_contents_alone: r#"
        ---
        f = open a write create
        write f 0 "{262144*x}" -> 262144
        mkdir d
        open d/b write create
        link a d/c
        rename a d/a
        unlink d/c
        chmod d/a 0600
        utime d/a 5 7
        list d -> a b
        stat d/a -> mtime=7 size=256K
        unlink d/a
        ---
        d/b ""
    "#;

    /// Holes need no room.
    full_but_for_holes: r#"
        ---
        f = open a write create
        write f 0 "{262144*x}" -> 262144
        g = open b read write create
        truncate g 1M
        read g 1000000 3 -> "\0\0\0"
        write g 500000 "{5000*x}" -> ENOSPC
        stat b -> size=1M allocated=0
        ---
        a "{262144*x}"
        b size=1M
    "#;

    /// Room comes back when a file is cut, when its name goes, and when it is closed that has no name.
    room_comes_back: r#"
        ---
        f = open a read write create
        write f 0 "{262144*x}" -> 262144
        g = open b read write create
        write g 0 "{131072*y}" -> ENOSPC
        truncate f 131072
        write g 0 "{131072*y}" -> 131072
        unlink b
        write f 196608 "{65536*z}" -> ENOSPC
        close g
        write f 196608 "{65536*z}" -> 65536
        ---
        a "{131072*x}{65536*\0}{65536*z}"
    "#;

    /// The targets of links need room, too, and take none where there is none.
    targets: r#"
        ---
        f = open a read write create
        write f 0 "{262144*x}" -> 262144
        symlink {4000*t} l -> ENOSPC
        stat l -> ENOENT
        truncate f 0
        symlink {4000*t} l
        ---
        a ""
        l -> {4000*t}
    "#;
}
