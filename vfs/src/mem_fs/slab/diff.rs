use std::sync::Arc;

use super::{Branch, FANOUT_BITS, PAGE_BITS, Slab};

impl<T: Clone> Slab<T> {
    /// Passes each slot that may differ between two slabs with what they have there to `visit`, in order: the slots of all pages that they don't share. It
    /// takes time in proportion to these pages.
    pub(in crate::mem_fs) fn diff<'a>(
        &'a self,
        new: &'a Self,
        mut visit: impl FnMut(u32, Option<&'a T>, Option<&'a T>),
    ) {
        let old = Part {
            branch: &self.root,
            level: self.height,
        };
        let new = Part {
            branch: &new.root,
            level: new.height,
        };
        diff(old, new, 0, &mut visit);
    }
}

/// A branch and how many levels of inner nodes it stands for.
struct Part<'a, T> {
    branch: &'a Branch<T>,
    level: u32,
}

/// Compares the parts of two slabs from this page number on.
fn diff<'a, T: Clone>(
    old: Part<'a, T>,
    new: Part<'a, T>,
    number: u32,
    visit: &mut impl FnMut(u32, Option<&'a T>, Option<&'a T>),
) {
    if old.is_same(&new) {
        return;
    }
    let level = old.level.max(new.level);
    if level == 0 {
        return diff_pages(old.branch, new.branch, number, visit);
    }
    let width = (level - 1) * FANOUT_BITS;
    for below in 0..1 << FANOUT_BITS {
        diff(
            old.child(level, below),
            new.child(level, below),
            number | below << width,
            visit,
        );
    }
}

fn diff_pages<'a, T: Clone>(
    old: &'a Branch<T>,
    new: &'a Branch<T>,
    number: u32,
    visit: &mut impl FnMut(u32, Option<&'a T>, Option<&'a T>),
) {
    for place in 0..1 << PAGE_BITS {
        let (old, new) = (item(old, place), item(new, place));
        if old.is_some() || new.is_some() {
            visit(number << PAGE_BITS | place, old, new);
        }
    }
}

fn item<T>(page: &Branch<T>, place: u32) -> Option<&T> {
    match page {
        Branch::Page(page) => page.items.get(place as usize)?.as_ref(),
        Branch::Empty | Branch::Inner(_) => None,
    }
}

impl<'a, T> Part<'a, T> {
    fn is_same(&self, other: &Self) -> bool {
        match (self.branch, other.branch) {
            (Branch::Empty, Branch::Empty) => true,
            (Branch::Page(a), Branch::Page(b)) => Arc::ptr_eq(a, b),
            (Branch::Inner(a), Branch::Inner(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The part below it that a node of this level has at this place. A lower part is what the first place of a higher one would hold.
    fn child(&self, level: u32, below: u32) -> Self {
        if self.level < level {
            return if below == 0 {
                Self { ..*self }
            } else {
                Self::empty(level - 1)
            };
        }
        match self.branch {
            Branch::Inner(inner) => Self {
                branch: &inner.children[below as usize],
                level: level - 1,
            },
            Branch::Empty | Branch::Page(_) => Self::empty(level - 1),
        }
    }

    const fn empty(level: u32) -> Self {
        Self {
            branch: &Branch::Empty,
            level,
        }
    }
}
