//! Assets that are built into the program, by `include_bytes!`, by the crate `include_dir` and by the crate `rust-embed`. None is copied: the image borrows
//! them from the program, and each guest gets a fork of the image, in which it may write over them.
//!
//! Run it with `cargo run -p guesthouse-examples --example embedded_assets`.

use std::error::Error;
use std::sync::Arc;

use guesthouse_vfs::{Assets, ChangeKind, MemFs, Timestamp};
use guesthouse_wasi::wasmtime::{Program, config};
use guesthouse_wasi::{Exit, WasiCtx};
use include_dir::{Dir, DirEntry, include_dir};
use rust_embed::RustEmbed;
use wasmtime::{Engine, Module};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

static GREETING: &[u8; 17] = include_bytes!("assets/greeting.txt");

static WWW: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/www");

#[derive(RustEmbed)]
#[folder = "assets/www"]
struct Embedded;

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> Result<()> {
    print!("{}", run()?);
    Ok(())
}

/// Makes the image and runs two guests on forks of it, and returns what came of it.
fn run() -> Result<String> {
    let image = image()?;
    let usage = image.usage();
    let loaded = image.snapshot();
    let mut report = format!(
        "the image shows {} bytes and has copied {} of them\n",
        usage.logical_bytes, usage.private_bytes
    );

    let module = Module::new(&Engine::new(&config())?, include_bytes!("copy.wat"))?;
    let program = Program::new(&module)?;
    for to in ["mine", "www/index.html"] {
        let fork = loaded.fork();
        let ctx = WasiCtx::builder()
            .args(["copy", "greeting.txt", to])
            .root(fork.clone())
            .build()?;
        match program.run(ctx)? {
            Exit::Code(0) => {}
            exit => return Err(exit.into()),
        }
        report += &format!("a guest pays for {} bytes:", fork.usage().private_bytes);
        for change in fork.changes()? {
            let verb = match change.kind {
                ChangeKind::Created => "made",
                ChangeKind::Removed => "removed",
                ChangeKind::Renamed { .. } => "renamed",
                ChangeKind::Modified(_) => "changed",
            };
            let path = String::from_utf8_lossy(&change.path);
            report += &format!(" {verb} /{path}");
        }
        report += "\n";
    }
    let changes = image.changes_since(&loaded)?.len();
    report += &format!("the image has {changes} changes\n");
    Ok(report)
}

/// A tree that borrows its contents from the program.
fn image() -> Result<Arc<MemFs>> {
    let mut assets = Assets::new().file("greeting.txt", GREETING);

    // `include_dir` knows no times here: they are those of the clock. (Its feature `metadata` would tell.)
    let mut dirs = vec![&WWW];
    while let Some(dir) = dirs.pop() {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(below) => dirs.push(below),
                DirEntry::File(file) => {
                    let path = [b"www/", file.path().as_os_str().as_encoded_bytes()].concat();
                    assets = assets.file(path, file.contents());
                }
            }
        }
    }

    // `rust-embed` knows when a file was modified, so that caches can be told.
    for path in Embedded::iter() {
        let file = Embedded::get(&path).ok_or("an asset is listed and not there")?;
        let modified = file.metadata.last_modified().unwrap_or_default();
        let path = format!("embedded/{path}");
        assets = assets
            .file(&path, file.data)
            .modified(&path, Timestamp::from_parts(modified.try_into()?, 0));
    }
    Ok(assets.finish()?)
}

#[cfg(test)]
mod tests {
    use guesthouse_vfs::Tree;

    use super::*;

    #[test]
    fn nothing_is_copied_and_guests_pay_for_what_they_write() -> Result<()> {
        let index = include_bytes!("assets/www/index.html").len();
        let css = include_bytes!("assets/www/css/site.css").len();
        let shown = GREETING.len() + 2 * (index + css);
        // Over the page is written in place after it was cut to nothing, so that a guest holds the greeting alone.
        let expected = format!(
            "the image shows {shown} bytes and has copied 0 of them\n\
             a guest pays for {len} bytes: changed / made /mine\n\
             a guest pays for {len} bytes: changed /www/index.html\n\
             the image has 0 changes\n",
            len = GREETING.len(),
        );
        assert_eq!(run()?, expected);
        Ok(())
    }

    #[test]
    fn all_three_ways_lead_to_the_same_tree() -> Result<()> {
        let tree = Tree::new(image()?);
        assert_eq!(tree.read("greeting.txt")?, GREETING);
        for path in ["index.html", "css/site.css"] {
            let included = tree.read(format!("www/{path}"))?;
            assert_eq!(tree.read(format!("embedded/{path}"))?, included);
        }
        let embedded = tree.metadata("embedded/index.html")?;
        assert!(embedded.modified > Timestamp::EPOCH);
        assert_eq!(embedded.mode, 0o644);
        Ok(())
    }
}
