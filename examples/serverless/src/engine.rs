use guesthouse_wasi::wasmtime::config;
use wasmtime::{Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

use crate::Limits;

/// How much memory a slot keeps when its guest is gone, in bytes. What is above goes back to the kernel, and costs the next guest a page fault for each page.
const KEPT_MEMORY: usize = 1 << 20;
/// The same of a table.
const KEPT_TABLE: usize = 64 << 10;

/// An engine whose guests live in slots that were reserved at the start: making one takes no memory of the system, and no more than `limits.guests` exist.
///
/// Memory protection keys stay off: they would save address space, which is not scarce here, and upstream calls them experimental.
///
/// # Errors
/// The machine has too little address space for that many guests.
pub(crate) fn pooling_engine(limits: &Limits) -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(limits.guests)
        .total_memories(limits.guests)
        .total_tables(limits.guests)
        .total_stacks(limits.guests)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(limits.memory)
        .table_elements(limits.table_elements)
        .max_unused_warm_slots(limits.guests)
        .table_keep_resident(KEPT_TABLE);
    // Linux from 6.7 on tells which pages of a slot were written, and only those are wiped: that makes a request three times as fast. Elsewhere keeping memory means wiping all that is kept, which
    // is slower than giving it back, since few guests use the beginning of their memory.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_MEMORY);
    }
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}
