use guesthouse_wasi::wasmtime::config;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

use crate::Limits;

/// How much of a guest's memory and tables stays with its slot and is wiped by writing zeros, in bytes. What is above is given back to the kernel after each guest, and
/// costs a page fault when the next one touches it.
const KEPT_MEMORY: usize = 512 << 10;
const KEPT_TABLE: usize = 64 << 10;

/// An engine whose guests live in slots that were reserved at the start: making one takes no system call that grows with its size, and no more than `limits.guests` exist.
///
/// Memory protection keys stay off: they would save address space, which is not scarce here, and upstream still calls them experimental.
///
/// # Errors
/// The machine has too little address space for that many guests.
pub(crate) fn pooling_engine(limits: &Limits) -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(limits.guests)
        .total_memories(limits.guests)
        .total_tables(limits.guests)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(limits.memory)
        .table_elements(limits.table_elements)
        .max_unused_warm_slots(limits.guests)
        .linear_memory_keep_resident(KEPT_MEMORY.min(limits.memory))
        .table_keep_resident(KEPT_TABLE);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}
