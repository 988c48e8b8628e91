/// An absolute path in the guest's tree without `.`, `..` or doubled slashes; `/` for the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GuestPath(String);

impl GuestPath {
    pub(crate) fn root() -> Self {
        Self("/".into())
    }

    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the guest's path is empty".into());
        }
        if text.contains('\0') {
            return Err("the guest's path holds a NUL".into());
        }
        let mut names: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    names.pop().ok_or_else(|| {
                        format!("`{text}` leads out of the guest's tree; name a place in it, as in HOST::/work")
                    })?;
                }
                name => names.push(name),
            }
        }
        Ok(Self(format!("/{}", names.join("/"))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// How many names below the root.
    pub(crate) fn depth(&self) -> usize {
        if self.is_root() {
            0
        } else {
            self.0.matches('/').count()
        }
    }

    /// The same place as seen from `outer`, which it lies in.
    pub(crate) fn below(&self, outer: &Self) -> Self {
        if outer.is_root() {
            return self.clone();
        }
        match self.0.strip_prefix(&outer.0) {
            Some(rest) if !rest.is_empty() => Self(rest.to_owned()),
            _ => Self::root(),
        }
    }

    /// Whether it is `other` or lies below it.
    pub(crate) fn starts_with(&self, other: &Self) -> bool {
        other.is_root()
            || self == other
            || self
                .0
                .strip_prefix(&other.0)
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> GuestPath {
        GuestPath::new(text).unwrap()
    }

    #[test]
    fn depths_and_places() {
        assert_eq!(
            (path("/").depth(), path("/a").depth(), path("a/b").depth()),
            (0, 1, 2)
        );
        assert!(path("/a/b").starts_with(&path("/a")) && !path("/ab").starts_with(&path("/a")));
        assert!(path("/a").starts_with(&GuestPath::root()));
        assert_eq!(path("/a/b/c").below(&path("/a")), path("/b/c"));
        assert_eq!(path("/a").below(&path("/a")), GuestPath::root());
    }
}
