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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::channel;

    use super::*;

    /// A target that nobody reads until it is let go.
    struct Stuck {
        gate: Receiver<()>,
        lines: Arc<AtomicU64>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.gate.recv();
            self.lines.fetch_add(1, Ordering::SeqCst);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_stops_nobody() {
        let (open, gate) = channel();
        let lines = Arc::new(AtomicU64::new(0));
        let target = Stuck {
            gate,
            lines: Arc::clone(&lines),
        };
        let (log, writer) = Log::new(target).unwrap();
        for number in 0..WAITING_MAX + 500 {
            log.line(number);
        }
        // The thread may have taken one out of the queue.
        let lost = log.lost.load(Ordering::Relaxed);
        assert!((499..=500).contains(&lost), "{lost}");
        drop((open, log));
        writer.join().unwrap();
        // What was kept, and one line that tells of the rest.
        assert_eq!(
            lines.load(Ordering::SeqCst),
            WAITING_MAX as u64 + 500 - lost + 1
        );
    }
}
