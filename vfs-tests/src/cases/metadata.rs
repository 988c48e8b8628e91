//! `stat` and `lstat`.

super::cases! { $ metadata, cases_of_metadata;
    /// Kind, length and links of a file, through its path and through its handle.
    file: r#"
        a "abc" mode=0640
        ---
        stat a -> file size=3 nlink=1 mode=0640 ino=$a dev=$d
        f = open a read
        stat f: -> file size=3 nlink=1 mode=0640 ino=$a dev=$d
        ---
        unchanged
    "#;

    /// A directory's metadata is the same by its path, by `.` and by its handle.
    directory: r#"
        d/e/
        ---
        stat d -> dir ino=$d
        stat d/. -> dir ino=$d
        stat d/e/.. -> dir ino=$d
        d = open d read dir
        stat d: -> dir ino=$d
        stat d:. -> dir ino=$d
        ---
        unchanged
    "#;

    /// A link is as long as its target, and `stat` looks through it.
    link: r#"
        a "abc"
        l -> a
        m -> ./a
        ---
        lstat l -> symlink size=1 nlink=1 ino=$l
        lstat m -> symlink size=3
        stat l -> file size=3 ino!=$l ino=$a
        stat a -> ino=$a
        ---
        unchanged
    "#;

    /// A dangling link has metadata of its own only.
    dangling_link: r#"
        l -> nothing
        ---
        stat l -> ENOENT
        lstat l -> symlink size=7
        ---
        unchanged
    "#;

    /// Nothing is there, or on the way there.
    nothing: r#"
        a ""
        ---
        stat b -> ENOENT
        lstat b -> ENOENT
        stat d/b -> ENOENT
        stat a/b -> ENOTDIR
        lstat a/b -> ENOTDIR
        ---
        unchanged
    "#;

    /// Every node has an inode number of its own, never 0, and keeps it.
    inodes: r#"
        a ""
        d/
        l -> a
        ---
        stat a -> ino=$a ino!=0
        stat d -> ino=$d ino!=0 ino!=$a
        lstat l -> ino=$l ino!=0 ino!=$a ino!=$d
        stat . -> ino!=0 ino!=$a ino!=$d ino!=$l
        chmod a 0600
        rename a b
        link b d/c
        stat b -> ino=$a
        stat d/c -> ino=$a
        ---
        b "" mode=0600
        d/c = b
        l -> a
    "#;

    /// All nodes of one filesystem lie on one device.
    device: r#"
        a ""
        d/e/
        l -> a
        ---
        stat . -> dev=$d
        stat a -> dev=$d
        stat d/e -> dev=$d
        lstat l -> dev=$d
        f = open a read
        stat f: -> dev=$d
        d = open d read dir
        stat d: -> dev=$d
        ---
        unchanged
    "#;

    /// Links are counted with each name that comes and goes, seen through every name and handle.
    links_are_counted: r#"
        a ""
        ---
        f = open a read
        link a b
        stat f: -> nlink=2
        link b c
        stat a -> nlink=3
        unlink a
        stat b -> nlink=2
        rename b c
        stat f: -> nlink=2
        unlink b
        stat f: -> nlink=1
        unlink c
        stat f: -> nlink=0
        ---
    "#;

    /// The length is what was written last, at every moment.
    length: r#"
        ---
        f = open a write create
        stat a -> size=0
        write f 0 "abc"
        stat a -> size=3
        append f "de"
        stat a -> size=5
        truncate f 2
        stat a -> size=2
        write f 9 "x"
        stat a -> size=10
        ---
        a "ab{7*\0}x"
    "#;
}
