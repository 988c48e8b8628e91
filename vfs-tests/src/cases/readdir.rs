//! Listings and their cookies.

super::cases! { $ readdir, cases_of_readdir;
    /// An empty directory has no entries.
    empty: r#"
        d/
        ---
        list d -> nothing
        d = open d read dir
        s = stream d
        take s 10 -> 0
        rest s -> 0
        ---
        unchanged
    "#;

    /// Every entry is listed once, with its kind, and neither `.` nor `..`.
    every_kind: r#"
        d/a "abc"
        d/b = d/a
        d/e/f ""
        d/l -> a
        d/m -> nothing
        ---
        list d -> a b e/ l@ m@
        ---
        unchanged
    "#;

    /// Only a directory is listed.
    not_a_directory: r#"
        a ""
        l -> a
        ---
        list a -> ENOTDIR
        list l -> ENOTDIR
        list b -> ENOENT
        ---
        unchanged
    "#;

    /// A link to a directory is followed.
    through_a_link: r#"
        d/a ""
        l -> d
        ---
        list l -> a
        list l/. -> a
        ---
        unchanged
    "#;

    /// A listing comes in pieces of any size, each entry once.
    in_pieces: r#"
        d/{0..10} ""
        ---
        d = open d read dir
        s = stream d
        take s 1 -> 1
        take s 3 -> 3
        take s 4 -> 4
        take s 10 -> 2
        take s 10 -> 0
        seen s -> 0 1 2 3 4 5 6 7 8 9
        ---
        unchanged
    "#;

    /// An entry at which the reader stops is not passed.
    stopping_passes_nothing: r#"
        d/{0..3} ""
        ---
        d = open d read dir
        s = stream d
        take s 0 -> 0
        take s 0 -> 0
        take s 3 -> 3
        seen s -> 0 1 2
        ---
        unchanged
    "#;

    /// A large directory is listed whole, each entry once.
    large: r#"
        d/{0..1000} ""
        ---
        d = open d read dir
        s = stream d
        take s 1 -> 1
        take s 500 -> 500
        rest s -> 499
        count s -> 1000
        ---
        unchanged
    "#;

    /// Cookie 0 begins anew.
    rewinding: r#"
        d/a ""
        d/b ""
        ---
        d = open d read dir
        s = stream d
        rest s -> 2
        unlink d/a
        open d/c write create
        rewind s
        rest s -> 2
        seen s -> b c
        ---
        d/b ""
        d/c ""
    "#;

    /// A cookie is good in another stream of the directory.
    cookie_in_another_stream: r#"
        d/{0..20} ""
        ---
        d = open d read dir
        s = stream d
        take s 12 -> 12
        t = resume s d
        rest t -> 8
        count t -> 8
        rest s -> 8
        count s -> 20
        ---
        unchanged
    "#;

    /// A cookie is good in a stream of another handle.
    cookie_in_another_handle: r#"
        d/{0..20} ""
        ---
        d = open d read dir
        s = stream d
        take s 5 -> 5
        e = open d read dir
        t = resume s e
        rest t -> 15
        ---
        unchanged
    "#;

    /// A listing goes on after the entry that it passed last was removed.
    last_entry_removed: r#"
        d/{0..20} ""
        ---
        d = open d read dir
        s = stream d
        take s 7 -> 7
        unlink-last s d
        rest s -> 13
        count s -> 20
        t = stream d
        rest t -> 19
        unlink-seen t d
        ---
        d/
    "#;

    /// A directory is emptied while it is listed, piece by piece, and nothing is missed.
    removed_while_listed: r#"
        d/{0..100} ""
        ---
        d = open d read dir
        s = stream d
        take s 30 -> 30
        unlink-seen s d
        t = resume s d
        take t 30 -> 30
        unlink-seen t d
        u = resume t d
        rest u -> 40
        unlink-seen u d
        list d -> nothing
        rmdir d
        ---
    "#;

    /// A cookie in a stream that is opened after its entry was removed goes on behind the gap.
    resumed_from_a_removed_entry: r#"
        d/{0..20} ""
        ---
        d = open d read dir
        s = stream d
        take s 10 -> 10
        unlink-last s d
        t = resume s d
        rest t -> 10
        u = stream d
        rest u -> 19
        unlink-seen u d
        list d -> nothing
        ---
        d/
    "#;

    /// What was there all along is passed once, whatever else comes and goes.
    entries_come_and_go: r#"
        d/{0..10} ""
        ---
        d = open d read dir
        s = stream d
        take s 5 -> 5
        open d/new{0..10} write create
        unlink d/new3
        rest s
        seen s -> 0 1 2 3 4 5 6 7 8 9 ?new0 ?new1 ?new2 ?new4 ?new5 ?new6 ?new7 ?new8 ?new9
        ---
        d/{0..10} ""
        d/new0 ""
        d/new1 ""
        d/new2 ""
        d/new{4..10} ""
    "#;

    /// An entry that is removed before its turn is not passed.
    removed_before_its_turn: r#"
        d/a ""
        d/b ""
        ---
        d = open d read dir
        s = stream d
        take s 0 -> 0
        unlink d/a
        rewind s
        rest s -> 1
        seen s -> b
        ---
        d/b ""
    "#;

    /// A listing goes on after its directory was renamed.
    directory_renamed: r#"
        d/{0..10} ""
        ---
        d = open d read dir
        s = stream d
        take s 5 -> 5
        rename d e
        rest s -> 5
        count s -> 10
        ---
        e/{0..10} ""
    "#;

    /// A removed directory has nothing to list.
    directory_removed: r#"
        d/
        ---
        d = open d read dir
        s = stream d
        rmdir d
        rest s -> 0
        t = stream d
        rest t -> 0
        ---
    "#;

    /// An entry that is renamed within its directory is not lost, and no other is.
    renamed_while_listed: r#"
        d/{0..10} ""
        ---
        d = open d read dir
        s = stream d
        take s 5 -> 5
        rename d/0 d/x
        rest s
        seen s -> ?0 ?x 1 2 3 4 5 6 7 8 9
        list d -> x 1 2 3 4 5 6 7 8 9
        ---
        d/{1..10} ""
        d/x ""
    "#;

    /// When an entry is replaced, no other entry is lost or passed twice.
    replaced_while_listed: r#"
        d/{0..10} ""
        x "new"
        ---
        d = open d read dir
        s = stream d
        take s 5 -> 5
        rename x d/0
        rest s
        seen s -> *0 1 2 3 4 5 6 7 8 9
        ---
        d/0 "new"
        d/{1..10} ""
    "#;

    /// Two listings of one directory do not disturb each other.
    two_listings: r#"
        d/{0..10} ""
        ---
        d = open d read dir
        s = stream d
        t = stream d
        take s 3 -> 3
        take t 7 -> 7
        take s 3 -> 3
        rest t -> 3
        rest s -> 4
        count s -> 10
        count t -> 10
        ---
        unchanged
    "#;
}
