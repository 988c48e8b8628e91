//! A directory of the host and memory in one tree: the guest sees both, it cannot change the host's part, and the host reads what it wrote
//! into memory.
//!
//! Run it with `cargo run -p guesthouse-examples --example mixed_mounts`.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use guesthouse_vfs::{HostFs, MemFs, MountFs, Tree};
use guesthouse_wasi::abi::Errno;
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    print!("{}", run()?);
    Ok(())
}

/// Runs three guests in one tree, and returns what came of it.
fn run() -> Result<String> {
    let on_host = tempfile::tempdir()?;
    fs::write(on_host.path().join("poem"), "roses are red\n")?;

    // An empty filesystem in memory, and in it the host's directory.
    let tree = MountFs::builder(MemFs::new())
        .mount_read_only("/sources", HostFs::open_ambient(on_host.path())?)?
        .build();
    let files = Tree::new(tree.clone());
    files.create_dir("/output")?;

    let engine = Engine::new(&config())?;
    let show = Program::new(&Module::new(&engine, include_bytes!("guests/show.wasm"))?)?;
    let copy = Program::new(&Module::new(&engine, include_bytes!("copy.wat"))?)?;

    let (_, listing) = guest(&show, &tree, ["show"])?;
    let (copied, _) = guest(&copy, &tree, ["copy", "sources/poem", "output/poem"])?;
    let (refused, _) = guest(&copy, &tree, ["copy", "output/poem", "sources/forged"])?;
    Ok(format!(
        "What a guest sees:\n{listing}\
         Copying from the host into memory: {}\n\
         What the host reads there: {}\
         Copying from memory to the host: {}\n\
         What the host has: {} file\n",
        describe(copied),
        files.read_to_string("/output/poem")?,
        describe(refused),
        fs::read_dir(on_host.path())?.count(),
    ))
}

/// Runs a guest with these arguments in the tree, and returns how it ended and what it printed.
fn guest<const N: usize>(
    program: &Program,
    tree: &Arc<MountFs>,
    args: [&str; N],
) -> Result<(Exit, String)> {
    let output = Captured::new(1 << 16);
    let ctx = WasiCtx::builder()
        .args(args)
        .root(tree.clone())
        .stdout(output.clone())
        .build()?;
    let exit = program.run(ctx)?;
    Ok((exit, String::from_utf8(output.contents())?))
}

/// The exit code of `copy.wat` is the errno of what failed.
fn describe(exit: Exit) -> String {
    match exit {
        Exit::Code(0) => "done".to_owned(),
        Exit::Code(code) if code == u32::from(Errno::Rofs.to_wire()) => Errno::Rofs.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_parts_are_seen_and_one_is_written() -> Result<(), Box<dyn std::error::Error>> {
        let report = super::run()?;
        let lines: Vec<&str> = report.lines().map(str::trim).collect();
        for line in [
            "output: directory",
            "sources: directory",
            "Copying from the host into memory: done",
            "What the host reads there: roses are red",
            "Copying from memory to the host: EROFS",
            "What the host has: 1 file",
        ] {
            assert!(lines.contains(&line), "\"{line}\" in\n{report}");
        }
        Ok(())
    }
}
