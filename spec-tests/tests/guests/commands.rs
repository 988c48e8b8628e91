//! Commands, which print and end the same on every backend.

use guesthouse_spec_tests::{Backend, Called, End, Ended, ModuleName, program, program_under, run};
use guesthouse_wasi::abi::Signal;
use guesthouse_wasi::stdio::Input;
use guesthouse_wasi::wasmtime::Program;
use guesthouse_wasi::{CallOutcome, Exit, WasiCtx, WasiCtxBuilder};
use wasmtime::Trap;

/// How a program ends that ends the same, after the same answers to its calls, whichever filesystem it has.
fn everywhere(
    program: &Program,
    prepare: impl Fn(WasiCtxBuilder) -> WasiCtxBuilder,
) -> (Ended, Vec<(&'static str, CallOutcome)>) {
    let [first, others @ ..] = Backend::ALL.map(|backend| {
        let ground = backend.ground().unwrap();
        let called = Called::default();
        let builder = prepare(WasiCtx::builder().root(ground.fs()));
        let ended = run(program, builder, &called).unwrap();
        assert_eq!(
            ground.tree().list("/tmp").unwrap().len(),
            0,
            "{backend:?}: the guest cleans up"
        );
        (backend, ended, called.answers())
    });
    for other in others {
        assert_eq!(first.1, other.1, "{:?} and {:?}", first.0, other.0);
        assert_eq!(first.2, other.2, "{:?} and {:?}", first.0, other.0);
    }
    (first.1, first.2)
}

/// The same for a guest that works under both module names.
fn everywhere_under_both_names(
    guest: &str,
    prepare: impl Fn(WasiCtxBuilder) -> WasiCtxBuilder,
) -> Ended {
    let [preview1, unstable] =
        ModuleName::ALL.map(|name| everywhere(&program_under(name, guest).unwrap(), &prepare).0);
    assert_eq!(preview1, unstable);
    preview1
}

pub(crate) fn hello(guest: &str) {
    let ended = everywhere_under_both_names(guest, |builder| builder);
    assert_eq!(ended, Ended::code(0, "hello, world\n"));
}

pub(crate) fn exit(guest: &str) {
    for code in [0, 1, 42, 255, 256, u32::MAX] {
        let argument = code.to_string();
        let ended = everywhere_under_both_names(guest, |builder| builder.args(["exit", &argument]));
        assert_eq!(ended, Ended::code(code, ""));
    }
}

pub(crate) fn trap(guest: &str) {
    let ended = everywhere_under_both_names(guest, |builder| builder);
    assert_eq!(ended.end, End::Trap(Trap::UnreachableCodeReached));
    assert_eq!(ended.stdout, "about to trap\n");
}

pub(crate) fn upper(guest: &str) {
    // More than the guest's buffer holds, and not a multiple of it.
    let text = "Do not shout, 42 times.\n".repeat(777);
    let ended =
        everywhere_under_both_names(guest, |builder| builder.stdin(Input::new(text.as_bytes())));
    assert_eq!(ended, Ended::code(0, &text.to_ascii_uppercase()));
    let ended = everywhere_under_both_names(guest, |builder| builder);
    assert_eq!(ended, Ended::code(0, ""), "no input");
}

pub(crate) fn sleep(guest: &str) {
    let program = program(guest).unwrap();
    let (ended, _) = everywhere(&program, |builder| builder.args(["sleep", "3"]));
    assert_eq!(ended, Ended::code(0, "slept\n"));
}

pub(crate) fn show(guest: &str) {
    let program = program(guest).unwrap();
    let ended = Backend::ALL.map(|backend| {
        let ground = backend.ground().unwrap();
        let tree = ground.tree();
        tree.build()
            .file("/greeting", "hello\n")
            .symlink("/link", "greeting")
            .dir("/dir/inner")
            .finish()
            .unwrap();
        let builder = WasiCtx::builder()
            .args(["show", "one", "", "drei vier"])
            .env("NAME", "value=with=signs")
            .env("EMPTY", "")
            .root(ground.fs());
        run(&program, builder, &Called::default()).unwrap()
    });
    let expected = "\
argument 0: show
argument 1: one
argument 2: 
argument 3: drei vier
environment: NAME=value=with=signs
environment: EMPTY=
preopen 3: /
cwd: /
  dir: directory
  greeting: file, 6 bytes
  link: link to greeting
  tmp: directory
";
    for (backend, ended) in Backend::ALL.into_iter().zip(ended) {
        assert_eq!(ended, Ended::code(0, expected), "{backend:?}");
    }
}

pub(crate) fn tour(guest: &str) {
    let program = program(guest).unwrap();
    let ended = Backend::ALL.map(|backend| {
        let ground = backend.ground().unwrap();
        let fs = ground.fs_with_devices().unwrap();
        let builder = WasiCtx::builder().arg("tour").root(fs);
        run(&program, builder, &Called::default()).unwrap()
    });
    for (backend, ended) in Backend::ALL.iter().zip(&ended) {
        assert_eq!(
            ended.end,
            End::Exit(Exit::Code(0)),
            "{backend:?}: {ended:#?}"
        );
        assert!(
            ended.stdout.ends_with("\n16 of 16 stops held.\n"),
            "{backend:?}: {ended:#?}"
        );
    }
    assert!(ended.iter().all(|other| *other == ended[0]), "{ended:#?}");
}

/// Where there is a limit, the guest is refused at it, loses nothing, and goes on; where there is none, it gives up by itself.
pub(crate) fn fill(guest: &str) {
    let program = program(guest).unwrap();
    for backend in Backend::ALL {
        let ground = backend.ground().unwrap();
        let mebibytes = if backend.is_limited() { "64" } else { "1" };
        let builder = WasiCtx::builder()
            .args(["fill", "/tmp/fill", mebibytes])
            .root(ground.fs());
        let ended = run(&program, builder, &Called::default()).unwrap();
        if backend.is_limited() {
            let written = Backend::MEMORY_BYTES;
            let report = format!("full after {written} bytes, all of them intact\n");
            let end = "deleting the file gave all of it back\n";
            assert_eq!(
                ended,
                Ended::code(0, &format!("{report}{report}{end}")),
                "{backend:?}"
            );
        } else {
            let report = "not full after 1050000 bytes\n";
            assert_eq!(ended, Ended::code(2, report), "{backend:?}");
        }
    }
}

pub(crate) fn calls(guest: &str) {
    let program = program(guest).unwrap();
    let (ended, _) = everywhere(&program, |builder| builder.arg("calls").env("A", "1"));
    assert_eq!(ended.end, End::Exit(Exit::Code(0)), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("\nproc_exit\n"), "{}", ended.stdout);
}

pub(crate) fn calls_raise(guest: &str) {
    let program = program(guest).unwrap();
    let (ended, _) = everywhere(&program, |builder| builder.args(["calls", "raise"]));
    assert_eq!(ended.end, End::Exit(Exit::Raised(Signal::Abrt)));
    assert_eq!(ended.stdout, "proc_raise\n");
}

pub(crate) fn unstable(guest: &str) {
    let program = program(guest).unwrap();
    let (ended, _) = everywhere(&program, |builder| builder);
    assert_eq!(ended, Ended::code(0, "old but working\n"));
}
