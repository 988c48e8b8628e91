use std::fmt;

/// Decodes the path of a request: `%XX` is a byte.
///
/// # Errors
/// In this order: it does not begin with a slash; an escape is none; it has a NUL, which no variable can hold; a part of it is `..`, which
/// clients resolve before they ask.
pub fn decode(path: &str) -> Result<Vec<u8>, BadRequest> {
    if !path.starts_with('/') {
        return Err(BadRequest("it does not begin with a slash"));
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let byte = match after {
            [high, low, after @ ..] => {
                rest = after;
                digit(*high).zip(digit(*low)).map(|(h, l)| h << 4 | l)
            }
            _ => None,
        };
        decoded.push(byte.ok_or(BadRequest("it has a bad escape"))?);
    }
    if decoded.contains(&0) {
        return Err(BadRequest("it has a NUL"));
    }
    if decoded
        .split(|byte| *byte == b'/')
        .any(|part| part == b"..")
    {
        return Err(BadRequest("it has a part that is `..`"));
    }
    Ok(decoded)
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRequest(pub(super) &'static str);

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadRequest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes() {
        assert_eq!(decode("/a%20b%2Fc%C3%a9").unwrap(), "/a b/cé".as_bytes());
        assert_eq!(decode("/a+b").unwrap(), b"/a+b");
        assert_eq!(decode("/%ff").unwrap(), b"/\xff");
        assert_eq!(decode("/...").unwrap(), b"/...");
    }

    #[test]
    fn what_no_guest_should_see_is_refused() {
        let refused = |path| decode(path).unwrap_err().to_string();
        assert!(refused("*").contains("slash"));
        assert!(refused("").contains("slash"));
        for path in ["/%", "/%4", "/%zz", "/%4g", "/%+1"] {
            assert!(refused(path).contains("escape"), "{path}");
        }
        assert!(refused("/a%00b").contains("NUL"));
        for path in ["/..", "/../a", "/a/%2e%2E/b", "/a%2f.."] {
            assert!(refused(path).contains("`..`"), "{path}");
        }
    }
}
