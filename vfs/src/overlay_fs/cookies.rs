use std::collections::HashMap;
use std::sync::Mutex;

use super::lock;
use crate::Errno;

/// Cookies of a merged listing: the layer's own, with the part of the listing that it belongs to in the highest bits.
///
/// With one lower directory that takes one bit, which no host's cookies have (Linux's are signed). Those that are too large, such as ext4's where there are more lower
/// directories, or those of another merged listing, are put in a table, which lives as long as the directory is open.
#[derive(Default)]
pub(super) struct Cookies {
    far: Mutex<Far>,
}

#[derive(Default)]
struct Far {
    cookies: Vec<(usize, u64)>,
    indexes: HashMap<(usize, u64), u64>,
}

/// Cookies from here on are indexes of the table.
const FAR: u64 = u64::MAX << 32;

/// How many bits tell the parts of a listing apart: one part for each lower directory and one for the upper.
const fn bits(lowers: usize) -> u32 {
    usize::BITS - lowers.leading_zeros()
}

impl Cookies {
    pub(super) fn encode(&self, lowers: usize, part: usize, cookie: u64) -> Result<u64, Errno> {
        let bits = bits(lowers);
        if bits == 0 {
            return Ok(cookie);
        }
        let shift = 64 - bits;
        if cookie >> shift == 0 {
            let tagged = (part as u64) << shift | cookie;
            if tagged < FAR {
                return Ok(tagged);
            }
        }
        let mut far = lock::lock(&self.far);
        let index = match far.indexes.get(&(part, cookie)) {
            Some(index) => *index,
            None => {
                let index = far.cookies.len() as u64;
                if index > u64::from(u32::MAX) {
                    return Err(Errno::Overflow);
                }
                far.cookies.push((part, cookie));
                far.indexes.insert((part, cookie), index);
                index
            }
        };
        Ok(FAR | index)
    }

    pub(super) fn decode(&self, lowers: usize, cookie: u64) -> Result<(usize, u64), Errno> {
        let bits = bits(lowers);
        if bits == 0 {
            return Ok((0, cookie));
        }
        if cookie >= FAR {
            let index = usize::try_from(cookie - FAR).map_err(|_| Errno::Invalid)?;
            let far = lock::lock(&self.far);
            return far.cookies.get(index).copied().ok_or(Errno::Invalid);
        }
        let shift = 64 - bits;
        let part = usize::try_from(cookie >> shift).map_err(|_| Errno::Invalid)?;
        if part > lowers {
            return Err(Errno::Invalid);
        }
        Ok((part, cookie & ((1 << shift) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cookie_comes_back() {
        for lowers in 0..9 {
            let cookies = Cookies::default();
            let mut seen = std::collections::HashSet::new();
            for part in 0..=lowers {
                for cookie in [1, 2, 1000, 1 << 62, i64::MAX as u64, 1 << 63, u64::MAX - 1] {
                    let encoded = cookies.encode(lowers, part, cookie).unwrap();
                    assert_eq!(cookies.encode(lowers, part, cookie), Ok(encoded));
                    assert!(encoded != 0 && seen.insert(encoded));
                    assert_eq!(cookies.decode(lowers, encoded), Ok((part, cookie)));
                }
            }
            assert_eq!(cookies.decode(lowers, 0), Ok((0, 0)));
        }
    }

    #[test]
    fn a_cookie_that_was_never_given_out_is_refused() {
        for cookie in [3 << 62 | 9, FAR, u64::MAX] {
            assert_eq!(Cookies::default().decode(2, cookie), Err(Errno::Invalid));
        }
    }
}
