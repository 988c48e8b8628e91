//! What the interface promises beyond POSIX.

super::cases! { $ contract, cases_of_contract;
    /// A listing ends with its directory's handle.
    listing_of_a_closed_directory: r#"
        d/a ""
        ---
        d = open d read dir
        s = stream d
        close d
        rest s -> EBADF
        ---
        unchanged
    "#;

    /// What is open without access to its contents still gets times and a mode, as a descriptor without rights to read does.
    metadata_without_access: r#"
        a "" mode=0644
        ---
        f = open a
        utime f: 5 7
        chmod f: 0600
        stat a -> atime=5 mtime=7 mode=0600
        ---
        a "" mode=0600
    "#;

    /// `O_TRUNC` without write access, which POSIX leaves open and Linux obeys, is refused.
    truncating_without_write_access: r#"
        a "abc"
        d/
        ---
        open a read trunc -> EINVAL
        open a trunc -> EINVAL
        open d read trunc -> EINVAL
        ---
        unchanged
    "#;

    /// The targets of the links in one walk have 8192 bytes together at most, which bounds the work of one call. (Linux bounds their number alone.)
    targets_too_long_together: r#"
        a "abc"
        l -> {2047*./}.
        ---
        cat l/l/a -> "abc"
        cat l/l/l/a -> ENAMETOOLONG
        open l/l/l/x write create -> ENAMETOOLONG
        lstat l/l/l -> symlink
        ---
        unchanged
    "#;

    /// Keeping both times of what is not there fails as looking at it does. (Linux does not look.)
    keeping_both_times_of_nothing: r#"
        a ""
        l -> nothing
        ---
        utime b keep keep -> ENOENT
        utime l keep keep -> ENOENT
        lutime l keep keep
        utime a/b keep keep -> ENOTDIR
        utime a/ keep keep -> ENOTDIR
        ---
        unchanged
    "#;
}
