//! Which names can be given.

super::cases! { $ names, cases_of_names;
    /// A name of 255 bytes is taken by every call.
    of_255_bytes: r#"
        ---
        open {255*a} write create
        mkdir {255*d}
        symlink x {255*l}
        link {255*a} {255*b}
        rename {255*a} {255*c}
        stat {255*c} -> nlink=2
        readlink {255*l} -> "x"
        list . -> {255*b} {255*c} {255*d}/ {255*l}@
        unlink {255*b}
        unlink {255*l}
        rmdir {255*d}
        ---
        {255*c} ""
    "#;

    /// A name of 256 bytes is refused by every call.
    of_256_bytes: r#"
        a ""
        d/
        ---
        open {256*x} read -> ENAMETOOLONG
        open {256*x} write create -> ENAMETOOLONG
        stat {256*x} -> ENAMETOOLONG
        lstat {256*x} -> ENAMETOOLONG
        utime {256*x} 1 2 -> ENAMETOOLONG
        chmod {256*x} 0600 -> ENAMETOOLONG
        mkdir {256*x} -> ENAMETOOLONG
        rmdir {256*x} -> ENAMETOOLONG
        unlink {256*x} -> ENAMETOOLONG
        readlink {256*x} -> ENAMETOOLONG
        symlink x {256*x} -> ENAMETOOLONG
        link a {256*x} -> ENAMETOOLONG
        link {256*x} b -> ENAMETOOLONG
        rename a {256*x} -> ENAMETOOLONG
        rename {256*x} b -> ENAMETOOLONG
        rename d {256*x} -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// A name of 256 bytes in the middle of a path is refused, where the walk comes to it.
    too_long_in_the_middle: r#"
        a ""
        d/
        ---
        stat {256*x}/a -> ENAMETOOLONG
        stat d/{256*x}/a -> ENAMETOOLONG
        stat {256*x}/../a -> ENAMETOOLONG
        stat nothing/{256*x} -> ENOENT
        stat a/{256*x} -> ENOTDIR
        mkdir {256*x}/a -> ENAMETOOLONG
        ---
        unchanged
    "#;

    /// A link may lead to a name that is too long.
    link_to_a_name_too_long: r#"
        l -> {256*x}
        ---
        stat l -> ENAMETOOLONG
        open l write create -> ENAMETOOLONG
        readlink l -> {256*x}
        ---
        unchanged
    "#;

    /// Names are bytes and need not be UTF-8.
    not_utf_8: r#"
        ---
        open "\xff\xfe" write create
        mkdir "\xc3"
        open "\xc3/\x80" write create
        rename "\xff\xfe" "\xfe\xff"
        list . -> "\xfe\xff" "\xc3/"
        stat "\xff\xfe" -> ENOENT
        ---
        "\xfe\xff" ""
        "\xc3/\x80" ""
    "#;

    /// Two spellings of the same character are two names.
    no_normalization: r#"
        ---
        open "\xc3\xa9" write create excl
        open "e\xcc\x81" write create excl
        list . -> "\xc3\xa9" "e\xcc\x81"
        ---
        "\xc3\xa9" ""
        "e\xcc\x81" ""
    "#;

    /// Every byte but slash and NUL may stand in a name.
    any_byte: r#"
        ---
        open "a b" write create
        open "a\\b" write create
        open "a\nb" write create
        open "a:b" write create
        open "a*b?c" write create
        open "\x7f\x01" write create
        open " " write create
        open "-" write create
        list . -> "a b" "a\\b" "a\nb" "a:b" "a*b?c" "\x7f\x01" " " "-"
        ---
        "a b" ""
        "a\\b" ""
        "a\nb" ""
        "a:b" ""
        "a*b?c" ""
        "\x7f\x01" ""
        " " ""
        "-" ""
    "#;

    /// A name that begins or ends like another is another.
    no_prefixes: r#"
        ab "1"
        abc "2"
        ---
        stat a -> ENOENT
        cat ab -> "1"
        cat abc -> "2"
        stat abcd -> ENOENT
        unlink ab
        cat abc -> "2"
        ---
        abc "2"
    "#;
}
