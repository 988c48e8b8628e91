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
}
