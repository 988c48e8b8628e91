use std::cmp::Ordering;

use super::{Directory, Entries, Entry};

impl Directory {
    /// Passes each sequence number that only one of two states of a directory has, and each that both have where they are not shared, with
    /// the entries to `visit`, in order. It takes time in proportion to what they don't share. `None`: there is no directory.
    pub(in crate::mem_fs) fn diff<'a>(
        old: Option<&'a Self>,
        new: Option<&'a Self>,
        mut visit: impl FnMut(u64, Option<&'a Entry>, Option<&'a Entry>),
    ) {
        if let (Some(old), Some(new)) = (old, new)
            && let (Entries::Large(old), Entries::Large(new)) = (&old.entries, &new.entries)
        {
            old.by_sequence
                .diff(&new.by_sequence, |sequence, old, new| {
                    visit(*sequence, old, new);
                });
            return;
        }
        // At least one of them is small, so most of the other differs.
        let (old, new) = (listed(old), listed(new));
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((old, _)), Some((new, _))) => old.cmp(new),
            };
            let before = if order.is_le() { old.next() } else { None };
            let now = if order.is_ge() { new.next() } else { None };
            if let Some((sequence, _)) = before.or(now) {
                visit(
                    sequence,
                    before.map(|(_, entry)| entry),
                    now.map(|(_, entry)| entry),
                );
            }
        }
    }
}

fn listed(directory: Option<&Directory>) -> Vec<(u64, &Entry)> {
    let Some(directory) = directory else {
        return Vec::new();
    };
    let mut entries = Vec::with_capacity(directory.len());
    directory.visit_after(0, &mut |sequence, entry| {
        entries.push((sequence, entry));
        std::ops::ControlFlow::Continue(())
    });
    entries
}
