use std::collections::BTreeMap;

/// Ranges of a file, in bytes, that neither touch nor overlap.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// Where each ends, by where it begins.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Adds a range.
    pub(super) fn insert(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let (mut start, mut end) = (start, end);
        while let Some((&s, &e)) = self.ends.range(..=end).next_back()
            && e >= start
        {
            self.ends.remove(&s);
            start = start.min(s);
            end = end.max(e);
        }
        self.ends.insert(start, end);
    }

    /// Whether `at` lies in a range, and up to where that is so (`u64::MAX`: to the end).
    pub(super) fn at(&self, at: u64) -> (bool, u64) {
        if let Some((_, &end)) = self.ends.range(..=at).next_back()
            && end > at
        {
            return (true, end);
        }
        let next = self.ends.range(at..).next();
        (false, next.map_or(u64::MAX, |(start, _)| *start))
    }

    /// Whether all up to `end` is there.
    pub(super) fn cover(&self, end: u64) -> bool {
        end == 0 || self.ends.get(&0).is_some_and(|covered| *covered >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn what_touches_becomes_one() {
        let mut ranges = Ranges::default();
        ranges.insert(10, 20);
        ranges.insert(30, 40);
        ranges.insert(50, 60);
        assert_eq!(ranges.at(0), (false, 10));
        assert_eq!(ranges.at(10), (true, 20));
        assert_eq!(ranges.at(20), (false, 30));
        assert_eq!(ranges.at(60), (false, u64::MAX));
        ranges.insert(20, 30);
        assert_eq!(ranges.at(15), (true, 40));
        ranges.insert(0, 55);
        assert_eq!(ranges.at(0), (true, 60));
        assert!(ranges.cover(60) && !ranges.cover(61) && ranges.cover(0));
        assert_eq!(ranges.ends.len(), 1);
    }

    #[test]
    fn agrees_with_a_set_of_bytes() {
        let mut ranges = Ranges::default();
        let mut bytes = [false; 64];
        let mut seed = 7_u64;
        for _ in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let start = (seed >> 33) % 60;
            let end = start + (seed >> 50) % 4;
            ranges.insert(start, end);
            for at in start..end {
                bytes[usize::try_from(at).unwrap()] = true;
            }
            for (at, there) in bytes.iter().enumerate() {
                assert_eq!(ranges.at(at as u64).0, *there);
            }
        }
    }
}
