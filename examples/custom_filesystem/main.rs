//! A guest that works in two filesystems of the host's own: it reads a file that is computed while it reads, and writes into one
//! that keeps notes. Run it with `cargo run -p guesthouse-examples --example custom_filesystem`.

mod facts;
mod notes;

use std::error::Error;
use std::sync::Arc;

use facts::Facts;
use guesthouse_vfs::{FileSystem, MemFs, MountFs, NodeFs, ReadOnlyNodeFs, Tree};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use notes::Notes;
use wasmtime::{Engine, Module};

fn squares() -> String {
    (1..=10)
        .map(|n| format!("{n} squared is {}\n", n * n))
        .collect()
}

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", run()?);
    Ok(())
}

/// Runs the guest and returns the note that it left.
fn run() -> Result<String, Box<dyn Error>> {
    let facts = ReadOnlyNodeFs::new(Facts(vec![("squares", squares)]));
    let notes = NodeFs::new(Notes::default());
    let tree: Arc<dyn FileSystem> = MountFs::builder(MemFs::new())
        .mount("/facts", facts)?
        .mount("/notes", notes)?
        .build();
    let ctx = WasiCtx::builder().root(Arc::clone(&tree)).build()?;
    let engine = Engine::new(&config())?;
    let module = Module::new(&engine, include_bytes!("copy.wat"))?;
    match Program::new(&module)?.run(ctx)? {
        Exit::Code(0) => Ok(Tree::new(tree).read_to_string("/notes/squares")?),
        exit => Err(format!("the guest ended with {exit:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_guest_copies_what_is_computed() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(super::run()?, super::squares());
        Ok(())
    }
}
