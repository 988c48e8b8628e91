mod diff;

use std::mem;
use std::sync::Arc;

use super::map::{At, Map};

/// A persistent slab: a radix tree of `Arc` pages of inline items, found by number.
///
/// Cloning copies the root pointers. A page is changed in place while nobody else holds it and copied when somebody does. The lowest
/// free number is given out first, and a page without items is given back.
#[derive(Clone)]
pub(super) struct Slab<T> {
    root: Branch<T>,
    /// Levels of inner nodes above the pages.
    height: u32,
    /// Pages that were ever begun; those from here on are unused.
    pages: u32,
    /// The pages below `pages` with a free place.
    partial: Map<u32, (), 32>,
    len: usize,
}

/// Items of a page: a page of inodes is about 2 KiB, which is what the first change after a snapshot copies.
const PAGE: usize = 32;
const PAGE_BITS: u32 = PAGE.trailing_zeros();
const FULL: u32 = u32::MAX;

/// Children of an inner node.
const FANOUT: usize = 64;
const FANOUT_BITS: u32 = FANOUT.trailing_zeros();

#[derive(Clone, Default)]
enum Branch<T> {
    #[default]
    Empty,
    Page(Arc<Page<T>>),
    Inner(Arc<Inner<T>>),
}

#[derive(Clone)]
struct Page<T> {
    /// A bit for each place that is taken.
    used: u32,
    items: [Option<T>; PAGE],
}

#[derive(Clone)]
struct Inner<T> {
    children: [Branch<T>; FANOUT],
}

impl<T: Clone> Default for Slab<T> {
    fn default() -> Self {
        Self {
            root: Branch::Empty,
            height: 0,
            pages: 0,
            partial: Map::new(),
            len: 0,
        }
    }
}

impl<T: Clone> Slab<T> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, slot: u32) -> Option<&T> {
        let page = slot >> PAGE_BITS;
        if page >= self.pages {
            return None;
        }
        let mut branch = &self.root;
        let mut level = self.height;
        loop {
            match branch {
                Branch::Empty => return None,
                Branch::Page(page) => return page.items[place(slot)].as_ref(),
                Branch::Inner(inner) => {
                    level -= 1;
                    branch = &inner.children[digit(page, level)];
                }
            }
        }
    }

    /// The item, to be changed. Call it for slots that are taken: it unshares the way there.
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        if slot >> PAGE_BITS >= self.pages {
            return None;
        }
        self.page_mut(slot >> PAGE_BITS)?.items[place(slot)].as_mut()
    }

    /// Stores the item at the lowest free slot, or gives it back if all of them are taken.
    pub(super) fn insert(&mut self, item: T) -> Result<u32, T> {
        let page_number = match self.partial.first() {
            Some((&page, ())) => page,
            None if self.pages < u32::MAX >> PAGE_BITS => {
                let page = self.pages;
                self.pages += 1;
                self.partial.insert(page, (), At(page));
                page
            }
            None => return Err(item),
        };
        self.grow_to(page_number);
        let Some(page) = self.root.page_or_new(page_number, self.height) else {
            return Err(item);
        };
        let free = page.used.trailing_ones();
        page.used |= 1 << free;
        page.items[free as usize] = Some(item);
        if page.used == FULL {
            self.partial.remove(At(page_number));
        }
        self.len += 1;
        Ok(page_number << PAGE_BITS | free)
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<T> {
        self.get(slot)?;
        let number = slot >> PAGE_BITS;
        let page = self.page_mut(number)?;
        let was_full = page.used == FULL;
        page.used &= !(1 << place(slot));
        let item = page.items[place(slot)].take();
        let empty = page.used == 0;
        if was_full {
            self.partial.insert(number, (), At(number));
        }
        if empty {
            self.root.drop_page(number, self.height);
        }
        self.len -= 1;
        item
    }

    /// Passes every item and its slot to `visit`, in the order of slots.
    pub(super) fn for_each<'a>(&'a self, mut visit: impl FnMut(u32, &'a T)) {
        self.root.for_each(0, self.height, &mut visit);
    }

    fn page_mut(&mut self, number: u32) -> Option<&mut Page<T>> {
        let mut branch = &mut self.root;
        let mut level = self.height;
        loop {
            match branch {
                Branch::Empty => return None,
                Branch::Page(page) => return Some(Arc::make_mut(page)),
                Branch::Inner(inner) => {
                    level -= 1;
                    branch = &mut Arc::make_mut(inner).children[digit(number, level)];
                }
            }
        }
    }

    /// Adds levels until there is room for this page.
    fn grow_to(&mut self, page: u32) {
        while u64::from(page) >> (self.height * FANOUT_BITS) != 0 {
            let mut inner = Inner::new();
            inner.children[0] = mem::take(&mut self.root);
            self.root = Branch::Inner(Arc::new(inner));
            self.height += 1;
        }
    }
}

impl<T: Clone> Branch<T> {
    fn page_or_new(&mut self, number: u32, level: u32) -> Option<&mut Page<T>> {
        if matches!(self, Self::Empty) {
            *self = if level == 0 {
                Self::Page(Arc::new(Page::new()))
            } else {
                Self::Inner(Arc::new(Inner::new()))
            };
        }
        match self {
            Self::Page(page) => Some(Arc::make_mut(page)),
            Self::Inner(inner) => Arc::make_mut(inner).children[digit(number, level - 1)]
                .page_or_new(number, level - 1),
            Self::Empty => None,
        }
    }

    /// Gives back a page without items, and the inner nodes above it that hold nothing else.
    fn drop_page(&mut self, number: u32, level: u32) {
        if let Self::Inner(inner) = self {
            let inner = Arc::make_mut(inner);
            inner.children[digit(number, level - 1)].drop_page(number, level - 1);
            if inner.children.iter().any(|c| !matches!(c, Self::Empty)) {
                return;
            }
        }
        *self = Self::Empty;
    }

    fn for_each<'a>(&'a self, number: u32, level: u32, visit: &mut impl FnMut(u32, &'a T)) {
        match self {
            Self::Empty => {}
            Self::Page(page) => {
                for (slot, item) in (number << PAGE_BITS..).zip(&page.items) {
                    if let Some(item) = item {
                        visit(slot, item);
                    }
                }
            }
            Self::Inner(inner) => {
                for (below, child) in (0..).zip(&inner.children) {
                    let number = number | below << ((level - 1) * FANOUT_BITS);
                    child.for_each(number, level - 1, visit);
                }
            }
        }
    }
}

impl<T> Page<T> {
    fn new() -> Self {
        Self {
            used: 0,
            items: [const { None }; PAGE],
        }
    }
}

impl<T> Inner<T> {
    fn new() -> Self {
        Self {
            children: [const { Branch::Empty }; FANOUT],
        }
    }
}

/// The place of a slot in its page.
const fn place(slot: u32) -> usize {
    slot as usize % PAGE
}

/// Which child of an inner node, `level` levels above the pages' parents, leads to the page.
const fn digit(page: u32, level: u32) -> usize {
    (page >> (level * FANOUT_BITS)) as usize % FANOUT
}

#[cfg(test)]
mod tests;
