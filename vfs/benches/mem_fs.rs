//! What the calls of `MemFs` cost. `cargo bench -p guesthouse-vfs --no-default-features --bench mem_fs`

use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use guesthouse_vfs::{
    Access, File, FileSystem, Limits, MemFs, Name, NodeId, OpenOptions, Opened, Place,
};

fn main() {
    divan::main();
}

fn names(path: &str) -> Vec<Name<'_>> {
    path.split('/')
        .map(|name| Name::new(name.as_bytes()).expect("an ordinary name"))
        .collect()
}

fn file_at(fs: &MemFs, path: &str, options: OpenOptions) -> Arc<dyn File> {
    match fs.open(Place::act(fs.root(), &names(path)), options) {
        Ok(Opened::File(opened)) => opened.file,
        _ => panic!("{path} is not a file"),
    }
}

fn mkdir(fs: &MemFs, path: &str) {
    fs.create_dir(Place::act(fs.root(), &names(path)), 0o755)
        .expect("the name is free");
}

fn dir_at(fs: &MemFs, path: &str) -> NodeId {
    match fs.open(
        Place::act(fs.root(), &names(path)),
        OpenOptions::directory(),
    ) {
        Ok(Opened::Dir(id)) => id,
        _ => panic!("{path} is not a directory"),
    }
}

/// A filesystem with `count` files of 64 bytes in `d`.
fn with_files(count: usize) -> Arc<MemFs> {
    let limits = Limits {
        nodes: 1 << 22,
        names: 1 << 22,
        ..Limits::default()
    };
    let fs = MemFs::builder().limits(limits).build();
    mkdir(&fs, "d");
    for number in 0..count {
        let file = file_at(
            &fs,
            &format!("d/file{number:07}.txt"),
            OpenOptions::create_new(),
        );
        file.write_at(&[IoSlice::new(&[7; 64])], 0)
            .expect("there is room");
    }
    fs
}

/// `metadata` of a file at the end of so many names.
#[divan::bench(args = [1, 2, 4, 8])]
fn walk(bencher: Bencher<'_, '_>, depth: usize) {
    let fs = MemFs::new();
    let mut path = String::new();
    for level in 1..depth {
        path += &format!("level{level}");
        mkdir(&fs, &path);
        for other in 0..4 {
            mkdir(&fs, &format!("{path}/other{other}"));
        }
        path += "/";
    }
    path += "file";
    drop(file_at(&fs, &path, OpenOptions::create()));
    let names = names(&path);
    let place = Place::act(fs.root(), &names);
    bencher.bench(|| fs.metadata(divan::black_box(place)));
}

/// `metadata` of 256 files of a directory with so many entries, in no order.
#[divan::bench(args = [8, 16, 17, 100, 1_000, 1_000_000])]
fn lookup(bencher: Bencher<'_, '_>, entries: usize) {
    const BATCH: usize = 256;
    let fs = with_files(entries);
    let dir = dir_at(&fs, "d");
    let paths: Vec<_> = (0..64 * BATCH)
        .map(|number| format!("file{:07}.txt", number * 7_654_321 % entries))
        .collect();
    let mut batches = paths.chunks(BATCH).cycle();
    bencher
        .counter(divan::counter::ItemsCount::new(BATCH))
        .bench_local(|| {
            for path in batches.next().into_iter().flatten() {
                let names = [Name::new(path.as_bytes()).expect("an ordinary name")];
                let known = fs.metadata(Place::act(dir, &names));
                divan::black_box(known.expect("it is there"));
            }
        });
}

/// A listing from the start to the end, per entry.
#[divan::bench(args = [10, 1_000, 100_000])]
fn list(bencher: Bencher<'_, '_>, entries: usize) {
    let fs = with_files(entries);
    let mut stream = fs.open_dir_stream(dir_at(&fs, "d")).expect("it is open");
    bencher
        .counter(divan::counter::ItemsCount::new(entries))
        .bench_local(|| {
            let mut bytes = 0;
            stream
                .next_from(0, &mut |entry| {
                    bytes += entry.name.len();
                    ControlFlow::Continue(())
                })
                .expect("it is open");
            bytes
        });
}

#[divan::bench(args = [8, 1_000, 1_000_000])]
fn create_and_unlink(bencher: Bencher<'_, '_>, entries: usize) {
    let fs = with_files(entries);
    let dir = dir_at(&fs, "d");
    let names = names("new");
    let place = Place::act(dir, &names);
    bencher.bench(|| {
        let opened = fs.open(place, OpenOptions::create_new());
        fs.unlink(place).expect("it was made just now");
        opened.is_ok()
    });
}

#[divan::bench]
fn open_and_close(bencher: Bencher<'_, '_>) {
    let fs = with_files(8);
    let names = names("d/file0000003.txt");
    let place = Place::act(fs.root(), &names);
    bencher.bench(|| fs.open(place, OpenOptions::existing(Access::READ)).is_ok());
}

#[divan::bench]
fn fstat(bencher: Bencher<'_, '_>) {
    let fs = with_files(1);
    let file = file_at(
        &fs,
        "d/file0000000.txt",
        OpenOptions::existing(Access::READ),
    );
    bencher.bench(|| file.metadata());
}

/// Reads at rising offsets of a file of 16 MiB.
#[divan::bench(args = [64, 4096, 65_536, 1_048_576])]
fn read(bencher: Bencher<'_, '_>, len: usize) {
    let fs = MemFs::new();
    let file = file_at(&fs, "f", OpenOptions::create());
    file.write_at(&[IoSlice::new(&vec![1; 16 << 20])], 0)
        .expect("there is room");
    let mut bytes = vec![0; len];
    let mut offset = 0;
    bencher.counter(BytesCount::new(len)).bench_local(|| {
        offset = (offset + len) % (15 << 20);
        file.read_at(&mut [IoSliceMut::new(&mut bytes)], offset as u64)
    });
}

/// Writes over a file of 16 MiB, at rising offsets.
#[divan::bench(args = [64, 4096, 65_536, 1_048_576])]
fn write(bencher: Bencher<'_, '_>, len: usize) {
    let fs = MemFs::new();
    let file = file_at(&fs, "f", OpenOptions::create());
    file.write_at(&[IoSlice::new(&vec![1; 16 << 20])], 0)
        .expect("there is room");
    let bytes = vec![2; len];
    let mut offset = 0;
    bencher.counter(BytesCount::new(len)).bench_local(|| {
        offset = (offset + len) % (15 << 20);
        file.write_at(&[IoSlice::new(&bytes)], offset as u64)
    });
}

/// Grows a file to 4 MiB and removes it again.
#[divan::bench(args = [4096, 65_536])]
fn grow(bencher: Bencher<'_, '_>, len: usize) {
    let fs = MemFs::new();
    let bytes = vec![2; len];
    bencher
        .counter(BytesCount::new(4usize << 20))
        .bench_local(|| {
            let file = file_at(&fs, "f", OpenOptions::create());
            for offset in (0..4 << 20).step_by(len) {
                file.write_at(&[IoSlice::new(&bytes)], offset as u64)
                    .expect("there is room");
            }
            fs.unlink(Place::act(fs.root(), &names("f")))
                .expect("it is there");
        });
}
