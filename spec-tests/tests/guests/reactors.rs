//! Reactors, whose functions the host calls.

use guesthouse_spec_tests::{Backend, ByHand, ModuleName, program, program_under};
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::Program;
use guesthouse_wasi::{Exit, WasiCtx};

pub(crate) fn reactor(guest: &str) {
    let program = program(guest).unwrap();
    for backend in Backend::ALL {
        let ground = backend.ground().unwrap();
        let ctx = WasiCtx::builder().root(ground.fs()).build().unwrap();
        let mut guest = program.guest(ctx).unwrap();
        guest.initialize().unwrap();
        for expected in 100..103 {
            assert_eq!(guest.call::<(), i32>("next", ()).unwrap(), expected);
        }
        assert!(guest.run().is_err(), "initialised once, it traps");
    }
    let ctx = WasiCtx::builder().build().unwrap();
    assert_eq!(program.run(ctx).unwrap(), Exit::Code(0), "made ready only");
}

pub(crate) fn sum(guest: &str) {
    for name in ModuleName::ALL {
        check_sum(&program_under(name, guest).unwrap());
    }
}

pub(crate) fn sum_with_debug_info(guest: &str) {
    check_sum(&program(guest).unwrap());
}

fn check_sum(program: &Program) {
    for backend in Backend::ALL {
        let ground = backend.ground().unwrap();
        let stdout = Captured::new(1000);
        let builder = WasiCtx::builder().root(ground.fs());
        let ctx = builder.stdout(stdout.clone()).build().unwrap();
        let mut guest = program.guest(ctx).unwrap();
        guest.initialize().unwrap();
        for (a, b, result) in [(5, 4, 9), (-7, 2, -5), (i32::MAX, 1, i32::MIN)] {
            assert_eq!(guest.call::<_, i32>("sum", (a, b)).unwrap(), result);
            let line = format!("sum({a}, {b}) = {result}\n");
            assert_eq!(stdout.take(), line.as_bytes(), "{backend:?}");
        }
    }
}

/// What the tests of the sandbox stand on.
pub(crate) fn by_hand(_guest: &str) {
    for (backend, name) in Backend::ALL
        .into_iter()
        .zip(ModuleName::ALL.into_iter().cycle())
    {
        let ground = backend.ground().unwrap();
        let mut guest = ByHand::new(name, ground.fs()).unwrap();
        let fd = guest.open("create tmp/file").unwrap();
        assert_eq!(guest.write(fd, b"by hand"), Ok(7));
        assert_eq!(guest.close(fd), Ok(()));
        for line in [
            "stat tmp/file",
            "times tmp/file",
            "link tmp/file tmp/second",
            "rename tmp/second tmp/third",
            "symlink third tmp/link",
            "readlink tmp/link",
            "open-follow tmp/link",
            "mkdir tmp/dir",
            "open-dir tmp/dir",
            "rmdir tmp/dir",
            "truncate tmp/file",
            "unlink tmp/link",
            "unlink tmp/third",
        ] {
            assert_eq!(guest.act(line), Ok(()), "{backend:?}: {line}");
        }
        assert_eq!(guest.contents("tmp/file"), Ok(Vec::new()), "{backend:?}");
    }
}
