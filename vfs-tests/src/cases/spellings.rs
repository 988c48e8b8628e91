//! Names in bytes: other encodings, cases, lengths and near misses.

super::cases! { $ spellings, cases_of_spellings;
    /// Every call takes a name that is not UTF-8.
    every_call: r#"
        ---
        mkdir "\xe9"
        rename "\xe9" "\xe8"
        open "\xe8/\xff" write create
        link "\xe8/\xff" "\xfe"
        symlink "\xe8/\xff" "\xfd"
        readlink "\xfd" -> "\xe8/\xff"
        stat "\xfd" -> file nlink=2
        lstat "\xfd" -> symlink size=3
        utime "\xfd" 5 7
        chmod "\xfe" 0600
        stat "\xe8/\xff" -> mtime=7 mode=0600
        list "\xe8" -> "\xff"
        unlink "\xfe"
        unlink "\xfd"
        unlink "\xe8/\xff"
        rmdir "\xe8"
        ---
    "#;

    /// A link whose target is not UTF-8 is followed, as the last name and on the way.
    target: r#"
        "\xe9/\xe8" "abc"
        l -> "\xe9"
        m -> "l/\xe8"
        ---
        cat "l/\xe8" -> "abc"
        cat m -> "abc"
        open "l/\xe7" write create
        ---
        "\xe9/\xe8" "abc"
        "\xe9/\xe7" ""
        l -> "\xe9"
        m -> "l/\xe8"
    "#;

    /// 255 bytes are counted as bytes: a name of 127 two-byte characters and one more fits, one of 128 does not.
    bytes_are_counted: r#"
        ---
        open "{127*\xc3\xa9}e" write create
        open "{128*\xc3\xa9}" write create -> ENAMETOOLONG
        mkdir "{85*\xe2\x82\xac}"
        mkdir "{86*\xe2\x82\xac}" -> ENAMETOOLONG
        ---
        "{127*\xc3\xa9}e" ""
        "{85*\xe2\x82\xac}/"
    "#;

    /// Bytes that decoders would take for a slash, a dot or nothing are just bytes.
    overlong: r#"
        a "abc"
        ---
        open "\xc0\xaf" write create
        mkdir "\xc0\xae"
        mkdir "\xc0\xae\xc0\xae"
        open "\xc0\x80" write create
        open "\xed\xa0\x80" write create
        stat "\xc0\xae/a" -> ENOENT
        stat "\xc0\xae\xc0\xae/a" -> ENOENT
        list . -> a "\xc0\xaf" "\xc0\xae/" "\xc0\xae\xc0\xae/" "\xc0\x80" "\xed\xa0\x80"
        ---
        a "abc"
        "\xc0\xaf" ""
        "\xc0\xae/"
        "\xc0\xae\xc0\xae/"
        "\xc0\x80" ""
        "\xed\xa0\x80" ""
    "#;

    /// Upper and lower case are different names, also of what is removed and moved.
    upper_and_lower_case: r#"
        a "1"
        ---
        open A write create excl
        mkdir D
        stat d -> ENOENT
        rename a d
        unlink A
        stat a -> ENOENT
        list . -> D/ d
        ---
        D/
        d "1"
    "#;

    /// A name changes its case by a rename.
    case_by_a_rename: r#"
        readme "abc"
        ---
        stat readme -> ino=$a
        rename readme README
        stat readme -> ENOENT
        stat README -> ino=$a
        list . -> README
        ---
        README "abc"
    "#;

    /// Names that other systems reserve are ordinary.
    reserved_elsewhere: r#"
        ---
        open CON write create
        mkdir NUL
        open aux.txt write create
        open "a." write create
        open "a " write create
        open " a" write create
        open "~" write create
        open "%2e%2e" write create
        open "a<b>|c" write create
        stat a -> ENOENT
        list . -> CON NUL/ aux.txt "a." "a " " a" "~" "%2e%2e" "a<b>|c"
        ---
        CON ""
        NUL/
        aux.txt ""
        "a." ""
        "a " ""
        " a" ""
        "~" ""
        "%2e%2e" ""
        "a<b>|c" ""
    "#;

    /// Names of 255 bytes that differ in the last one are different.
    last_of_255_bytes: r#"
        ---
        open {254*x}a write create
        open {254*x}b write create excl
        stat {254*x}c -> ENOENT
        stat {254*x} -> ENOENT
        unlink {254*x}a
        list . -> {254*x}b
        ---
        {254*x}b ""
    "#;

    /// Many names with a long common beginning are told apart.
    common_beginning: r#"
        d/{200*x}{100..300} ""
        ---
        stat d/{200*x}{100..300} -> file
        stat d/{200*x}300 -> ENOENT
        unlink d/{200*x}{100..200}
        stat d/{200*x}199 -> ENOENT
        stat d/{200*x}200 -> file
        ---
        d/{200*x}{200..300} ""
    "#;

    /// Many names with a long common end are told apart.
    common_end: r#"
        d/{100..300}{200*x} ""
        ---
        stat d/{100..300}{200*x} -> file
        unlink d/{200..300}{200*x}
        stat d/200{200*x} -> ENOENT
        ---
        d/{100..200}{200*x} ""
    "#;

    /// Names of every length up to 255 are kept in one directory.
    every_length: r#"
        ---
        mkdir d
        mkdir d/{1*x}
        mkdir d/{2*x}
        mkdir d/{7*x}
        mkdir d/{8*x}
        mkdir d/{15*x}
        mkdir d/{16*x}
        mkdir d/{22*x}
        mkdir d/{23*x}
        mkdir d/{24*x}
        mkdir d/{31*x}
        mkdir d/{32*x}
        mkdir d/{63*x}
        mkdir d/{64*x}
        mkdir d/{127*x}
        mkdir d/{128*x}
        mkdir d/{254*x}
        mkdir d/{255*x}
        stat d/{3*x} -> ENOENT
        stat d/{25*x} -> ENOENT
        rmdir d/{23*x}
        rmdir d/{24*x}
        list d -> x/ xx/ {7*x}/ {8*x}/ {15*x}/ {16*x}/ {22*x}/ {31*x}/ {32*x}/ {63*x}/ {64*x}/ {127*x}/ {128*x}/ {254*x}/ {255*x}/
        ---
        d/x/
        d/xx/
        d/{7*x}/
        d/{8*x}/
        d/{15*x}/
        d/{16*x}/
        d/{22*x}/
        d/{31*x}/
        d/{32*x}/
        d/{63*x}/
        d/{64*x}/
        d/{127*x}/
        d/{128*x}/
        d/{254*x}/
        d/{255*x}/
    "#;

    /// A short name and a long one change places by renames.
    short_and_long_swap: r#"
        a "short"
        {255*b} "long"
        ---
        rename a x
        rename {255*b} a
        rename x {255*b}
        ---
        a "long"
        {255*b} "short"
    "#;
}
