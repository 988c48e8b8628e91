use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers for nodes that no other node of the process gets, in any filesystem.
///
/// They come in blocks from one counter. A fork begins a block of its own at its first node, so what siblings make in the same slot is told apart. Two
/// values never hand out the same block: there is no `Clone`.
#[derive(Default)]
pub(super) struct Generations {
    next: u64,
    end: u64,
}

/// How many numbers are taken from the counter at once. 2^64 divided by it is the number of forks that may make a node: out of reach.
const BLOCK: u64 = 64;

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Generations {
    pub(super) fn take(&mut self) -> u64 {
        if self.next == self.end {
            self.next = COUNTER.fetch_add(BLOCK, Ordering::Relaxed);
            self.end = self.next.wrapping_add(BLOCK);
        }
        let taken = self.next;
        self.next = self.next.wrapping_add(1);
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_number_comes_twice() {
        let (mut a, mut b) = (Generations::default(), Generations::default());
        let taken: HashSet<u64> = (0..3 * BLOCK).flat_map(|_| [a.take(), b.take()]).collect();
        assert_eq!(taken.len() as u64, 6 * BLOCK);
    }
}
