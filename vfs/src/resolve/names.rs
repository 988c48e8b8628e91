use crate::Name;

/// Up to this many names of a path are kept without touching the heap.
const INLINE_NAMES: usize = 16;

/// The ordinary names of a path, outermost first.
pub(super) struct Names<'a> {
    /// The names while there are few.
    inline: [Name<'a>; INLINE_NAMES],
    /// How many of `inline` count; all of them while there are more names than fit.
    count: usize,
    /// All names, once there were more than fit inline; empty before.
    spilled: Vec<Name<'a>>,
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        Self {
            inline: [Name::PLACEHOLDER; INLINE_NAMES],
            count: 0,
            spilled: Vec::new(),
        }
    }

    pub(super) fn as_slice(&self) -> &[Name<'a>] {
        if self.spilled.is_empty() {
            self.inline.get(..self.count).unwrap_or_default()
        } else {
            &self.spilled
        }
    }

    #[inline]
    pub(super) fn push(&mut self, name: Name<'a>) {
        if let Some(slot) = self.inline.get_mut(self.count) {
            *slot = name;
            self.count += 1;
        } else {
            self.push_spilled(name);
        }
    }

    #[cold]
    fn push_spilled(&mut self, name: Name<'a>) {
        if self.spilled.is_empty() {
            self.spilled.reserve(2 * INLINE_NAMES);
            self.spilled.extend_from_slice(&self.inline);
        }
        self.spilled.push(name);
    }

    pub(super) fn pop(&mut self) {
        if self.spilled.pop().is_none() {
            self.count = self.count.saturating_sub(1);
        } else if self.spilled.len() == INLINE_NAMES {
            // They are still inline, too.
            self.spilled.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spilling_and_popping_keep_the_order() {
        let texts: Vec<Vec<u8>> = (0..40).map(|i: u32| i.to_string().into_bytes()).collect();
        let mut names = Names::new();
        let mut model = Vec::new();
        for round in 0..3 {
            for text in &texts {
                let name = Name::new(text).unwrap();
                names.push(name);
                model.push(name);
                assert_eq!(names.as_slice(), model, "round {round}");
            }
            while model.pop().is_some() {
                names.pop();
                assert_eq!(names.as_slice(), model, "round {round}");
            }
        }
        names.pop();
        assert!(names.as_slice().is_empty());
    }
}
