/// The path from the tree's root: an absolute path without its first slashes.
pub(super) fn in_tree(path: &[u8]) -> &[u8] {
    match path.iter().position(|&byte| byte != b'/') {
        Some(start) => path.get(start..).unwrap_or_default(),
        None if path.is_empty() => b"",
        None => b".",
    }
}

/// How much of a path names the parent of its last component.
pub(super) fn parent_len(path: &[u8]) -> Option<usize> {
    let is_name = |&byte: &u8| byte != b'/';
    let name_end = path.iter().rposition(is_name)? + 1;
    let slash = path.get(..name_end)?.iter().rposition(|&b| b == b'/')?;
    let parent_end = path.get(..slash)?.iter().rposition(is_name)? + 1;
    Some(parent_end)
}

/// The directory and the name of a path in the tree that ends in an ordinary name without a slash.
pub(super) fn last_name(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let path = in_tree(path);
    let name = path.rsplit(|&byte| byte == b'/').next()?;
    let parent = match parent_len(path) {
        Some(len) => path.get(..len)?,
        None => b".",
    };
    let ordinary = !matches!(name, b"" | b"." | b"..");
    ordinary.then_some((parent, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_are_taken_from_the_root() {
        for (path, relative) in [
            ("/a/b", "a/b"),
            ("//a/", "a/"),
            ("a", "a"),
            ("/", "."),
            ("///", "."),
            ("", ""),
        ] {
            assert_eq!(in_tree(path.as_bytes()), relative.as_bytes(), "{path}");
        }
    }

    #[test]
    fn the_parent_is_what_comes_before_the_last_component() {
        for (path, parent) in [
            ("a/b", Some("a")),
            ("a//b//", Some("a")),
            ("a/b/.", Some("a/b")),
            ("a/..", Some("a")),
            ("a", None),
            ("a/", None),
            ("", None),
        ] {
            let found = parent_len(path.as_bytes()).map(|len| &path[..len]);
            assert_eq!(found, parent, "{path}");
        }
    }

    #[test]
    fn only_an_ordinary_name_is_a_last_name() {
        for (path, expected) in [
            ("/f", (".", "f")),
            ("d/f", ("d", "f")),
            ("/d//f", ("d", "f")),
            ("../f", ("..", "f")),
        ] {
            let (parent, name) = expected;
            let expected = Some((parent.as_bytes(), name.as_bytes()));
            assert_eq!(last_name(path.as_bytes()), expected, "{path}");
        }
        for path in ["", "/", ".", "a/..", "a/.", "a/"] {
            assert_eq!(last_name(path.as_bytes()), None, "{path}");
        }
    }
}
