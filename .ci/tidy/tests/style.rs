//! What CONTRIBUTING.md says of files, functions and words.

use guesthouse_tidy::{functions, rust_files};

const FOLDERS: [&str; 8] = [
    "vfs",
    "wasi",
    "image",
    "vfs-tests",
    "spec-tests",
    "examples",
    "cli",
    ".ci",
];

/// A file above this does too much.
const MAX_FILE_LINES: usize = 500;
/// A function above this cannot be read at a glance.
const MAX_FUNCTION_LINES: usize = 70;

#[test]
fn files_are_short() {
    let long: Vec<String> = rust_files(&FOLDERS)
        .iter()
        .filter(|f| f.text.lines().count() > MAX_FILE_LINES)
        .map(|f| format!("{}: {} lines", f.path, f.text.lines().count()))
        .collect();
    assert!(
        long.is_empty(),
        "files over {MAX_FILE_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for file in rust_files(&FOLDERS) {
        for function in functions(&file.text)
            .iter()
            .filter(|f| f.lines > MAX_FUNCTION_LINES)
        {
            long.push(format!(
                "{}:{}: {} lines",
                file.path, function.line, function.lines
            ));
        }
    }
    assert!(
        long.is_empty(),
        "functions over {MAX_FUNCTION_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn files_are_named_by_what_they_hold() {
    for file in rust_files(&FOLDERS) {
        for part in file.path.trim_end_matches(".rs").split('/') {
            let vague = matches!(
                part,
                "util" | "utils" | "helper" | "helpers" | "common" | "misc" | "types"
            );
            assert!(!vague, "{} is named after nothing", file.path);
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("#[ign", "ore"),
    ];
    let mut left = Vec::new();
    for file in rust_files(&FOLDERS) {
        for (index, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                left.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    assert!(left.is_empty(), "unfinished business:\n{}", left.join("\n"));
}
