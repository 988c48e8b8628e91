use crate::abi::Errno;
use crate::descriptor::Descriptor;

/// How many descriptors a guest may have open unless its host says otherwise: what Linux starts a process with.
pub const DESCRIPTORS_MAX: u32 = 1024;

/// The descriptors of a guest by their numbers. A new one gets the lowest that is free, as POSIX has it.
#[derive(Debug)]
pub(crate) struct FdTable {
    slots: Vec<Option<Descriptor>>,
    /// No slot below this one is free.
    lowest: usize,
    limit: usize,
}

impl FdTable {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            slots: Vec::new(),
            lowest: 0,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    /// The descriptor of a number.
    ///
    /// # Errors
    /// [`Errno::Badf`] if none has it.
    #[inline]
    pub(crate) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        match self.slots.get(fd as usize) {
            Some(Some(descriptor)) => Ok(descriptor),
            _ => Err(Errno::Badf),
        }
    }

    /// As [`get`](Self::get).
    ///
    /// # Errors
    /// As [`get`](Self::get).
    #[inline]
    pub(crate) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        match self.slots.get_mut(fd as usize) {
            Some(Some(descriptor)) => Ok(descriptor),
            _ => Err(Errno::Badf),
        }
    }

    /// Finds out whether there is room for one more descriptor, before anything is done that needs it.
    ///
    /// # Errors
    /// [`Errno::Mfile`] if the guest has as many as it may have.
    pub(crate) fn check_room(&mut self) -> Result<(), Errno> {
        self.lowest_free().map(drop)
    }

    /// Gives a descriptor the lowest free number, and returns that.
    ///
    /// # Errors
    /// As [`check_room`](Self::check_room).
    pub(crate) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let fd = self.lowest_free()?;
        let index = fd as usize;
        match self.slots.get_mut(index) {
            Some(slot) => *slot = Some(descriptor),
            None => self.slots.push(Some(descriptor)),
        }
        self.lowest = index + 1;
        Ok(fd)
    }

    fn lowest_free(&mut self) -> Result<u32, Errno> {
        let mut above = self.slots.iter().skip(self.lowest);
        let free = above
            .position(Option::is_none)
            .map_or(self.slots.len(), |distance| self.lowest + distance);
        self.lowest = free;
        match u32::try_from(free) {
            Ok(fd) if free < self.limit => Ok(fd),
            _ => Err(Errno::Mfile),
        }
    }

    /// Takes a descriptor out of the table.
    ///
    /// # Errors
    /// [`Errno::Badf`].
    pub(crate) fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let slot = self.slots.get_mut(fd as usize).ok_or(Errno::Badf)?;
        let descriptor = slot.take().ok_or(Errno::Badf)?;
        self.lowest = self.lowest.min(fd as usize);
        Ok(descriptor)
    }

    /// Moves a descriptor to another number, in place of the one that has it.
    ///
    /// # Errors
    /// [`Errno::Badf`] if either number is free.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let moved = self.remove(from)?;
            *self.get_mut(to)? = moved;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::DescriptorRights;
    use crate::abi::Rights;
    use crate::stdio::Null;

    /// A descriptor that can be told from others by its rights.
    fn marked(mark: u64) -> Descriptor {
        let rights = DescriptorRights {
            base: Rights::from_bits_truncate(mark),
            inheriting: Rights::empty(),
        };
        Descriptor::stream(Arc::new(Null), rights)
    }

    fn mark_of(descriptor: &Descriptor) -> u64 {
        descriptor.rights.base.bits()
    }

    #[test]
    fn it_does_what_a_map_does_that_gives_out_the_lowest_number() {
        const LIMIT: u32 = 40;
        let mut table = FdTable::new(LIMIT);
        let mut model: BTreeMap<u32, u64> = BTreeMap::new();
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: u32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % u64::from(below)) as u32
        };
        for step in 0..20_000 {
            let (one, other) = (random(LIMIT + 3), random(LIMIT + 3));
            match random(5) {
                0..=1 => {
                    let free = (0..LIMIT).find(|fd| !model.contains_key(fd));
                    assert_eq!(table.check_room().ok(), free.map(|_| ()));
                    assert_eq!(table.insert(marked(step)).ok(), free);
                    model.extend(free.map(|fd| (fd, step)));
                }
                2..=3 => {
                    let removed = table.remove(one).map(|descriptor| mark_of(&descriptor));
                    assert_eq!(removed, model.remove(&one).ok_or(Errno::Badf));
                }
                _ => {
                    let both = model.contains_key(&one) && model.contains_key(&other);
                    assert_eq!(table.renumber(one, other).is_ok(), both);
                    if both && let Some(moved) = model.remove(&one) {
                        model.insert(other, moved);
                    }
                }
            }
            for fd in 0..LIMIT + 3 {
                assert_eq!(table.get(fd).ok().map(mark_of), model.get(&fd).copied());
            }
        }
    }
}
