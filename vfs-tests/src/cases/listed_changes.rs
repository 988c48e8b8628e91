//! Directories that change while they are listed, beyond what `readdir` has.

super::cases! { $ listed_changes, cases_of_listed_changes;
    /// A listing that has come to its end stays there.
    end_stays_the_end: r#"
        d/{0..5} ""
        ---
        d = open d read dir
        s = stream d
        rest s -> 5
        rest s -> 0
        take s 3 -> 0
        unlink d/3
        rest s -> 0
        count s -> 5
        ---
        d/{0..3} ""
        d/4 ""
    "#;

    /// A listing that begins anew after everything was removed has nothing to pass.
    anew_after_everything_went: r#"
        d/{0..5} ""
        ---
        d = open d read dir
        s = stream d
        rest s -> 5
        unlink-seen s d
        rewind s
        rest s -> 0
        open d/new write create
        rewind s
        rest s -> 1
        seen s -> new
        ---
        d/new ""
    "#;

    /// An entry that moves to another directory before its turn is not passed, and no other is lost.
    moved_out: r#"
        d/{0..50} ""
        e/
        ---
        d = open d read dir
        s = stream d
        take s 0 -> 0
        rename d/17 e/17
        rename d/23 e/23
        rest s -> 48
        count s -> 48
        list e -> 17 23
        ---
        d/{0..17} ""
        d/{18..23} ""
        d/{24..50} ""
        e/17 ""
        e/23 ""
    "#;

    /// An entry that moves in may be passed or not; those that were there are.
    moved_in: r#"
        d/a ""
        d/b ""
        d/c ""
        e/x ""
        ---
        d = open d read dir
        s = stream d
        take s 1 -> 1
        rename e/x d/x
        rest s
        seen s -> a b c ?x
        ---
        d/a ""
        d/b ""
        d/c ""
        d/x ""
        e/
    "#;

    /// An entry whose file is replaced from another directory is passed at most once, and the others once.
    replaced_from_elsewhere: r#"
        d/{0..9} "old"
        e/x "new"
        ---
        d = open d read dir
        s = stream d
        take s 0 -> 0
        rename e/x d/4
        rest s
        seen s -> 0 1 2 3 ?4 5 6 7 8
        ---
        d/{0..4} "old"
        d/4 "new"
        d/{5..9} "old"
        e/
    "#;

    /// An entry that is removed and made again as another kind is passed at most once, as what it is.
    another_kind: r#"
        d/a ""
        d/b ""
        d/c ""
        ---
        d = open d read dir
        s = stream d
        take s 0 -> 0
        unlink d/b
        mkdir d/b
        rest s
        seen s -> a ?b/ c
        ---
        d/a ""
        d/b/
        d/c ""
    "#;

    /// Two listings: what one of them has passed is removed, and the other goes on with what is left.
    two_listings: r#"
        d/{0..300} ""
        ---
        d = open d read dir
        e = open d read dir
        s = stream d
        t = stream e
        take t 100 -> 100
        take s 50 -> 50
        unlink-seen t d
        rest s
        rest t -> 200
        count t -> 300
        rewind s
        rest s -> 200
        unlink-seen s d
        ---
        d/
    "#;

    /// A cookie behind which nothing is left leads to the end.
    nothing_left_behind_it: r#"
        d/{0..40} ""
        ---
        d = open d read dir
        s = stream d
        rest s -> 40
        t = resume s d
        rest t -> 0
        unlink d/{10..20}
        u = resume s d
        rest u -> 0
        rest t -> 0
        rewind s
        rest s -> 30
        unlink-seen s d
        ---
        d/
    "#;

    /// A cookie leads on although everything that was passed before it is gone.
    everything_before_it_gone: r#"
        d/{0..200} ""
        ---
        d = open d read dir
        s = stream d
        take s 150 -> 150
        unlink-seen s d
        t = resume s d
        rest t -> 50
        rest s -> 50
        unlink-seen t d
        ---
        d/
    "#;

    /// A directory is refilled while it is emptied: what was there is passed once.
    refilled: r#"
        d/{0..100} ""
        ---
        d = open d read dir
        s = stream d
        take s 40 -> 40
        unlink-seen s d
        open d/new{0..40} write create
        rest s
        rewind s
        rest s -> 100
        count s -> 100
        unlink-seen s d
        ---
        d/
    "#;

    /// A listing passes names of 255 bytes whole, however many there are.
    long_names: r#"
        d/{100..200}{252*x} ""
        ---
        d = open d read dir
        s = stream d
        take s 33 -> 33
        rest s -> 67
        count s -> 100
        ---
        unchanged
    "#;

    /// A listing passes each name of a file, and each of them with its inode.
    several_names: r#"
        a "abc"
        d/a = a
        d/b = a
        d/l -> a
        ---
        list d -> a b l@
        stat a -> ino=$a
        stat d/a -> ino=$a
        stat d/b -> ino=$a nlink=3
        ---
        unchanged
    "#;

    /// Many directories in one are listed as directories.
    many_directories: r#"
        d/{100..200}/
        ---
        d = open d read dir
        s = stream d
        rest s -> 100
        rmdir d/150
        rewind s
        rest s -> 99
        ---
        d/{100..150}/
        d/{151..200}/
    "#;

    /// A listing of a handle that was opened through a link is that of the directory.
    through_a_link: r#"
        d/a ""
        l -> d
        ---
        d = open l read dir
        s = stream d
        unlink l
        rest s -> 1
        seen s -> a
        ---
        d/a ""
    "#;
}
