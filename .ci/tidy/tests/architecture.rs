//! The invariants of ARCHITECTURE.md, each with the name that stands there.

use guesthouse_tidy::{Source, root, rust_files};

/// Fails with every line of `files` that holds one of `words` in code, unless the file is one of `allowed`.
fn forbid(invariant: &str, files: &[Source], words: &[&str], allowed: &[&str]) {
    let mut broken = Vec::new();
    for file in files
        .iter()
        .filter(|f| !f.is_test() && !allowed.iter().any(|a| f.path.starts_with(a)))
    {
        for (number, line) in file.code() {
            if let Some(word) = words.iter().find(|word| names(line, word)) {
                broken.push(format!(
                    "{}:{number} names `{word}`: {}",
                    file.path,
                    line.trim()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{invariant}\n{}", broken.join("\n"));
}

/// Whether `word` stands in `line` as a whole identifier or path.
fn names(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_name) && !line[at + word.len()..].starts_with(part_of_name)
    })
}

fn vfs() -> Vec<Source> {
    let files = rust_files(&["vfs/src"]);
    assert!(files.len() > 10, "the sources of vfs are found");
    files
}

fn wasi() -> Vec<Source> {
    let files = rust_files(&["wasi/src"]);
    assert!(!files.is_empty(), "the sources of wasi are found");
    files
}

fn image() -> Vec<Source> {
    let files = rust_files(&["image/src"]);
    assert!(files.len() > 10, "the sources of image are found");
    files
}

const BACKENDS: [&str; 7] = [
    "mem_fs",
    "host_fs",
    "mount_fs",
    "overlay_fs",
    "read_only_fs",
    "dev_fs",
    "node_fs",
];

#[test]
fn vfs_knows_neither_wasi_nor_engine_nor_runtime() {
    let words = ["guesthouse_wasi", "wasmtime", "wasmi", "tokio", "wasi"];
    forbid(
        "vfs knows neither WASI nor an engine nor an async runtime",
        &vfs(),
        &words,
        &[],
    );
}

#[test]
fn only_host_fs_calls_the_operating_system() {
    let words = ["cap_std", "rustix", "std::fs", "std::os"];
    forbid(
        "only host_fs calls the operating system",
        &vfs(),
        &words,
        &["vfs/src/host_fs"],
    );
}

#[test]
fn a_backend_does_not_resolve_paths() {
    // The builder of mounts resolves a mount's path in the tree mounted so far; it composes filesystems and is none.
    let allowed = [
        "vfs/src/resolve",
        "vfs/src/tree",
        "vfs/src/lib.rs",
        "vfs/src/mount_fs/builder.rs",
    ];
    let words = ["crate::resolve", "crate::tree", "resolve::"];
    forbid("a backend does not resolve paths", &vfs(), &words, &allowed);
}

#[test]
fn a_backend_does_not_name_another() {
    for backend in BACKENDS {
        let own = format!("vfs/src/{backend}");
        let files: Vec<Source> = vfs()
            .into_iter()
            .filter(|f| f.path.starts_with(&own))
            .collect();
        assert!(!files.is_empty(), "{backend} is found");
        let others: Vec<&str> = BACKENDS
            .into_iter()
            .filter(|other| {
                let composed = matches!(backend, "mount_fs" | "overlay_fs");
                *other != backend && !(composed && *other == "read_only_fs")
            })
            .collect();
        forbid(
            "a backend does not name another, but for mounts and overlays, which use the read-only wrapper",
            &files,
            &others,
            &[],
        );
    }
}

#[test]
fn only_the_engine_adapters_name_an_engine() {
    let words = ["wasmtime", "wasmi", "tokio"];
    forbid(
        "only the engine adapters name an engine or a runtime",
        &wasi(),
        &words,
        &["wasi/src/engine", "wasi/src/lib.rs"],
    );
}

#[test]
fn the_core_does_not_name_an_adapter() {
    let words = ["crate::engine"];
    forbid(
        "the WASI core does not name an adapter",
        &wasi(),
        &words,
        &["wasi/src/engine", "wasi/src/lib.rs"],
    );
}

#[test]
fn wasi_works_on_any_filesystem() {
    let words = [
        "MemFs",
        "HostFs",
        "MountFs",
        "OverlayFs",
        "ReadOnlyFs",
        "DevFs",
        "NodeFs",
    ];
    forbid(
        "the WASI crate works on the traits and names no backend",
        &wasi(),
        &words,
        // The builder mounts the filesystems that it is given in one tree.
        &["wasi/src/mounts.rs"],
    );
}

#[test]
fn time_comes_in_as_a_value() {
    let words = ["SystemTime::now", "Instant::now"];
    let allowed = [
        "vfs/src/clock.rs",
        "wasi/src/clocks.rs",
        "wasi/src/clocks",
        "wasi/src/engine",
        "wasi/src/wait/watchdog.rs",
    ];
    forbid(
        "the system's clocks are read by the clock types only",
        &vfs(),
        &words,
        &allowed,
    );
    forbid(
        "the system's clocks are read by the clock types only",
        &wasi(),
        &words,
        &allowed,
    );
}

#[test]
fn no_unsafe_code_in_vfs_and_wasi() {
    for lib in ["vfs/src/lib.rs", "wasi/src/lib.rs"] {
        let text = std::fs::read_to_string(root().join(lib)).expect("a readable lib.rs");
        assert!(
            text.contains("#![forbid(unsafe_code)]"),
            "{lib} forbids unsafe code"
        );
    }
}

#[test]
fn image_knows_vfs_only() {
    let words = [
        "guesthouse_wasi",
        "guesthouse_vfs_tests",
        "wasmtime",
        "wasmi",
        "tokio",
    ];
    forbid(
        "image knows vfs only: neither WASI nor an engine nor an async runtime",
        &image(),
        &words,
        &[],
    );
}

#[test]
fn image_is_unsafe_only_where_it_maps_files() {
    let lib = std::fs::read_to_string(root().join("image/src/lib.rs")).expect("a readable lib.rs");
    assert!(lib.contains("#![deny(unsafe_code)]"));
    // The option says what it asks of its caller; the map is the only block.
    forbid(
        "image has unsafe code where it maps files, and nowhere else",
        &image(),
        &["unsafe", "unsafe_code"],
        &[
            "image/src/read/map.rs",
            "image/src/read/options.rs",
            "image/src/lib.rs",
        ],
    );
}

#[test]
fn every_invariant_is_written_down() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let this = include_str!("architecture.rs");
    let tests: Vec<&str> = this
        .split("#[test]\nfn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
        .filter(|name| *name != "every_invariant_is_written_down")
        .collect();
    assert!(tests.len() >= 9);
    for test in tests {
        assert!(
            page.contains(&format!("`{test}`")),
            "ARCHITECTURE.md names the test `{test}`"
        );
    }
}
