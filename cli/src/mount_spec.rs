//! What `--dir`, `--copy`, `--tmp`, `--preopen` and `--copy-out` say.

use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;

/// `HOST[::GUEST[::ro]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirMount {
    pub(crate) host: PathBuf,
    pub(crate) guest: GuestPath,
    pub(crate) read_only: bool,
}

/// `GUEST[::SIZE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TmpMount {
    pub(crate) guest: GuestPath,
    pub(crate) size: Option<u64>,
}

/// `HOST::NAME[::ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preopen {
    pub(crate) host: PathBuf,
    pub(crate) name: String,
    pub(crate) read_only: bool,
}

/// `GUEST::HOST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyOut {
    pub(crate) guest: GuestPath,
    pub(crate) host: PathBuf,
}

/// An absolute path in the guest's tree without `.`, `..` or doubled slashes; `/` for the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl FromStr for DirMount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (text, read_only) = split_read_only(text);
        let (host, guest) = match text.split_once("::") {
            None => (text, text),
            Some((host, guest)) => (host, guest),
        };
        check_host(host)?;
        Ok(Self {
            host: host.into(),
            guest: GuestPath::new(no_third(guest)?)?,
            read_only,
        })
    }
}

impl FromStr for TmpMount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (guest, size) = match text.split_once("::") {
            None => (text, None),
            Some((guest, size)) => {
                let size: ByteSize = size
                    .parse()
                    .map_err(|e| format!("`{size}` is not a size like 64MiB: {e}"))?;
                (guest, Some(size.as_u64()))
            }
        };
        Ok(Self {
            guest: GuestPath::new(guest)?,
            size,
        })
    }
}

impl FromStr for Preopen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (text, read_only) = split_read_only(text);
        let (host, name) = text.split_once("::").ok_or("it needs a name: HOST::NAME")?;
        check_host(host)?;
        let name = no_third(name)?;
        if name.is_empty() || name.contains('\0') {
            return Err("the preopen's name is empty or holds a NUL".into());
        }
        Ok(Self {
            host: host.into(),
            name: name.into(),
            read_only,
        })
    }
}

impl FromStr for CopyOut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (guest, host) = text
            .split_once("::")
            .ok_or("it needs both sides: GUEST::HOST")?;
        check_host(host)?;
        Ok(Self {
            guest: GuestPath::new(guest)?,
            host: host.into(),
        })
    }
}

fn split_read_only(text: &str) -> (&str, bool) {
    match text.strip_suffix("::ro") {
        // `--dir ro` or `--dir x::ro`: the second could mean a guest path `ro`; the option wins, `x::/ro` says the path.
        Some(rest) if !rest.is_empty() => (rest, true),
        _ => (text, false),
    }
}

fn check_host(host: &str) -> Result<(), String> {
    if host.is_empty() {
        Err("the host's path is empty".into())
    } else {
        Ok(())
    }
}

fn no_third(text: &str) -> Result<&str, String> {
    match text.split_once("::") {
        None => Ok(text),
        Some((_, rest)) => Err(format!(
            "`::{rest}` is not understood; the only option is `::ro`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(text: &str) -> Result<(String, String, bool), String> {
        let m: DirMount = text.parse()?;
        Ok((
            m.host.display().to_string(),
            m.guest.as_str().to_owned(),
            m.read_only,
        ))
    }

    #[test]
    fn a_directory_alone_is_mounted_under_its_own_name() {
        assert_eq!(dir(".").unwrap(), (".".into(), "/".into(), false));
        assert_eq!(dir("a/b").unwrap(), ("a/b".into(), "/a/b".into(), false));
        assert_eq!(dir("/x").unwrap(), ("/x".into(), "/x".into(), false));
        assert_eq!(dir(".::ro").unwrap(), (".".into(), "/".into(), true));
    }

    #[test]
    fn a_guest_path_is_normalised() {
        assert_eq!(
            dir("h::./a//b/../c/").unwrap(),
            ("h".into(), "/a/c".into(), false)
        );
        assert_eq!(dir("h::/g::ro").unwrap(), ("h".into(), "/g".into(), true));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(dir("../x").unwrap_err().contains("leads out"));
        assert!(dir("h::/g::rw").unwrap_err().contains("`::rw`"));
        assert!(dir("::/g").unwrap_err().contains("host's path is empty"));
        assert!(dir("h::").unwrap_err().contains("guest's path is empty"));
        assert!(
            "/t::lots"
                .parse::<TmpMount>()
                .unwrap_err()
                .contains("not a size")
        );
        assert!("only-host".parse::<Preopen>().is_err());
        assert!("only-guest".parse::<CopyOut>().is_err());
    }

    #[test]
    fn sizes_names_and_depths() {
        let tmp: TmpMount = "/t::64MiB".parse().unwrap();
        assert_eq!(tmp.size, Some(64 << 20));
        assert_eq!("/t".parse::<TmpMount>().unwrap().size, None);
        assert_eq!(
            "h::some name::ro".parse::<Preopen>().unwrap().name,
            "some name"
        );
        let path = |p| GuestPath::new(p).unwrap();
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
