use wasmtime::{ResourceLimiter, Result};

/// Holds a guest to `--max-memory`, and counts.
///
/// The engine asks for each memory and table by itself; the limit is on what the guest has in all, or it could have as much again in every further memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryLimit {
    /// Bytes.
    most: Option<usize>,
    /// How many bytes its linear memories have. They never shrink, so that is their peak.
    memories: usize,
    /// How many bytes its tables take.
    tables: usize,
}

/// What the engine takes for one element of a table, in bytes.
const ELEMENT: usize = size_of::<usize>();

impl MemoryLimit {
    /// `None` means no limit.
    pub(crate) fn new(most: Option<u64>) -> Self {
        Self {
            most: most.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            ..Self::default()
        }
    }

    /// How many bytes of linear memory the guest has, or had at its end.
    pub(crate) const fn linear_memory(&self) -> u64 {
        self.memories as u64
    }

    fn allows(&self, memories: usize, tables: usize) -> bool {
        self.most
            .is_none_or(|most| memories.saturating_add(tables) <= most)
    }
}

/// By how much something grows.
fn growth(current: usize, desired: usize, unit: usize) -> usize {
    desired.saturating_sub(current).saturating_mul(unit)
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        let memories = self.memories.saturating_add(growth(current, desired, 1));
        let allowed = self.allows(memories, self.tables);
        if allowed {
            self.memories = memories;
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        let tables = self
            .tables
            .saturating_add(growth(current, desired, ELEMENT));
        let allowed = self.allows(self.memories, tables);
        if allowed {
            self.tables = tables;
        }
        Ok(allowed)
    }
}
