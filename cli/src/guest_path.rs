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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> GuestPath {
        GuestPath::new(text).unwrap()
    }

    #[test]
    fn depths() {
        assert_eq!(
            (path("/").depth(), path("/a").depth(), path("a/b").depth()),
            (0, 1, 2)
        );
    }
}
