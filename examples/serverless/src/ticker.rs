use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

use crate::Error;

/// How long a guest may compute before it lets others go first.
const TURN: Duration = Duration::from_millis(1);

/// Moves an engine's epoch on while guests run, at which each of them yields to the other tasks of its executor. A thread of its own does it: were it a task, it would wait
/// behind the guests that it is to interrupt. While no guest runs it sleeps.
pub(crate) struct Ticker {
    running: Arc<Running>,
    thread: Thread,
}

#[derive(Default)]
struct Running {
    guests: AtomicUsize,
    over: AtomicBool,
}

impl Ticker {
    /// # Errors
    /// The host has no thread for it.
    pub(crate) fn new(engine: &Engine) -> Result<Self, Error> {
        let running = Arc::new(Running::default());
        let (watched, engine) = (Arc::clone(&running), engine.weak());
        let thread = thread::Builder::new().name("epoch".into());
        let thread = thread.spawn(move || tick(&watched, &engine))?;
        Ok(Self {
            running,
            thread: thread.thread().clone(),
        })
    }

    /// A guest runs until what this returns is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        if self.running.guests.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Entered(self)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.running.over.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

pub(crate) struct Entered<'a>(&'a Ticker);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.running.guests.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(running: &Running, engine: &EngineWeak) {
    while !running.over.load(Ordering::SeqCst) {
        // An `unpark` between this and `park` is not lost.
        if running.guests.load(Ordering::SeqCst) == 0 {
            thread::park();
            continue;
        }
        thread::sleep(TURN);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}
