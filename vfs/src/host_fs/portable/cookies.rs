use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::Errno;

/// The cookies of an open directory: a number for each name, given when a listing first meets it and never given again.
///
/// Portable listings have no positions to go on from. With numbers, an entry that stays keeps its place while others come and go, in each stream of the
/// directory; a new one comes after all that were met before.
#[derive(Default)]
pub(in super::super) struct Cookies(Mutex<Table>);

#[derive(Default)]
struct Table {
    /// How many were given.
    given: u64,
    /// The numbers of the names that the latest listing met. One that was gone by then gets a new number if it comes back.
    by_name: HashMap<Box<[u8]>, u64>,
}

/// What a listing met under one number.
pub(super) struct Numbered<T> {
    pub(super) cookie: u64,
    pub(super) entry: T,
}

impl Cookies {
    /// Numbers what `list` meets, in the order of the numbers. One listing at a time, so that an old one cannot forget what a later one met.
    pub(super) fn number<T: AsRef<[u8]>>(
        &self,
        list: impl FnOnce() -> Result<Vec<T>, Errno>,
    ) -> Result<Vec<Numbered<T>>, Errno> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = list()?;
        let mut met = HashMap::with_capacity(entries.len());
        let mut numbered: Vec<Numbered<T>> = entries
            .into_iter()
            .map(|entry| {
                let (name, cookie) = table.take(entry.as_ref());
                met.insert(name, cookie);
                Numbered { cookie, entry }
            })
            .collect();
        table.by_name = met;
        numbered.sort_unstable_by_key(|numbered| numbered.cookie);
        Ok(numbered)
    }
}

impl Table {
    fn take(&mut self, name: &[u8]) -> (Box<[u8]>, u64) {
        if let Some(known) = self.by_name.remove_entry(name) {
            return known;
        }
        self.given += 1;
        (name.into(), self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::Cookies;

    fn number(cookies: &Cookies, names: &[&'static str]) -> Vec<(&'static str, u64)> {
        let numbered = cookies.number(|| Ok(names.to_vec())).expect("numbers");
        numbered.iter().map(|n| (n.entry, n.cookie)).collect()
    }

    #[test]
    fn a_name_that_stays_keeps_its_number_and_new_ones_follow() {
        let cookies = Cookies::default();
        assert_eq!(number(&cookies, &["b", "a"]), [("b", 1), ("a", 2)]);
        assert_eq!(number(&cookies, &["c", "a"]), [("a", 2), ("c", 3)]);
        let back = number(&cookies, &["a", "b", "c"]);
        assert_eq!(back, [("a", 2), ("c", 3), ("b", 4)]);
    }
}
