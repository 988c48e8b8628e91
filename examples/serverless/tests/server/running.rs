use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use guesthouse_serverless::{
    Config, Guest, Host, Limits, Log, Metrics, Outcome, Server, Stopped, executor, load_image,
};
use tokio::sync::oneshot;

/// A server on threads of its own. Dropping it stops it.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) metrics: Arc<Metrics>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<(Stopped, String)>>,
}

/// The guestbook, which takes seconds to compile without optimisation: once for all tests.
static COMPILED: LazyLock<Host> = LazyLock::new(|| {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = load_image(&package.join("site")).unwrap();
    let guest = Guest::File(package.join("guest/guestbook.wasm"));
    Host::new(image.file_system(), &guest, Config::default()).unwrap()
});

/// Starts a server whose settings are these, but with a deadline that no guest reaches by being slow.
pub(crate) fn start(change: impl FnOnce(&mut Limits)) -> Running {
    let mut config = Config {
        env: vec![("ROOM".into(), "12".into())],
        ..Config::default()
    };
    config.limits.timeout = Duration::from_secs(60);
    change(&mut config.limits);
    let host = Arc::new(COMPILED.with_config(config));
    let (ready, started) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = thread::spawn(move || {
        let lines = Lines::default();
        let (log, writer) = Log::new(lines.clone()).unwrap();
        let runtime = executor().unwrap();
        let end = runtime.block_on(async {
            let any = "127.0.0.1:0".parse().unwrap();
            let server = Server::bind(host, any, Some(any), log).await.unwrap();
            let addresses = (server.address().unwrap(), server.admin_address().unwrap());
            ready
                .send((addresses, Arc::clone(server.metrics())))
                .unwrap();
            server.run(async { drop(stopped.await) }).await
        });
        drop(runtime);
        writer.join().unwrap();
        (end, lines.text())
    });
    let ((address, admin), metrics) = started.recv().unwrap();
    Running {
        address,
        admin,
        metrics,
        stop: Some(stop),
        server: Some(server),
    }
}

impl Running {
    /// Asks the server to stop.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops the server, and returns how that went and what it logged.
    pub(crate) fn end(mut self) -> (Stopped, String) {
        self.stop();
        self.server.take().unwrap().join().unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_counted(&self, outcome: Outcome, count: u64) {
        // It is counted when the answer is made, or when the server notices that nobody waits for it.
        eventually(|| self.metrics.count(outcome) >= count);
        assert_eq!(self.metrics.count(outcome), count, "{outcome:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(server) = self.server.take() {
            let ended = server.join();
            assert!(thread::panicking() || ended.is_ok(), "the server panicked");
        }
    }
}

/// Waits until something holds that will hold sooner or later.
#[track_caller]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to that");
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
