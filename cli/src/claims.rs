//! Which places of the guest's tree are taken.

use crate::failure::Failure;
use crate::guest_path::GuestPath;

/// The places at which something was put, links resolved: what is mounted later must not hide it.
#[derive(Debug, Default)]
pub(crate) struct Claims(Vec<(GuestPath, Vec<u8>)>);

impl Claims {
    /// Claims `at`, to which `place` leads; both are the root if that is empty.
    pub(crate) fn claim(&mut self, place: &GuestPath, at: &[u8]) -> Result<(), Failure> {
        if let Some((hidden, hidden_at)) = self.0.iter().find(|(_, earlier)| lies_in(earlier, at)) {
            return Err(Failure::usage(format!(
                "what is to be at {} would hide what is at {}",
                shown(place, at),
                shown(hidden, hidden_at)
            ))
            .advise(
                "name the places themselves, without links on the way, or put them elsewhere",
            ));
        }
        self.0.push((place.clone(), at.to_vec()));
        Ok(())
    }
}

/// Whether a path without a slash at its end is `outer` or lies below it.
pub(crate) fn lies_in(path: &[u8], outer: &[u8]) -> bool {
    let below = path.strip_prefix(outer);
    below.is_some_and(|below| below.is_empty() || below.starts_with(b"/"))
}

/// A place, and where it is if links lead elsewhere.
fn shown(place: &GuestPath, at: &[u8]) -> String {
    let (place, at) = (place.as_str(), at.escape_ascii());
    if place == format!("{at}") || place == format!("{at}/") {
        return place.to_owned();
    }
    format!("{place} (through links, that is {at}/)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden() {
        let mut claims = Claims::default();
        let mut claim = |place: &str, at: &str| {
            let place = GuestPath::new(place).unwrap();
            let claimed = claims.claim(&place, at.as_bytes());
            claimed.map_err(|failure| failure.to_string())
        };
        claim("/", "").unwrap();
        claim("/link", "/a/b").unwrap();
        claim("/a/bc", "/a/bc").unwrap();
        claim("/a/b/c", "/a/b/c").unwrap();
        assert!(
            claim("/up", "")
                .unwrap_err()
                .contains("/up (through links, that is /) would hide what is at /\n")
        );
        assert!(claim("/a", "/a").unwrap_err().contains("/link"));
        assert!(claim("/a/b", "/a/b").unwrap_err().contains("/link"));
    }
}
