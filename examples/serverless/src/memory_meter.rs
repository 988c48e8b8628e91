use wasmtime::{ResourceLimiter, Result};

/// Counts what a guest's memory grows to, and holds it to a limit. The pool has limits too, but those are of one memory.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    /// Bytes.
    limit: usize,
    /// Bytes. Memories never shrink, so this is also their peak.
    used: usize,
}

impl MemoryMeter {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, used: 0 }
    }

    /// How many bytes of linear memory the guest has.
    pub(crate) const fn used(&self) -> usize {
        self.used
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        let allowed = used <= self.limit;
        if allowed {
            self.used = used;
        }
        Ok(allowed)
    }

    /// Tables are limited by the pool.
    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        Ok(true)
    }
}
