//! Many of one thing.

super::cases! { $ crowds, cases_of_crowds;
    /// Each of three hundred names is found, and none beside them.
    found: r#"
        d/{0..300} ""
        ---
        lstat d/{0..300} -> file
        stat d/300 -> ENOENT
        stat d/00 -> ENOENT
        stat d/-1 -> ENOENT
        ---
        unchanged
    "#;

    /// A directory that held many entries and lost them is empty, and can be filled again.
    emptied_and_filled: r#"
        d/{0..200} ""
        ---
        unlink d/{0..200}
        list d -> nothing
        open d/{100..150} write create excl
        d = open d read dir
        s = stream d
        rest s -> 50
        rmdir d -> ENOTEMPTY
        unlink d/{100..150}
        rmdir d
        ---
    "#;

    /// Of many entries every one can go while the others stay.
    thinned_out: r#"
        d/{0..200} ""
        ---
        unlink d/{0..67}
        unlink d/{133..200}
        stat d/66 -> ENOENT
        stat d/{67..133} -> file
        open d/{67..133} write create excl -> EEXIST
        stat d/133 -> ENOENT
        ---
        d/{67..133} ""
    "#;

    /// A directory with many entries replaces nothing that has entries, and is replaced by nothing, until it is empty.
    replaced_when_empty: r#"
        d/{0..100} ""
        e/a ""
        ---
        rename e d -> ENOTEMPTY
        rename d e -> ENOTEMPTY
        unlink d/{0..100}
        rename e d
        list d -> a
        ---
        d/a ""
    "#;

    /// Many links lead to one file.
    links_to_one_file: r#"
        a "abc"
        ---
        mkdir d
        symlink .. d/up
        symlink up/a d/{0..200}
        cat d/{0..200} -> "abc"
        readlink d/199 -> "up/a"
        unlink a
        stat d/{0..200} -> ENOENT
        lstat d/{0..200} -> symlink
        unlink d/{0..200}
        unlink d/up
        rmdir d
        ---
    "#;

    /// Many names of one file go one by one, and each is counted.
    names_of_one_file: r#"
        a "abc"
        d/
        ---
        link a d/{0..100}
        stat a -> nlink=101
        unlink d/{0..99}
        stat a -> nlink=2
        unlink a
        cat d/99 -> "abc"
        stat d/99 -> nlink=1
        ---
        d/99 "abc"
    "#;

    /// Many files are open at once, and each handle is its file's.
    open_files: r#"
        d/{0..100} "x"
        ---
        f{0..100} = open d/7 read write
        g = open d/8 read write
        write f99 0 "abc" -> 3
        write g 0 "def" -> 3
        read f0 0 5 -> "abc"
        close f{0..99}
        read f99 0 5 -> "abc"
        unlink d/{0..100}
        read f99 0 5 -> "abc"
        read g 0 5 -> "def"
        ---
        d/
    "#;

    /// One directory is open many times; it goes when it is removed, and each handle still closes.
    open_directories: r#"
        d/
        ---
        d{0..100} = open d read dir
        open d50:a write create
        list d99: -> a
        close d{0..50}
        unlink d60:a
        rmdir d
        stat d99: -> dir
        list d50: -> nothing
        close d{50..100}
        ---
    "#;

    /// Many directories are open at once, and each handle is its directory's.
    many_open_directories: r#"
        d/{0..100}/
        ---
        h{0..50} = open d/33 read dir
        i = open d/34 read dir
        mkdir h17:x
        mkdir i:y
        list d/33 -> x/
        list d/34 -> y/
        rmdir h49:x
        rmdir i:y
        rmdir d/{0..100}
        mkdir h0:x -> ENOENT
        ---
        d/
    "#;

    /// A crowd of directories moves with their directory, and each is found in its new place.
    moved: r#"
        d/{0..150}/
        e/
        ---
        h = open d/77 read dir
        rename d e/d
        stat e/d/{0..150} -> dir
        stat d/7 -> ENOENT
        mkdir h:x
        list e/d/77 -> x/
        rmdir e/d/77/x
        rmdir e/d/{0..150}
        ---
        e/d/
    "#;

    /// One name is made and removed many times, as a file, a directory and a link in turns.
    one_name: r#"
        ---
        mkdir {100*./}a
        rmdir a
        symlink x a
        unlink a
        open a write create excl
        unlink a
        mkdir a
        rmdir a
        open a write create excl
        stat a -> file size=0 nlink=1
        unlink a
        symlink y a
        readlink a -> "y"
        unlink a
        ---
    "#;
}
