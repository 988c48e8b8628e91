use std::borrow::Cow;
use std::path::Path;

use crate::{Errno, Name};

/// The name as the host spells it.
///
/// # Errors
/// [`Errno::Invalid`] for a name that the host would take for something else than one plain name, or cannot spell.
pub(super) fn host_name(name: Name<'_>) -> Result<&Path, Errno> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())))
    }
    #[cfg(not(unix))]
    {
        let name = std::str::from_utf8(name.as_bytes()).map_err(|_| Errno::Invalid)?;
        if is_plain_on_windows(name) {
            Ok(Path::new(name))
        } else {
            Err(Errno::Invalid)
        }
    }
}

/// The target of a symbolic link as the host spells it.
///
/// # Errors
/// [`Errno::Invalid`] for one that it cannot spell.
pub(super) fn host_target(target: &[u8]) -> Result<&Path, Errno> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(Path::new(std::ffi::OsStr::from_bytes(target)))
    }
    #[cfg(not(unix))]
    {
        let target = std::str::from_utf8(target).map_err(|_| Errno::Invalid)?;
        Ok(Path::new(target))
    }
}

/// What the host calls something, as bytes. On Windows in UTF-8 (half a surrogate pair becomes U+FFFD), with `/` for `\` in a link's target.
pub(super) fn host_bytes(path: &Path) -> Cow<'_, [u8]> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(path.as_os_str().as_bytes())
    }
    #[cfg(not(unix))]
    {
        let text = path.to_string_lossy().replace('\\', "/");
        Cow::Owned(text.into_bytes())
    }
}

/// Whether Windows takes this for one plain name.
///
/// It would otherwise split it (`\`), find a stream or a drive in it (`:`), reject it (`<>"|?*`, control characters), drop its end (a dot or a space), or open a device.
///
/// # References
/// <https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>
#[cfg(any(not(unix), test))]
fn is_plain_on_windows(name: &str) -> bool {
    let forbidden = |c: char| c < ' ' || "\\/:*?\"<>|".contains(c);
    !name.contains(forbidden) && !name.ends_with(['.', ' ']) && !is_windows_device(name)
}

/// Whether Windows finds a device under this name, in every directory and whatever its extension.
#[cfg(any(not(unix), test))]
fn is_windows_device(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem
        .strip_prefix("COM")
        .or_else(|| stem.strip_prefix("LPT"));
    // The superscript digits of Latin-1 count as digits.
    matches!(
        number,
        Some(
            "0" | "1"
                | "2"
                | "3"
                | "4"
                | "5"
                | "6"
                | "7"
                | "8"
                | "9"
                | "\u{b9}"
                | "\u{b2}"
                | "\u{b3}"
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_takes_for_something_else_are_refused() {
        for name in [
            "a\\b",
            "c:",
            "file:stream",
            "a*",
            "a?",
            "a<b",
            "a>b",
            "a|b",
            "\"a\"",
            "a\u{1}",
            "a.",
            "a ",
            "...",
            "nul",
            "NUL.txt",
            "Con",
            "aux.tar.gz",
            "com1",
            "COM\u{b2}.log",
            "lpt9",
            "conin$",
            "CONOUT$",
            "nul .txt",
            "prn",
        ] {
            assert!(!is_plain_on_windows(name), "{name:?}");
        }
    }

    #[test]
    fn other_names_pass() {
        for name in [
            "a", ".a", "a b", "null", "com", "com10", "console", "lpt", "a.nul", " a", "\u{e9}",
            "$",
        ] {
            assert!(is_plain_on_windows(name), "{name:?}");
        }
    }
}
