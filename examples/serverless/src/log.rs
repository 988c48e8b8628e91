use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::Error;

/// How many lines may wait for the writer.
const WAITING_MAX: usize = 1024;

/// Where the server and its guests complain. A thread writes, so that a terminal or pipe that nobody reads stops no request: lines are lost then, and counted.
#[derive(Clone, Debug)]
pub struct Log {
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// A log to `target`, and the thread that writes it, which ends after the last clone of the log.
    ///
    /// # Errors
    /// The host has no thread for it.
    pub fn new(target: impl Write + Send + 'static) -> Result<(Self, JoinHandle<()>), Error> {
        let (lines, waiting) = sync_channel(WAITING_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        let thread = thread::Builder::new()
            .name("log".into())
            .spawn(move || write(target, &waiting, &counted))?;
        Ok((Self { lines, lost }, thread))
    }

    /// Writes one line, sooner or later.
    pub fn line(&self, line: impl fmt::Display) {
        if self.lines.try_send(format!("{line}\n")).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(mut target: impl Write, lines: &Receiver<String>, lost: &AtomicU64) {
    for line in lines {
        // There is nobody to tell if this fails.
        let _ = target.write_all(line.as_bytes());
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = target.write_all(format!("({lost} lines of the log were lost)\n").as_bytes());
        }
    }
}
