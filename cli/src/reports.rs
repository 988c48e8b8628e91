//! What `--trace` and `--stats` say of a run.

use std::fmt::{self, Write as _};
use std::io::{self, Stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytesize::ByteSize;
use guesthouse_vfs::Usage;
use guesthouse_wasi::{
    Call, CallOutcome, FunctionStatistics, GuestMemory, Observer, Statistics, Trace,
};

use crate::args::ReportArgs;

/// Watches the guest's calls for what was asked for.
pub(crate) struct Reports {
    trace: Option<Trace<Stderr>>,
    statistics: Option<SharedStatistics>,
}

/// The statistics of a run, still in reach when the guest is gone.
#[derive(Clone, Default)]
pub(crate) struct SharedStatistics(Arc<Mutex<Statistics>>);

impl SharedStatistics {
    pub(crate) fn get(&self) -> Statistics {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Reports {
    /// The observer of a run, if anything was asked for, and where the statistics will be.
    pub(crate) fn new(args: &ReportArgs) -> Option<(Self, Option<SharedStatistics>)> {
        if !args.trace && !args.stats {
            return None;
        }
        let statistics = args.stats.then(SharedStatistics::default);
        let trace = args.trace.then(|| Trace::new(io::stderr()));
        Some((
            Self {
                trace,
                statistics: statistics.clone(),
            },
            statistics,
        ))
    }
}

impl Observer for Reports {
    fn before(&mut self, call: Call<'_>, mem: &dyn GuestMemory) {
        if let Some(trace) = &mut self.trace {
            trace.before(call, mem);
        }
    }

    fn after(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        elapsed: Duration,
    ) {
        if let Some(trace) = &mut self.trace {
            trace.after(call, mem, outcome, elapsed);
        }
        if let Some(SharedStatistics(statistics)) = &self.statistics {
            statistics
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .count(call, mem, outcome, elapsed);
        }
    }
}

/// The peaks of memory and the time of a run.
pub(crate) struct Peaks {
    pub(crate) wall: Duration,
    /// The guest's linear memory, in bytes.
    pub(crate) guest_memory: u64,
    pub(crate) file_system: Usage,
}

/// The text of `--stats`.
pub(crate) fn summary(statistics: &Statistics, peaks: &Peaks) -> String {
    let mut text = String::new();
    table(&mut text, statistics, peaks).unwrap_or_default();
    text
}

fn table(text: &mut String, statistics: &Statistics, peaks: &Peaks) -> fmt::Result {
    writeln!(
        text,
        "{:<24} {:>10} {:>8} {:>12} {:>12}",
        "function", "calls", "errors", "bytes", "time"
    )?;
    let mut rows: Vec<_> = statistics.functions().collect();
    rows.sort_by_key(|(function, row)| (std::cmp::Reverse(row.calls), function.name));
    for (function, row) in rows {
        line(text, function.name, row)?;
    }
    line(text, "total", &statistics.total())?;
    writeln!(text, "wall time                {:.3?}", peaks.wall)?;
    writeln!(
        text,
        "peak of guest memory     {}",
        ByteSize::b(peaks.guest_memory)
    )?;
    let files = &peaks.file_system;
    writeln!(
        text,
        "memory filesystem        peak {}, now {} in {} nodes",
        ByteSize::b(files.peak_private_bytes),
        ByteSize::b(files.private_bytes),
        files.nodes
    )
}

fn line(text: &mut String, name: &str, row: &FunctionStatistics) -> fmt::Result {
    let time = format!("{:.1?}", row.time);
    writeln!(
        text,
        "{name:<24} {:>10} {:>8} {:>12} {time:>12}",
        row.calls, row.errors, row.bytes
    )
}
