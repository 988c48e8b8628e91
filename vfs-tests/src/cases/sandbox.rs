//! A path never leaves the directory that it is given with.

super::cases! { $ sandbox, cases_of_sandbox;
    /// An absolute path is refused by every call.
    absolute_path: r#"
        a ""
        d/
        ---
        open /a read -> EPERM
        open / read -> EPERM
        open //a read -> EPERM
        stat /a -> EPERM
        lstat / -> EPERM
        utime /a 1 2 -> EPERM
        chmod /a 0600 -> EPERM
        mkdir /x -> EPERM
        rmdir /d -> EPERM
        unlink /a -> EPERM
        readlink /a -> EPERM
        symlink t /x -> EPERM
        link /a x -> EPERM
        link a /x -> EPERM
        rename /a x -> EPERM
        rename a /x -> EPERM
        ---
        unchanged
    "#;

    /// `..` above the start is refused by every call.
    above_the_start: r#"
        a ""
        d/
        ---
        open .. read -> EPERM
        open ../x write create -> EPERM
        stat .. -> EPERM
        stat ../a -> EPERM
        stat d/../.. -> EPERM
        stat d/../../d -> EPERM
        utime .. 1 2 -> EPERM
        chmod .. 0600 -> EPERM
        mkdir ../x -> EPERM
        rmdir ../d -> EPERM
        unlink ../a -> EPERM
        readlink ../a -> EPERM
        symlink t ../x -> EPERM
        link ../a x -> EPERM
        link a ../x -> EPERM
        rename ../a x -> EPERM
        rename a ../x -> EPERM
        ---
        unchanged
    "#;

    /// `..` above an open directory is refused, even if the directory lies below the start of all.
    above_an_open_directory: r#"
        d/e/
        a "abc"
        ---
        d = open d read dir
        stat d:../a -> EPERM
        open d:../a read -> EPERM
        stat d:e/../../a -> EPERM
        mkdir d:../x -> EPERM
        rename d:e d:../x -> EPERM
        stat d:e/.. -> dir
        ---
        unchanged
    "#;

    /// A link that leads above the start is refused.
    link_above_the_start: r#"
        d/
        l -> ..
        m -> ../a
        n -> d/../../a
        d/o -> ../../a
        ---
        stat l -> EPERM
        open l/a read -> EPERM
        open m read -> EPERM
        open m write create -> EPERM
        stat n -> EPERM
        stat d/o -> EPERM
        mkdir l/x -> EPERM
        lstat l -> symlink
        readlink m -> "../a"
        ---
        unchanged
    "#;

    /// A link that leads above an open directory is refused from there, and followed from above.
    link_above_an_open_directory: r#"
        d/l -> ../a
        a "abc"
        ---
        d = open d read dir
        cat d/l -> "abc"
        open d:l read -> EPERM
        stat d:l -> EPERM
        lstat d:l -> symlink
        ---
        unchanged
    "#;

    /// An absolute link begins at the root that the directory carries, and stays there, as after `chroot`.
    absolute_link: r#"
        a "abc"
        d/l -> /a
        d/m -> /
        d/n -> /d/../a
        ---
        cat d/l -> "abc"
        cat d/n -> "abc"
        cat d/m/a -> "abc"
        d = open d read dir
        cat d:l -> "abc"
        stat . -> ino=$root
        stat d:m/.. -> dir ino=$root
        ---
        unchanged
    "#;

    /// A dangling absolute link creates at the root that the directory carries.
    creating_through_an_absolute_link: r#"
        d/l -> /x
        ---
        open d/l write create
        ---
        d/l -> /x
        x ""
    "#;

    /// A path with a NUL in it is invalid.
    nul: r#"
        a ""
        ---
        open "a\0" read -> EINVAL
        stat "a\0b" -> EINVAL
        mkdir "\0" -> EINVAL
        rename a "b\0" -> EINVAL
        symlink "a\0" l -> EINVAL
        ---
        unchanged
    "#;
}
