//! Reads the repository's own sources, so that tests can hold them to ARCHITECTURE.md and to the style that CONTRIBUTING.md describes.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file of the repository.
pub struct Source {
    /// Its path from the repository's root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The lines that are code, with their numbers from 1: no comment lines, and nothing from the first `#[cfg(test)] mod` on.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let end = lines
            .windows(2)
            .position(|pair| pair[0].trim() == "#[cfg(test)]" && is_module(pair[1]))
            .unwrap_or(lines.len());
        lines
            .into_iter()
            .take(end)
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(index, line)| (index + 1, line))
    }

    /// Whether the whole file is test code.
    #[must_use]
    pub fn is_test(&self) -> bool {
        let stem = Path::new(&self.path)
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        stem == "tests"
            || stem.ends_with("_tests")
            || self
                .path
                .split('/')
                .any(|folder| matches!(folder, "tests" | "benches"))
    }
}

fn is_module(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("mod ") || line.starts_with("pub(crate) mod ")
}

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file below these folders of the repository, sorted by path.
///
/// # Panics
/// If a folder or file cannot be read.
#[must_use]
pub fn rust_files(folders: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut pending: Vec<PathBuf> = folders.iter().map(|f| root.join(f)).collect();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a readable folder");
            pending.extend(entries.map(|e| e.expect("a readable entry").path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let shown = path.strip_prefix(&root).expect("a path below the root");
            let text = fs::read_to_string(&path).expect("a readable source file");
            found.push(Source {
                path: shown.to_string_lossy().replace('\\', "/"),
                text,
            });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A function in a source file.
pub struct Function {
    /// Its first line, from 1.
    pub line: usize,
    /// How many lines it spans.
    pub lines: usize,
}

/// The functions of a formatted file, nested ones included.
#[must_use]
pub fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        if !begins_function(line) || line.trim_end().ends_with('}') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let end = lines[start..].iter().position(|l| {
            l.len() - l.trim_start().len() == indent
                && (l.trim() == "}" || l.trim_end().ends_with(';'))
        });
        if let Some(length) = end {
            found.push(Function {
                line: start + 1,
                lines: length + 1,
            });
        }
    }
    found
}

fn begins_function(line: &str) -> bool {
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "fn" => return words.peek().is_some(),
            "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"" => {}
            _ if word.starts_with("pub(") => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_lengths_are_measured() {
        let text = "impl X {\n    pub fn a(&self) {\n        one();\n    }\n\n    fn b() {}\n}\n\nconst fn c(\n    x: u8,\n) -> u8 {\n    x\n}\n";
        let found: Vec<_> = functions(text).iter().map(|f| (f.line, f.lines)).collect();
        assert_eq!(found, [(2, 3), (9, 5)]);
    }

    #[test]
    fn code_leaves_out_comments_and_tests() {
        let source = Source {
            path: "a/b.rs".into(),
            text: "use a;\n// use b;\n/// use c;\nfn d() {}\n#[cfg(test)]\nmod tests {\n    use e;\n}\n".into(),
        };
        let code: Vec<_> = source.code().collect();
        assert_eq!(code, [(1, "use a;"), (4, "fn d() {}")]);
    }
}
