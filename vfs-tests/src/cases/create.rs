//! `open` with `O_CREAT`, `O_EXCL` and `O_TRUNC`.

super::cases! { $ create, cases_of_create;
    /// A file that is created is empty and regular, and has one name and the mode that was asked for.
    new_file_is_empty: r#"
        ---
        open a read write create mode=0640 -> file
        stat a -> file size=0 nlink=1 mode=0640
        ---
        a "" mode=0640
    "#;

    /// Creating needs no access to the contents.
    without_access: r#"
        ---
        open a create -> file
        ---
        a ""
    "#;

    /// A file that is created for reading only can be read and not written.
    for_reading_only: r#"
        ---
        f = open a read create
        read f 0 10 -> ""
        write f 0 "x" -> EBADF
        ---
        a ""
    "#;

    /// A file whose mode forbids writing can be written through the handle that created it.
    mode_does_not_bind_the_creator: r#"
        ---
        f = open a write create mode=0400
        write f 0 "x" -> 1
        ---
        a "x" mode=0400
    "#;

    /// An existing file keeps its contents and its mode.
    existing_file_is_kept: r#"
        a "old" mode=0600
        ---
        f = open a read write create mode=0700
        read f 0 10 -> "old"
        ---
        unchanged
    "#;

    /// `O_EXCL` succeeds where nothing is.
    exclusive_on_nothing: r#"
        ---
        open a write create excl -> file
        ---
        a ""
    "#;

    /// `O_EXCL` fails on a file.
    exclusive_on_a_file: r#"
        a "old"
        ---
        open a write create excl trunc -> EEXIST
        ---
        unchanged
    "#;

    /// `O_EXCL` fails on a directory with `EEXIST`, not `EISDIR`.
    exclusive_on_a_directory: r#"
        d/
        ---
        open d write create excl -> EEXIST
        open d read create excl -> EEXIST
        ---
        unchanged
    "#;

    /// `O_EXCL` follows no symbolic link, not even a dangling one.
    exclusive_on_a_link: r#"
        a ""
        l -> a
        m -> nothing
        ---
        open l write create excl -> EEXIST
        open m write create excl -> EEXIST
        open m write create excl nofollow -> EEXIST
        ---
        unchanged
    "#;

    /// `O_EXCL` without `O_CREAT` means nothing.
    exclusive_alone: r#"
        a "old"
        ---
        open a read excl -> file
        open b read excl -> ENOENT
        ---
        unchanged
    "#;

    /// Creating through a dangling link makes the file that it names.
    through_a_dangling_link: r#"
        d/
        l -> d/new
        ---
        f = open l write create
        write f 0 "x" -> 1
        ---
        d/new "x"
        l -> d/new
    "#;

    /// Creating through a chain of links makes the file at its end, from the directory of each link.
    through_a_chain_of_links: r#"
        d/m -> e/new
        d/e/
        l -> d/m
        ---
        open l write create -> file
        ---
        d/m -> e/new
        d/e/new ""
        l -> d/m
    "#;

    /// Creating through a dangling link whose parent is missing fails.
    through_a_link_to_a_missing_directory: r#"
        l -> nothing/new
        ---
        open l write create -> ENOENT
        ---
        unchanged
    "#;

    /// With no-follow a link as the last name is refused, dangling or not.
    no_follow_refuses_links: r#"
        a "old"
        l -> a
        m -> nothing
        ---
        open l write create nofollow -> ELOOP
        open l write create trunc nofollow -> ELOOP
        open m write create nofollow -> ELOOP
        ---
        unchanged
    "#;

    /// Creating where a directory is fails, whatever the access.
    on_a_directory: r#"
        d/
        l -> d
        ---
        open d write create -> EISDIR
        open d read create -> EISDIR
        open d create -> EISDIR
        open l read create -> EISDIR
        open . read create -> EISDIR
        open d/.. read create -> EISDIR
        open d/. read create -> EISDIR
        ---
        unchanged
    "#;

    /// `O_CREAT` with `O_DIRECTORY` is refused, whatever is there.
    with_the_directory_flag: r#"
        a ""
        d/
        ---
        open a read create dir -> EINVAL
        open d read create dir -> EINVAL
        open x read create dir -> EINVAL
        ---
        unchanged
    "#;

    /// Creating in a missing directory fails.
    in_a_missing_directory: r#"
        ---
        open d/a write create -> ENOENT
        ---
        unchanged
    "#;

    /// Creating below a file fails.
    below_a_file: r#"
        a ""
        ---
        open a/b write create -> ENOTDIR
        ---
        unchanged
    "#;

    /// `O_TRUNC` empties a file and keeps its inode, mode and names.
    truncating: r#"
        a "old" mode=0600
        b = a
        ---
        stat a -> ino=$a
        f = open a write trunc
        stat a -> size=0 ino=$a nlink=2
        write f 0 "new" -> 3
        ---
        a "new" mode=0600
        b = a
    "#;

    /// `O_TRUNC` with `O_CREAT` empties what is there.
    truncating_and_creating: r#"
        a "old"
        ---
        open a write create trunc
        open b write create trunc
        ---
        a ""
        b ""
    "#;

    /// `O_TRUNC` follows a link.
    truncating_through_a_link: r#"
        a "old"
        l -> a
        ---
        open l write trunc
        ---
        a ""
        l -> a
    "#;

    /// `O_TRUNC` of a directory fails.
    truncating_a_directory: r#"
        d/f "x"
        ---
        open d write trunc -> EISDIR
        open d read write trunc -> EISDIR
        ---
        unchanged
    "#;

    /// `O_TRUNC` of nothing makes nothing.
    truncating_nothing: r#"
        ---
        open a write trunc -> ENOENT
        ---
        unchanged
    "#;

    /// What another handle has open is emptied under it.
    truncating_under_a_handle: r#"
        a "0123456789"
        ---
        f = open a read write
        open a write trunc
        read f 0 10 -> ""
        write f 4 "x" -> 1
        ---
        a "\0\0\0\0x"
    "#;

    /// Two files that are created are two nodes.
    files_have_inodes_of_their_own: r#"
        ---
        open a write create
        open b write create
        stat a -> ino=$a
        stat b -> ino!=$a
        ---
        a ""
        b ""
    "#;
}
