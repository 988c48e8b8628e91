//! Many guests at once on one asset tree, which is in memory once and read-only; each has its own writable memory beside it. The module is compiled
//! once, and every guest is a new instance of it.
//!
//! Run it with `cargo run -p guesthouse-examples --example shared_assets`.

use std::error::Error;
use std::sync::Arc;
use std::thread;

use guesthouse_vfs::{FileSystem, Limits, MemFs, MountFs, Tree};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Module};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const THREADS: usize = 4;
const GUESTS_PER_THREAD: usize = 25;
const ASSETS: [&str; 3] = ["catalogue", "index", "prices"];
/// The size of an asset, in bytes.
const ASSET_LEN: usize = 100_000;

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    print!("{}", run()?);
    Ok(())
}

/// Runs the guests, and returns what they and the assets came to.
fn run() -> Result<String> {
    let assets = MemFs::new();
    for (name, byte) in ASSETS.into_iter().zip(b'a'..) {
        Tree::new(assets.clone()).write(name, vec![byte; ASSET_LEN])?;
    }
    let before = assets.usage();

    let module = Module::new(&Engine::new(&config())?, include_bytes!("copy.wat"))?;
    let program = Program::new(&module)?;
    let written: Result<Vec<usize>> = thread::scope(|scope| {
        let work = || run_in_turn(&program, &assets);
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Result<usize>>| match thread.join() {
            Ok(result) => result,
            Err(_) => Err("a thread panicked".into()),
        };
        threads.into_iter().map(join).collect()
    });

    let unchanged = if assets.usage() == before {
        "unchanged"
    } else {
        "changed"
    };
    Ok(format!(
        "{} guests in {THREADS} threads wrote {} bytes\nthe assets, {} bytes of memory, are {unchanged}\n",
        THREADS * GUESTS_PER_THREAD,
        written?.iter().sum::<usize>(),
        before.private_bytes,
    ))
}

/// Runs guests one after the other, and returns how many bytes they wrote.
fn run_in_turn(program: &Program, assets: &Arc<MemFs>) -> Result<usize> {
    let mut written = 0;
    for asset in ASSETS.iter().cycle().take(GUESTS_PER_THREAD) {
        written += run_one(program, assets.clone(), asset)?.len();
    }
    Ok(written)
}

/// Gives a guest a tree of its own, has it copy an asset there, and returns the copy.
fn run_one(program: &Program, assets: Arc<dyn FileSystem>, asset: &str) -> Result<Vec<u8>> {
    let limits = Limits {
        private_bytes: 1 << 20,
        ..Limits::default()
    };
    let tree = MountFs::builder(MemFs::builder().limits(limits).build())
        .mount_read_only("/assets", assets)?
        .build();
    let ctx = WasiCtx::builder()
        .args(["copy", &format!("assets/{asset}"), "mine"])
        .root(tree.clone())
        .build()?;
    match program.run(ctx)? {
        Exit::Code(0) => Ok(Tree::new(tree).read("/mine")?),
        exit => Err(exit.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guest_writes_its_own_copy() -> Result<()> {
        let report = run()?;
        let wanted = format!("100 guests in 4 threads wrote {} bytes\n", 100 * ASSET_LEN);
        assert!(report.starts_with(&wanted), "{report}");
        assert!(report.ends_with("are unchanged\n"), "{report}");
        Ok(())
    }
}
