//! A guest that only its host can end.

use std::thread;
use std::time::Duration;

use guesthouse_spec_tests::{Backend, program};
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::{Exit, WasiCtx};

pub(crate) fn spin(guest: &str) {
    let program = program(guest).unwrap();
    for backend in Backend::ALL {
        let ground = backend.ground().unwrap();
        let stdout = Captured::new(1000);
        let builder = WasiCtx::builder().root(ground.fs());
        let ctx = builder.stdout(stdout.clone()).build().unwrap();
        let canceller = ctx.canceller().clone();
        let exit = thread::scope(|scope| {
            let guest = scope.spawn(|| program.run(ctx));
            while stdout.contents().is_empty() && !guest.is_finished() {
                thread::sleep(Duration::from_millis(1));
            }
            canceller.cancel();
            guest.join().unwrap()
        });
        assert_eq!(exit.unwrap(), Exit::Cancelled, "{backend:?}");
        assert_eq!(stdout.contents(), b"spinning\n", "{backend:?}");
    }
}
