//! What an overlay of memory over memory costs, beside memory alone. `cargo bench -p guesthouse-vfs --no-default-features --bench overlay`

use std::io::IoSliceMut;
use std::ops::ControlFlow;
use std::sync::Arc;

use divan::Bencher;
use guesthouse_vfs::{
    Access, FileSystem, MemFs, Name, OpenDir, OpenOptions, Opened, OverlayFs, Place, Tree,
};

fn main() {
    divan::main();
}

/// What the calls are made on.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Memory alone.
    Plain,
    /// An overlay in which nothing was changed.
    Fresh,
    /// An overlay in which names are hidden and the directories are copied.
    Changed,
}

const KINDS: [Kind; 3] = [Kind::Plain, Kind::Fresh, Kind::Changed];

const DEEP: &str = "usr/share/lib/module/a/b/c/file.txt";

fn names(path: &str) -> Vec<Name<'_>> {
    let names = path.split('/').map(|name| Name::new(name.as_bytes()));
    names.map(|name| name.expect("an ordinary name")).collect()
}

/// A tree with a file eight names deep, and `entries` files in `d`.
fn tree(kind: Kind, entries: usize) -> Arc<dyn FileSystem> {
    let memory = MemFs::new();
    let below = Tree::new(memory.clone());
    let (dir, _) = DEEP.rsplit_once('/').expect("directories");
    below.create_dir_all(dir).expect("room");
    below.write(DEEP, [7; 64]).expect("room");
    below.write("usr/other", "").expect("room");
    below.create_dir("d").expect("room");
    for number in 0..entries {
        below.write(format!("d/file{number}"), "").expect("room");
    }
    let overlay = || {
        let builder = OverlayFs::builder(MemFs::new()).lower(memory.clone());
        builder.build().expect("an overlay")
    };
    match kind {
        Kind::Plain => memory,
        Kind::Fresh => overlay(),
        Kind::Changed => {
            let fs = overlay();
            let tree = Tree::new(fs.clone());
            tree.remove_file("usr/other").expect("it is there");
            tree.write(format!("{dir}/made"), "").expect("room");
            tree.write("d/made", "").expect("room");
            fs
        }
    }
}

/// `metadata` of a file at the end of eight names.
#[divan::bench(args = KINDS)]
fn stat(bencher: Bencher<'_, '_>, kind: Kind) {
    let fs = tree(kind, 0);
    let names = names(DEEP);
    bencher.bench(|| fs.metadata(Place::act(fs.root(), &names)));
}

/// Opens the file, reads its 64 bytes and closes it.
#[divan::bench(args = KINDS)]
fn open_read_close(bencher: Bencher<'_, '_>, kind: Kind) {
    let fs = tree(kind, 0);
    let names = names(DEEP);
    bencher.bench(|| {
        let options = OpenOptions::existing(Access::READ);
        let Ok(Opened::File(opened)) = fs.open(Place::act(fs.root(), &names), options) else {
            panic!("a file")
        };
        let mut bytes = [0; 64];
        opened.file.read_at(&mut [IoSliceMut::new(&mut bytes)], 0)
    });
}

/// Reads 64 bytes of an open file.
#[divan::bench(args = KINDS)]
fn read(bencher: Bencher<'_, '_>, kind: Kind) {
    let fs = tree(kind, 0);
    let names = names(DEEP);
    let options = OpenOptions::existing(Access::READ);
    let Ok(Opened::File(opened)) = fs.open(Place::act(fs.root(), &names), options) else {
        panic!("a file")
    };
    let mut bytes = [0; 64];
    bencher.bench_local(|| opened.file.read_at(&mut [IoSliceMut::new(&mut bytes)], 0));
}

/// Makes a file in an open directory and removes it.
#[divan::bench(args = KINDS)]
fn create_unlink(bencher: Bencher<'_, '_>, kind: Kind) {
    let fs = tree(kind, 0);
    let d = names("d");
    let Ok(Opened::Dir(dir)) = fs.open(Place::act(fs.root(), &d), OpenOptions::directory()) else {
        panic!("a directory")
    };
    let dir = OpenDir::from_opened(fs.clone(), dir);
    let name = names("new");
    bencher.bench(|| {
        let place = Place::act(dir.node(), &name);
        let made = fs.open(place, OpenOptions::create_new()).is_ok();
        made && fs.unlink(place).is_ok()
    });
}

/// Lists a directory of 10,000 entries.
#[divan::bench(args = KINDS)]
fn list(bencher: Bencher<'_, '_>, kind: Kind) {
    let fs = tree(kind, 10_000);
    let d = names("d");
    let Ok(Opened::Dir(dir)) = fs.open(Place::act(fs.root(), &d), OpenOptions::directory()) else {
        panic!("a directory")
    };
    let dir = OpenDir::from_opened(fs.clone(), dir);
    bencher.bench(|| {
        let mut count = 0;
        let mut stream = fs.open_dir_stream(dir.node()).expect("a listing");
        let listed = stream.next_from(0, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        assert!(listed.is_ok() && count >= 10_000);
    });
}
