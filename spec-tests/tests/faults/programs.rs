//! Whole programs: however they end, the host lives on and everything is given back.

use std::sync::Arc;

use guesthouse_spec_tests::{Called, End, program, run};
use guesthouse_vfs::{DevFs, Errno, MemFs, MountFs, Tree};
use guesthouse_vfs_tests::fault::{Fault, FaultFs};
use guesthouse_wasi::{Exit, OsRandom, WasiCtx};

/// How many faults are spread over a program.
const FAULTS: u64 = 60;

/// Runs a program with faults at operations spread over all that it asks for, each once and each with all after it, and with every transfer short.
fn with_faults(guest: &str, arguments: &[&str]) {
    let program = program(guest).unwrap();
    let fresh = || {
        let fs = FaultFs::new(MemFs::new());
        let tree = Tree::new(fs.clone());
        tree.build().dir("tmp").dir("dev").finish().unwrap();
        fs.reset();
        fs
    };
    let play = |fault: Option<Fault>| {
        let fs = fresh();
        let devices = DevFs::new(Arc::new(OsRandom));
        let root = MountFs::builder(fs.clone()).mount("/dev", devices);
        let root = root.unwrap().build();
        match fault {
            Some(fault) => fs.inject(fault),
            None => fs.reset(),
        }
        let builder = WasiCtx::builder().args(arguments).root(root);
        let ended = run(&program, builder, &Called::default()).unwrap();
        let open = (fs.open_dirs(), fs.open_files(), fs.open_streams());
        assert_eq!(open, (0, 0, 0), "{fault:?}: something is left open");
        (ended, fs)
    };
    let (ended, fs) = play(None);
    let asked = fs.asked();
    assert!(!asked.is_empty());
    let operations = asked.len() as u64;
    let step = usize::try_from(operations.div_ceil(FAULTS)).unwrap();
    for nth in (1..=operations).step_by(step) {
        for fault in [
            Fault::failing(nth, Errno::Io),
            Fault::failing(nth, Errno::NoSpace).lasting(),
        ] {
            let (ended, fs) = play(Some(fault));
            assert!(fs.met() > 0, "{fault:?}");
            // What a program makes of an error is its own affair, but it was told of one and was not broken by it.
            assert!(
                matches!(ended.end, End::Exit(_) | End::Trap(_)),
                "{ended:?}"
            );
        }
    }
    // A program that was written with care takes short transfers as they are.
    let (short, _) = play(Some(Fault::short(1, 7).lasting()));
    assert_eq!((short.end, short.stdout), (ended.end, ended.stdout));
    assert_eq!(short.end, End::Exit(Exit::Code(0)));
}

#[test]
fn tour() {
    with_faults("examples/guests/tour.wasm", &["tour"]);
}
