//! Guests that run, and how they end.

mod command;

use command::{file, guest, guesthouse, run, with_input};
use tempfile::tempdir;

#[test]
fn the_tour_of_the_readme_works_in_memory() {
    let outcome = run([guest("tour.wasm")]).code(0);
    assert!(
        outcome.stdout.contains("16 of 16 stops held."),
        "{outcome:#?}"
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
fn the_tour_works_on_a_host_directory_and_prints_the_same() {
    let dir = tempdir().unwrap();
    let mount = format!("{}::/work", dir.path().display());
    let host = run(["--dir", &mount, &guest("tour.wasm"), "/work"]).code(0);
    let memory = run(["--tmp", "/work", &guest("tour.wasm"), "/work"]).code(0);
    assert_eq!(host.stdout, memory.stdout);
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "the tour cleans up"
    );
}

#[test]
fn exit_codes_are_handed_on() {
    for code in [0, 1, 2, 42, 134, 255] {
        let outcome = run([guest("exit.wat"), code.to_string()]).code(code);
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn exit_codes_that_do_not_fit_are_one_and_never_zero() {
    for code in ["256", "65536", "4294967295"] {
        run([&guest("exit.wat"), code]).error(1, &[code, "larger than 255"]);
    }
}

#[test]
fn a_trap_is_134_and_names_the_functions() {
    let outcome = run([guest("trap.wat")]).code(134);
    assert!(
        outcome
            .stderr
            .starts_with("guesthouse: error: the guest trapped: "),
        "{outcome:#?}"
    );
    let frames: Vec<&str> = outcome.stderr.lines().skip(1).collect();
    assert!(frames.len() >= 4, "{outcome:#?}");
    assert!(
        frames.iter().all(|frame| !frame.contains("function ")),
        "every frame has its name: {outcome:#?}"
    );
    assert!(!outcome.stderr.contains("panicked"), "{outcome:#?}");
}

#[test]
fn input_and_output_are_the_users() {
    let outcome = with_input(["run", &guest("upper.wat")], b"do not shout\n").code(0);
    assert_eq!(outcome.stdout, "DO NOT SHOUT\n");
}

#[test]
fn arguments_after_the_guest_are_the_guests_own() {
    let outcome = run([&guest("show.wasm"), "--dir", "-x", "--", "a b"]).code(0);
    for arg in ["show.wasm", "--dir", "-x", "--", "a b"] {
        assert!(outcome.stdout.contains(arg), "{outcome:#?}");
    }
}

#[test]
fn the_guest_gets_the_variables_and_the_name_that_were_given() {
    let mut command = command::command([
        "run",
        "--env",
        "A=1=2",
        "--env",
        "B=",
        "--env",
        "HANDED_ON",
        "--argv0",
        "me",
        &guest("show.wasm"),
    ]);
    let output = command
        .env("HANDED_ON", "yes")
        .env("KEPT", "no")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["A=1=2", "B=", "HANDED_ON=yes", "me"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        !text.contains("KEPT") && !text.contains("show.wasm"),
        "{text}"
    );
}

#[test]
fn a_function_is_invoked_with_numbers() {
    for module in ["sum.wat", "sum.wasm"] {
        let outcome = run(["--invoke", "sum", &guest(module), "5", "4"]).code(0);
        assert_eq!(outcome.stdout.lines().last(), Some("9"), "{outcome:#?}");
    }
    let outcome = run(["--invoke", "next", &guest("reactor.wat")]).code(0);
    assert_eq!(outcome.stdout, "100\n", "the reactor was initialised");
}

#[test]
fn numbers_of_each_type_go_in_and_out() {
    let dir = tempdir().unwrap();
    let module = file(
        &dir,
        "numbers.wat",
        r#"(module (func (export "same") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
            (local.get 0) (local.get 1) (local.get 2) (local.get 3)))"#,
    );
    let outcome = run([
        "--invoke",
        "same",
        &module,
        "4294967295",
        "-9223372036854775808",
        "0.5",
        "-1e300",
    ])
    .code(0);
    assert_eq!(
        outcome.stdout,
        format!("-1\n-9223372036854775808\n0.5\n-1{}\n", "0".repeat(300))
    );
}

#[test]
fn a_reactor_without_a_function_is_made_ready() {
    let outcome = run([guest("reactor.wat")]).code(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}

#[test]
fn sleeping_works() {
    let outcome = run([&guest("sleep.wat"), "5"]).code(0);
    assert_eq!(outcome.stdout, "slept\n");
}

#[test]
fn the_help_is_complete() {
    let help = guesthouse(["run", "--help"]).code(0).stdout;
    for flag in [
        "--dir",
        "--copy",
        "--tmp",
        "--image",
        "--image-mmap",
        "--overlay",
        "--preopen",
        "--bare",
        "--copy-out",
        "--save",
        "--env",
        "--argv0",
        "--invoke",
        "--listen",
        "--fs-bytes",
        "--fs-nodes",
        "--max-memory",
        "--timeout",
        "--fuel",
        "--stats",
        "--changes",
        "--trace",
        "Examples:",
        "Exit status:",
    ] {
        assert!(help.contains(flag), "{flag} is explained");
    }
}

#[test]
fn completions_and_the_manual_come_from_the_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = guesthouse(["completions", shell]).code(0).stdout;
        assert!(script.contains("copy-out"), "{shell}");
    }
    let manual = guesthouse(["man"]).code(0).stdout;
    assert!(
        manual.contains(".TH guesthouse") && manual.contains("copy\\-out"),
        "{manual}"
    );
}
