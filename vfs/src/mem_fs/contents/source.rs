use std::io::IoSlice;

/// The bytes of a write that are still to come.
pub(super) struct Source<'a> {
    bufs: &'a [IoSlice<'a>],
    /// How much of the first buffer is written already.
    done: usize,
}

impl<'a> Source<'a> {
    pub(super) const fn new(bufs: &'a [IoSlice<'a>]) -> Self {
        Self { bufs, done: 0 }
    }

    /// How many bytes are left.
    pub(super) fn len(&self) -> usize {
        let all = self
            .bufs
            .iter()
            .fold(0usize, |sum, buf| sum.saturating_add(buf.len()));
        all - self.done
    }

    /// Moves the next bytes to `to`, of which there are enough.
    pub(super) fn fill(&mut self, mut to: &mut [u8]) {
        while let [first, rest @ ..] = self.bufs {
            let from = &first[self.done..];
            if from.len() > to.len() {
                to.copy_from_slice(&from[..to.len()]);
                self.done += to.len();
                return;
            }
            let (now, later) = to.split_at_mut(from.len());
            now.copy_from_slice(from);
            to = later;
            self.bufs = rest;
            self.done = 0;
        }
        debug_assert!(to.is_empty(), "the caller knows how many bytes there are");
    }
}
