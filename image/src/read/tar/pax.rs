use guesthouse_vfs::Timestamp;

use super::header::corrupt;
use crate::read::ImageError;

/// What POSIX's extended headers say of the entry after them, or (global ones) of all that follow. Keys that change nothing here are passed over.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03>,
/// <https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html>
#[derive(Clone, Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link_path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) modified: Option<Timestamp>,
    pub(super) accessed: Option<Timestamp>,
    pub(super) sparse: PaxSparse,
}

/// GNU tar's keys for sparse files.
#[derive(Clone, Debug, Default)]
pub(super) struct PaxSparse {
    pub(super) major: Option<u64>,
    pub(super) name: Option<Vec<u8>>,
    /// The length of the file with its holes.
    pub(super) real_size: Option<u64>,
    /// Offsets and lengths by turns, in versions 0.0 and 0.1.
    pub(super) map: Vec<u64>,
    /// A key was there that makes the entry a sparse file.
    pub(super) is_sparse: bool,
}

impl Pax {
    /// Adds the records of one extended header; later ones win, and an empty value takes an earlier one back.
    ///
    /// # Errors
    /// [`ImageErrorKind::Corrupt`](crate::ImageErrorKind::Corrupt).
    pub(super) fn add(&mut self, records: &[u8]) -> Result<(), ImageError> {
        let mut rest = records;
        // Some programs pad with NULs instead of leaving the end to the block.
        while rest.first().is_some_and(|&byte| byte != 0) {
            let (record, after) = next_record(rest)
                .ok_or_else(|| corrupt("a record of its extended header is malformed"))?;
            self.add_record(record.key, record.value)?;
            rest = after;
        }
        Ok(())
    }

    /// Whether it says what no two entries can have in common: names, sizes, where a file has its holes.
    pub(super) const fn is_of_one_entry(&self) -> bool {
        self.path.is_some()
            || self.link_path.is_some()
            || self.size.is_some()
            || self.sparse.is_sparse
    }

    fn add_record(&mut self, key: &[u8], value: &[u8]) -> Result<(), ImageError> {
        let text = || (!value.is_empty()).then(|| value.to_vec());
        match key {
            b"path" => self.path = text(),
            b"linkpath" => self.link_path = text(),
            b"size" => self.size = optional(value, decimal)?,
            b"mtime" => self.modified = optional(value, timestamp)?,
            b"atime" => self.accessed = optional(value, timestamp)?,
            _ => {
                if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                    self.sparse.add_record(key, value)?;
                }
            }
        }
        Ok(())
    }
}

impl PaxSparse {
    fn add_record(&mut self, key: &[u8], value: &[u8]) -> Result<(), ImageError> {
        self.is_sparse = true;
        match key {
            b"major" => self.major = optional(value, decimal)?,
            b"name" => self.name = (!value.is_empty()).then(|| value.to_vec()),
            b"size" | b"realsize" => self.real_size = optional(value, decimal)?,
            b"offset" | b"numbytes" => {
                let is_offset = key == b"offset";
                if self.map.len().is_multiple_of(2) != is_offset {
                    return Err(corrupt("the map of a sparse file is out of order"));
                }
                self.map.push(decimal(value).ok_or_else(bad_number)?);
            }
            b"map" => {
                self.map.clear();
                for number in value.split(|&byte| byte == b',') {
                    self.map.push(decimal(number).ok_or_else(bad_number)?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
}

/// Takes `length key=value\n` off the front. The length counts all of it, so a value may hold anything, a newline too.
fn next_record(records: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = records.iter().take(20).position(|&byte| byte == b' ')?;
    let len = usize::try_from(decimal(records.get(..space)?)?).ok()?;
    let record = records.get(space + 1..len)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    let record = Record {
        key: record.get(..equals)?,
        value: record.get(equals + 1..)?,
    };
    Some((record, records.get(len..)?))
}

fn optional<T>(value: &[u8], parse: fn(&[u8]) -> Option<T>) -> Result<Option<T>, ImageError> {
    if value.is_empty() {
        return Ok(None);
    }
    parse(value).map(Some).ok_or_else(bad_number)
}

fn bad_number() -> ImageError {
    corrupt("a number in its extended header is malformed or above 2^63")
}

/// A length or offset: decimal digits, at most `i64::MAX`.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, &byte| match byte {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(i64::from(byte - b'0')),
        _ => None,
    })?;
    u64::try_from(value).ok()
}

/// Seconds since the epoch with a fraction, `-1.5`; rounded down to nanoseconds, clamped to what can be stored.
fn timestamp(value: &[u8]) -> Option<Timestamp> {
    let (negative, digits) = match value.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    let mut parts = digits.splitn(2, |&byte| byte == b'.');
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digit = |&byte: &u8| i128::from(byte - b'0');
    let seconds = whole.iter().fold(0_i128, |value, byte| {
        value.saturating_mul(10).saturating_add(digit(byte))
    });
    let places = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanos = places.fold(0, |value, byte| value * 10 + digit(byte));
    let lost = fraction.iter().skip(9).any(|&byte| byte != b'0');
    let total = seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
    let total = if negative {
        -total - i128::from(lost)
    } else {
        total
    };
    let end = if negative { i64::MIN } else { i64::MAX };
    Some(Timestamp::from_nanos(i64::try_from(total).unwrap_or(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_anything() {
        let mut pax = Pax::default();
        pax.add(b"14 path=a\nb=c\n21 comment=something\n17 linkpath=\xff\xfe/x\n")
            .expect("records");
        assert_eq!(pax.path.as_deref(), Some(&b"a\nb=c"[..]));
        assert_eq!(pax.link_path.as_deref(), Some(&b"\xff\xfe/x"[..]));
        pax.add(b"8 path=\n\0\0\0").expect("records");
        assert_eq!(pax.path, None);
    }

    #[test]
    fn malformed_records_are_refused() {
        for records in [
            &b"x"[..],
            b"5",
            b"99 path=a\n",
            b"0 path=a\n",
            b"3 a\n",
            b"10 path=abX",
            b"99999999999999999999 a=b\n",
            b"18446744073709551615 a=b\n",
            b" 8 path=\n",
            b"15 size=123456x\n",
            b"27 size=9223372036854775808\n",
            b"10 size=-\n",
        ] {
            assert!(
                Pax::default().add(records).is_err(),
                "{}",
                records.escape_ascii()
            );
        }
    }

    #[test]
    fn times_have_nanoseconds() {
        for (value, nanos) in [
            ("0", 0),
            ("1.5", 1_500_000_000),
            ("-1.5", -1_500_000_000),
            ("1.", 1_000_000_000),
            ("1350244992.023960108", 1_350_244_992_023_960_108),
            ("0.0000000019", 1),
            ("-0.0000000019", -2),
            ("99999999999999999999999999999999999999999999999", i64::MAX),
            ("-99999999999999999999999999999999999999999999999", i64::MIN),
        ] {
            let time = timestamp(value.as_bytes()).expect(value);
            assert_eq!(time.as_nanos(), nanos, "{value}");
        }
        for value in ["", "-", ".5", "1.5x", "1e3", "--1", "+1", "1.2.3"] {
            assert_eq!(timestamp(value.as_bytes()), None, "{value}");
        }
    }
}
