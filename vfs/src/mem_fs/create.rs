use std::sync::Arc;

use super::contents::Contents;
use super::directory::{Directory, Entry, EntryType};
use super::inode::Node;
use super::limits::{Limits, Storage};
use super::lock;
use super::open_table::Cell;
use super::short_name::ShortName;
use super::state::{Found, Spot, State};
use crate::{Errno, NodeId, OpenOptions, Place, Stop, Timestamp, Walk};

/// What opening needs to know besides the place.
pub(super) struct OpenContext<'a> {
    pub(super) storage: &'a Storage,
    pub(super) limits: &'a Limits,
    pub(super) now: Timestamp,
    /// Reading changes the time of last access, so every open file may change.
    pub(super) strict_atime: bool,
}

/// A node that was opened.
pub(super) enum OpenedNode {
    Dir(NodeId),
    /// With what a truncation cut off, to be dropped when the lock is gone.
    File(Arc<Cell>, Contents),
}

impl State {
    pub(super) fn open(
        &mut self,
        place: &Place<'_>,
        options: &OpenOptions,
        context: &OpenContext<'_>,
    ) -> Walk<OpenedNode> {
        let found = self.find(place)?;
        let index = place.names.len().saturating_sub(1);
        let fail = |errno| Err(Stop::failed(index, errno));
        if options.create && options.directory {
            return fail(Errno::Invalid);
        }
        if options.create && place.must_be_dir && !place.names.is_empty() {
            return fail(Errno::IsDir);
        }
        let slot = match found {
            Found::Free(spot) if options.create => {
                let mode = options.mode;
                self.create_node(&spot, mode, context.limits, context.now, || {
                    Ok(Node::File(Default::default()))
                })?
            }
            Found::Free(spot) => return Err(Stop::missing(spot.index)),
            Found::Itself(_) | Found::Taken(_) if options.create && options.exclusive => {
                return fail(Errno::Exist);
            }
            Found::Itself(slot) => return self.open_dir(slot, options).or_else(fail),
            Found::Taken(taken) => match taken.entry_type {
                EntryType::Dir => return self.open_dir(taken.slot, options).or_else(fail),
                EntryType::Symlink => return fail(Errno::Loop),
                EntryType::File if options.directory || place.must_be_dir => {
                    return fail(Errno::NotDir);
                }
                EntryType::File => taken.slot,
            },
        };
        self.open_file(slot, options, context).or_else(fail)
    }

    /// Makes a directory.
    pub(super) fn create_dir(
        &mut self,
        spot: &Spot<'_>,
        mode: u32,
        limits: &Limits,
        now: Timestamp,
    ) -> Walk<()> {
        let parent = spot.dir;
        let links = self.links(parent);
        self.create_node(spot, mode, limits, now, || {
            // 2 of them are its own name and its `.`.
            if links.saturating_sub(2) >= limits.links {
                return Err(Errno::TooManyLinks);
            }
            Ok(Node::Dir(Arc::new(Directory::new())))
        })?;
        self.set_links(parent, links.saturating_add(1));
        Ok(())
    }

    /// Makes a node and gives it its first name. `make` comes last among what can fail.
    pub(super) fn create_node(
        &mut self,
        spot: &Spot<'_>,
        mode: u32,
        limits: &Limits,
        now: Timestamp,
        make: impl FnOnce() -> Result<Node, Errno>,
    ) -> Walk<u32> {
        self.check_new_name(spot.dir, limits)
            .map_err(|errno| spot.failed(errno))?;
        if self.tree.nodes() >= limits.nodes.min(u64::from(u32::MAX >> 1)) {
            return Err(spot.failed(Errno::NoSpace));
        }
        let node = make().map_err(|errno| spot.failed(errno))?;
        let Some(slot) = self.tree.insert(node, mode, now) else {
            return Err(spot.failed(Errno::NoSpace));
        };
        self.name_node(spot, slot, now);
        Ok(slot)
    }

    /// Gives an existing node that is not a directory a further name.
    pub(super) fn link(
        &mut self,
        old: &Place<'_>,
        new: &Place<'_>,
        limits: &Limits,
        now: Timestamp,
    ) -> Walk<()> {
        let (old_index, slot) = self.find_node(old)?;
        let found = self.find(new).map_err(Stop::second)?;
        let at_new = |errno| Stop::failed(new.names.len().saturating_sub(1), errno).second();
        let spot = match found {
            Found::Itself(_) | Found::Taken(_) => return Err(at_new(Errno::Exist)),
            Found::Free(_) if new.must_be_dir => return Err(at_new(Errno::NoEntry)),
            Found::Free(spot) => spot,
        };
        // As on Linux, where a removed directory has no room for a name before anybody asks what for.
        if self.links(spot.dir) == 0 {
            return Err(at_new(Errno::NoEntry));
        }
        if self.tree.directory(slot).is_some() {
            return Err(Stop::failed(old_index, Errno::Permission));
        }
        let links = self.links(slot);
        if links >= limits.links {
            return Err(at_new(Errno::TooManyLinks));
        }
        self.check_new_name(spot.dir, limits).map_err(at_new)?;
        self.name_node(&spot, slot, now);
        self.set_links(slot, links + 1);
        self.change(slot, |times, _| times.changed = now);
        Ok(())
    }

    fn name_node(&mut self, spot: &Spot<'_>, slot: u32, now: Timestamp) {
        let Some(inode) = self.tree.inode(slot) else {
            return;
        };
        let entry = Entry {
            name: ShortName::new(spot.name.as_bytes()),
            slot,
            file_type: inode.entry_type(),
        };
        self.tree.add_entry(spot.dir, entry, now);
    }

    fn open_dir(&mut self, slot: u32, options: &OpenOptions) -> Result<OpenedNode, Errno> {
        if options.writes() {
            return Err(Errno::IsDir);
        }
        self.open.open_dir(slot).map(OpenedNode::Dir)
    }

    fn open_file(
        &mut self,
        slot: u32,
        options: &OpenOptions,
        context: &OpenContext<'_>,
    ) -> Result<OpenedNode, Errno> {
        let inode = self.tree.inode(slot).ok_or(Errno::NoEntry)?;
        let cell = self.open.open_file(slot, inode)?;
        if (options.access.write || options.truncate || context.strict_atime)
            && self.open.take(slot)
            && let Some(inode) = self.tree.inode_mut(slot)
            && let Node::File(contents) = &mut inode.node
        {
            // The tree lets go, so that writing need not copy.
            lock::write(&cell.state).contents = std::mem::take(contents);
        }
        let mut cut_off = Contents::default();
        if options.truncate {
            let mut state = lock::write(&cell.state);
            state.times.touch(context.now);
            cut_off = state.contents.clear(context.storage);
        }
        Ok(OpenedNode::File(cell, cut_off))
    }
}
