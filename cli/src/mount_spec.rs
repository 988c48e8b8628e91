//! What `--dir`, `--copy`, `--tmp`, `--image`, `--overlay`, `--preopen` and `--copy-out` say.

use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;

use crate::guest_path::GuestPath;

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

/// `FILE::GUEST[::ro|::fork]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageMount {
    pub(crate) file: PathBuf,
    pub(crate) guest: GuestPath,
    pub(crate) read_only: bool,
}

/// `LOWER[:LOWER...]::GUEST[::ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OverlayMount {
    /// Directories or images of the host, the topmost first.
    pub(crate) lowers: Vec<PathBuf>,
    pub(crate) guest: GuestPath,
    pub(crate) read_only: bool,
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

impl FromStr for ImageMount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (file, place) = text
            .split_once("::")
            .ok_or("it needs a place in the guest's tree: FILE::GUEST, as in site.tar::/srv")?;
        if file.is_empty() {
            return Err("the image's name is empty".into());
        }
        let (guest, read_only) = match place.split_once("::") {
            None if matches!(place, "ro" | "fork") => {
                return Err(format!(
                    "it needs a place in the guest's tree: FILE::GUEST::{place} (a place of that name is /{place})"
                ));
            }
            None | Some((_, "fork")) => (place.strip_suffix("::fork").unwrap_or(place), false),
            Some((guest, "ro")) => (guest, true),
            Some((_, other)) => {
                return Err(format!(
                    "`::{other}` is not understood; it is `::ro` or `::fork`"
                ));
            }
        };
        Ok(Self {
            file: file.into(),
            guest: GuestPath::new(guest)?,
            read_only,
        })
    }
}

impl FromStr for OverlayMount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (text, read_only) = split_read_only(text);
        let (lowers, guest) = split_lowers(text)?;
        Ok(Self {
            lowers,
            guest: GuestPath::new(no_third(guest)?)?,
            read_only,
        })
    }
}

/// Splits `LOWER[:LOWER...]::GUEST`. As in Linux's options for overlays, `\:` is a colon that separates nothing.
fn split_lowers(text: &str) -> Result<(Vec<PathBuf>, &str), String> {
    let mut lowers = Vec::new();
    let mut name = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\:") {
            name.push(':');
            rest = after;
            continue;
        }
        rest = rest.strip_prefix(c).unwrap_or_default();
        if c != ':' {
            name.push(c);
            continue;
        }
        if name.is_empty() {
            return Err("the name of a lower directory is empty".into());
        }
        lowers.push(std::mem::take(&mut name).into());
        if let Some(guest) = rest.strip_prefix(':') {
            // Of three colons nobody can say which of them was meant.
            return if guest.starts_with(':') {
                Err("three colons in a row leave a name out; a place whose name begins with one is /:name".into())
            } else {
                Ok((lowers, guest))
            };
        }
    }
    Err("it needs a place in the guest's tree: LOWER:LOWER::GUEST; write a colon in a name as `\\:`".into())
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
    fn sizes_and_names() {
        let tmp: TmpMount = "/t::64MiB".parse().unwrap();
        assert_eq!(tmp.size, Some(64 << 20));
        assert_eq!("/t".parse::<TmpMount>().unwrap().size, None);
        assert_eq!(
            "h::some name::ro".parse::<Preopen>().unwrap().name,
            "some name"
        );
    }

    fn image(text: &str) -> Result<(String, String, bool), String> {
        let m: ImageMount = text.parse()?;
        Ok((
            m.file.display().to_string(),
            m.guest.as_str().to_owned(),
            m.read_only,
        ))
    }

    #[test]
    fn an_image_is_a_fork_unless_it_is_read_only() {
        let fork = || ("a.tar".to_owned(), "/x".to_owned(), false);
        assert_eq!(image("a.tar::/x").unwrap(), fork());
        assert_eq!(image("a.tar::x::fork").unwrap(), fork());
        assert!(image("a.tar::/x::ro").unwrap().2);
        for (text, said) in [
            ("a.tar", "FILE::GUEST"),
            ("a.tar::ro", "FILE::GUEST::ro"),
            ("a.tar::fork", "/fork"),
            ("::/x", "image's name is empty"),
            ("a.tar::", "guest's path is empty"),
            ("a.tar::::ro", "guest's path is empty"),
            ("a.tar::/x::rw", "`::rw`"),
            ("a.tar::/x::ro::fork", "`::ro::fork`"),
        ] {
            let error = image(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    fn overlay(text: &str) -> Result<(Vec<String>, String, bool), String> {
        let m: OverlayMount = text.parse()?;
        let lowers = m.lowers.iter().map(|l| l.display().to_string());
        Ok((lowers.collect(), m.guest.as_str().to_owned(), m.read_only))
    }

    #[test]
    fn lowers_are_separated_by_colons_that_can_be_escaped() {
        assert_eq!(
            overlay("a::/x").unwrap(),
            (vec!["a".into()], "/x".into(), false)
        );
        assert_eq!(
            overlay(r"a:b.tar:C\:\c\d::x::ro").unwrap(),
            (
                vec!["a".into(), "b.tar".into(), r"C:\c\d".into()],
                "/x".into(),
                true
            )
        );
        // A backslash is only special before a colon, and there a slash can be put between them.
        assert_eq!(overlay(r"a\/:\:\:::/x").unwrap().0, [r"a\/", "::"]);
        for (text, said) in [
            ("a:b", "LOWER:LOWER::GUEST"),
            (r"C\:/a", r"`\:`"),
            ("::/x", "lower directory is empty"),
            ("a:::/x", "three colons"),
            ("a::", "guest's path is empty"),
            ("a::/x::/y", "`::/y`"),
        ] {
            let error = overlay(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
