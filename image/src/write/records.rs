use guesthouse_vfs::Timestamp;

use super::header::OCTAL_END;

/// What pax says of the next entry: keys and values, any bytes, any length.
///
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>, "pax Extended Header".
#[derive(Default)]
pub(super) struct Records(Vec<u8>);

impl Records {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A record is its own length in decimal, that number included, a space, the key, `=`, the value, and a newline.
    pub(super) fn push(&mut self, key: &str, value: &[u8]) {
        let rest = key.len() + value.len() + 3;
        let mut len = rest + 1;
        while len != rest + len.to_string().len() {
            len = rest + len.to_string().len();
        }
        self.0.extend_from_slice(format!("{len} {key}=").as_bytes());
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
    }

    /// The time of last modification, if the header can't tell it: it knows whole seconds from 1970 to 2242.
    pub(super) fn push_modified(&mut self, time: Timestamp) {
        let (seconds, nanos) = time.as_parts();
        let in_header = u64::try_from(seconds).is_ok_and(|seconds| seconds < OCTAL_END);
        if nanos != 0 || !in_header {
            self.push("mtime", decimal(time).as_bytes());
        }
    }
}

/// The time in seconds since the epoch: a plain decimal number, so that half a second before the epoch is `-0.5`.
fn decimal(time: Timestamp) -> String {
    let nanos = i128::from(time.as_nanos());
    let sign = if nanos < 0 { "-" } else { "" };
    let distance = nanos.unsigned_abs();
    let (seconds, fraction) = (distance / 1_000_000_000, distance % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{seconds}");
    }
    let text = format!("{sign}{seconds}.{fraction:09}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        for (value_len, start) in [(0, "5 "), (1, "6 "), (4, "9 "), (5, "11 "), (93, "99 ")] {
            let mut records = Records::default();
            records.push("k", &vec![b'v'; value_len]);
            let bytes = records.as_bytes();
            assert!(bytes.starts_with(start.as_bytes()), "{value_len}");
            assert_eq!(bytes.len().to_string(), start.trim_end());
        }
        // One byte more makes the number longer, which makes the record longer.
        let mut records = Records::default();
        records.push("k", &[b'v'; 94]);
        assert!(records.as_bytes().starts_with(b"101 k=v"));
        assert_eq!(records.as_bytes().len(), 101);
    }

    #[test]
    fn times_are_told_where_the_header_cannot() {
        let told = |nanos| {
            let mut records = Records::default();
            records.push_modified(Timestamp::from_nanos(nanos));
            String::from_utf8(records.as_bytes().to_vec()).unwrap()
        };
        assert_eq!(told(0), "");
        assert_eq!(told(1_700_000_000_000_000_000), "");
        assert_eq!(told(1_700_000_000_120_000_000), "23 mtime=1700000000.12\n");
        assert_eq!(told(-500_000_000), "14 mtime=-0.5\n");
        assert_eq!(told(-1_000_000_000), "12 mtime=-1\n");
        assert_eq!(told(1), "21 mtime=0.000000001\n");
        assert_eq!(told(i64::MIN), "31 mtime=-9223372036.854775808\n");
        assert_eq!(told(8_589_934_592_000_000_000), "20 mtime=8589934592\n");
    }
}
