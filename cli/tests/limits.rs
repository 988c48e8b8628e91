//! Limits end a guest, or a call of it, and say so.

mod command;

use command::{file, guest, run};
use tempfile::tempdir;

#[test]
fn a_deadline_ends_a_guest_that_computes() {
    let outcome = run(["--timeout", "200ms", &guest("spin.wat")]).error(1, &["200ms", "--timeout"]);
    assert_eq!(outcome.stdout, "spinning\n");
}

#[test]
fn a_deadline_ends_a_guest_that_waits() {
    run(["--timeout", "200ms", &guest("sleep.wat"), "600000"]).error(1, &["200ms"]);
}

/// The time is told in the words in which it was given: not as "0ns" or "90s".
#[test]
fn a_deadline_is_told_as_it_was_given() {
    run(["--timeout", "0s", &guest("hello.wat")]).error(1, &["ended after 0s"]);
}

#[test]
fn a_deadline_that_is_met_changes_nothing() {
    run(["--timeout", "1h", &guest("hello.wat")]).code(0);
}

#[test]
fn fuel_ends_a_guest() {
    run(["--fuel", "100000", &guest("spin.wat")]).error(1, &["fuel of 100000", "--fuel"]);
    run(["--fuel", "100000000", &guest("hello.wat")]).code(0);
}

#[test]
fn a_full_filesystem_is_an_errno_that_the_guest_survives() {
    let outcome = run(["--fs-bytes", "1MiB", &guest("fill.wasm")]).code(0);
    assert_eq!(outcome.stderr, "", "{outcome:#?}");
}

#[test]
fn too_many_nodes_and_what_they_are_needed_for() {
    let dir = tempdir().unwrap();
    run(["--fs-nodes", "1", &guest("hello.wat")]).error(1, &["--fs-nodes"]);
    let many = tempdir().unwrap();
    for name in 0..20 {
        file(&many, &name.to_string(), "");
    }
    let copy = format!("{}::/c", many.path().display());
    run(["--fs-nodes", "10", "--copy", &copy, &guest("hello.wat")]).error(1, &["--fs-nodes"]);
    drop(dir);
}

#[test]
fn memory_is_limited() {
    let dir = tempdir().unwrap();
    let grow = file(
        &dir,
        "grow.wat",
        r#"(module (memory (export "memory") 1)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let grown = |most: &str, pages: &str| {
        run(["--max-memory", most, "--invoke", "grow", &grow, pages])
            .code(0)
            .stdout
    };
    assert_eq!(grown("1MiB", "15"), "1\n");
    assert_eq!(grown("1MiB", "16"), "-1\n");
    let large = file(
        &dir,
        "large.wat",
        r#"(module (memory (export "memory") 100) (func (export "_start")))"#,
    );
    run(["--max-memory", "1MiB", &large]).error(1, &["memory", "raise --max-memory"]);
}

/// Each was allowed as much as all together.
#[test]
fn further_memories_and_tables_count_too() {
    let dir = tempdir().unwrap();
    let grow = file(
        &dir,
        "grow.wat",
        r#"(module (memory (export "memory") 1) (memory $other 1) (table $table 1 funcref)
            (func (export "other") (param i32) (result i32) (memory.grow $other (local.get 0)))
            (func (export "table") (param i32) (result i32)
                (table.grow $table (ref.null func) (local.get 0))))"#,
    );
    let grown = |function: &str, by: &str| {
        run(["--max-memory", "1MiB", "--invoke", function, &grow, by])
            .code(0)
            .stdout
    };
    // The two memories have 2 of the 16 pages, the table 8 bytes of another.
    assert_eq!(grown("other", "13"), "1\n");
    assert_eq!(grown("other", "14"), "-1\n");
    assert_eq!(grown("table", "100000"), "1\n");
    assert_eq!(grown("table", "120000"), "-1\n");
}
