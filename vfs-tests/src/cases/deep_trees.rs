//! Trees of many levels.

super::cases! { $ deep_trees, cases_of_deep_trees;
    /// Levels are made one below the other and removed from the bottom.
    made_and_removed: r#"
        ---
        mkdir d
        mkdir d/d
        mkdir {2*d/}d
        mkdir {3*d/}d
        rmdir {3*d/} -> ENOTEMPTY
        rmdir {4*d/}
        rmdir {3*d/}
        list d/d -> nothing
        ---
        d/d/
    "#;

    /// A directory two hundred levels down is reached by its path.
    reached_by_path: r#"
        {200*d/}a "abc"
        ---
        cat {200*d/}a -> "abc"
        cat {200*d/}{200*../}{200*d/}a -> "abc"
        stat {201*d/}a -> ENOENT
        rmdir d -> ENOTEMPTY
        ---
        unchanged
    "#;

    /// A deep tree moves as a whole, and not into itself.
    moves: r#"
        {150*d/}a "abc"
        x/
        ---
        rename d {150*d/}e -> EINVAL
        rename d x/d
        cat x/{150*d/}a -> "abc"
        ---
        x/{150*d/}a "abc"
    "#;

    /// A handle at the bottom reaches further down than any path from the top.
    handle_at_the_bottom: r#"
        {100*dddddddddddddddddddd/}
        ---
        d = open {100*dddddddddddddddddddd/} read dir
        mkdir d:e
        e = open d:e read dir
        open e:a write create
        list d: -> e/
        list e: -> a
        unlink e:a
        rmdir d:e
        ---
        unchanged
    "#;
}
