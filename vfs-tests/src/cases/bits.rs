//! Permission bits over what happens to a node.

super::cases! { $ bits, cases_of_bits;
    /// A file keeps its bits when it moves, gets a further name, is written and is cut.
    kept: r#"
        a "abc" mode=0640
        ---
        f = open a write
        chmod a 0604
        rename a b
        link b c
        write f 0 "x" -> 1
        truncate f 2
        append f "y" -> 3
        stat b -> mode=0604
        stat c -> mode=0604
        stat f: -> mode=0604
        ---
        b "xby" mode=0604
        c = b
    "#;

    /// A directory keeps its bits when it moves and when its entries change.
    kept_by_a_directory: r#"
        d/ mode=0750
        ---
        mkdir d/e
        rmdir d/e
        open d/a write create
        rename d x
        unlink x/a
        stat x -> mode=0750
        ---
        x/ mode=0750
    "#;

    /// What replaces a file brings its own bits.
    of_a_replacement: r#"
        a "new" mode=0600
        b "old" mode=0644
        d/ mode=0700
        e/ mode=0755
        ---
        rename a b
        rename d e
        ---
        b "new" mode=0600
        e/ mode=0700
    "#;

    /// What is made again has the bits that it is made with, not those of what had the name.
    made_again: r#"
        a "" mode=0600
        d/ mode=0700
        ---
        unlink a
        open a write create mode=0644
        rmdir d
        mkdir d mode=0755
        ---
        a "" mode=0644
        d/ mode=0755
    "#;

    /// A new node's bits do not depend on those of its directory.
    of_the_parent: r#"
        d/ mode=0700
        e/ mode=0755
        ---
        open d/a write create mode=0644
        mkdir d/f mode=0755
        open e/a write create mode=0600
        ---
        d/ mode=0700
        d/a "" mode=0644
        d/f/ mode=0755
        e/ mode=0755
        e/a "" mode=0600
    "#;

    /// A new directory has the bits that were asked for.
    new_directory: r#"
        ---
        mkdir a mode=0700
        mkdir b mode=0750
        mkdir c mode=0711
        mkdir d mode=1755
        stat d -> mode=1755
        ---
        a/ mode=0700
        b/ mode=0750
        c/ mode=0711
        d/ mode=1755
    "#;

    /// All names of a file have the same bits.
    several_names: r#"
        a "" mode=0644
        b = a
        ---
        chmod b 0600
        stat a -> mode=0600
        chmod a 0755
        stat b -> mode=0755
        ---
        a "" mode=0755
        b = a
    "#;

    /// The bits that a node has already can be set again, which moves its change time.
    the_same_again: r#"
        a "" mode=0600
        ---
        watch a
        chmod a 0600
        moved a -> ctime
        ---
        unchanged
    "#;

    /// Bits can be set through a chain of links, and through links on the way.
    through_links: r#"
        d/a "" mode=0644
        l -> d
        m -> l/n
        d/n -> a
        ---
        chmod m 0600
        stat d/a -> mode=0600
        chmod l/a 0640
        stat d/a -> mode=0640
        ---
        d/a "" mode=0640
        l -> d
        m -> l/n
        d/n -> a
    "#;

    /// What a file was opened for holds, whatever its bits become.
    of_an_open_file: r#"
        a "abc" mode=0600
        ---
        f = open a read write
        chmod a 0000
        read f 0 3 -> "abc"
        write f 0 "x" -> 1
        truncate f 1
        chmod f: 0400
        append f "y" -> 2
        ---
        a "xy" mode=0400
    "#;

    /// A directory's handle sets the bits of its directory wherever that is.
    of_a_moved_directory: r#"
        d/ mode=0755
        e/
        ---
        d = open d read dir
        rename d e/d
        chmod d: 0700
        stat e/d -> mode=0700
        chmod d:. 0711
        ---
        e/d/ mode=0711
    "#;
}
