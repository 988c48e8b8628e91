//! What forks of a `MemFs` cost. `cargo bench -p guesthouse-vfs --no-default-features --bench forks`

use std::io::{IoSlice, IoSliceMut};
use std::sync::Arc;

use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use guesthouse_vfs::{
    Access, ChunkPool, File, FileSystem, Limits, MemFs, Name, OpenOptions, Opened, Place,
};

fn main() {
    divan::main();
}

/// Files in one directory of an image.
const FILES_OF_A_DIRECTORY: usize = 100;

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

fn path_of(number: usize) -> String {
    let dir = number / FILES_OF_A_DIRECTORY;
    format!("dir{dir:05}/file{number:07}.txt")
}

/// An image with so many files of 64 bytes, 100 in a directory, and `large`, of 64 MiB.
fn image(files: usize) -> Arc<MemFs> {
    let limits = Limits {
        nodes: 1 << 22,
        names: 1 << 22,
        ..Limits::default()
    };
    let fs = MemFs::builder()
        .limits(limits)
        .chunk_pool(ChunkPool::new(64 << 20))
        .build();
    for number in 0..files {
        if number % FILES_OF_A_DIRECTORY == 0 {
            let dir = path_of(number);
            let dir = dir.split('/').next().expect("a directory");
            fs.create_dir(Place::act(fs.root(), &names(dir)), 0o755)
                .expect("the name is free");
        }
        let file = file_at(&fs, &path_of(number), OpenOptions::create_new());
        file.write_at(&[IoSlice::new(&[7; 64])], 0)
            .expect("there is room");
    }
    let large = file_at(&fs, "large", OpenOptions::create_new());
    for megabyte in 0..64 {
        large
            .write_at(&[IoSlice::new(&[9; 1 << 20])], megabyte << 20)
            .expect("there is room");
    }
    fs
}

/// A fork of a running filesystem, and its end.
#[divan::bench(args = [1_000, 1_000_000])]
fn fork_and_drop(bencher: Bencher<'_, '_>, files: usize) {
    let fs = image(files);
    bencher.bench_local(|| drop(fs.fork()));
}

/// The same of a snapshot that was taken once.
#[divan::bench(args = [1_000, 1_000_000])]
fn fork_of_a_snapshot_and_drop(bencher: Bencher<'_, '_>, files: usize) {
    let snapshot = image(files).snapshot();
    bencher.bench_local(|| drop(snapshot.fork()));
}

/// A fork that opens a file, writes 4 KiB over its start, and ends.
#[divan::bench(args = [1_000, 1_000_000])]
fn fork_write_4k_and_drop(bencher: Bencher<'_, '_>, files: usize) {
    let snapshot = image(files).snapshot();
    let path = path_of(files / 2);
    bencher.bench_local(|| {
        let fork = snapshot.fork();
        let file = file_at(&fork, &path, OpenOptions::existing(Access::WRITE));
        file.write_at(&[IoSlice::new(&[1; 4096])], 0)
            .expect("there is room");
    });
}

/// The same in the middle of a file of 64 MiB.
#[divan::bench(args = [1_000, 1_000_000])]
fn fork_write_4k_into_64m_and_drop(bencher: Bencher<'_, '_>, files: usize) {
    let snapshot = image(files).snapshot();
    bencher.bench_local(|| {
        let fork = snapshot.fork();
        let file = file_at(&fork, "large", OpenOptions::existing(Access::WRITE));
        file.write_at(&[IoSlice::new(&[1; 4096])], 32 << 20)
            .expect("there is room");
    });
}

/// Opens an asset of 16 KiB, reads it to its end and closes it, 64 times: in the filesystem that it was put in, and in a fork of it.
#[divan::bench(args = ["1 origin", "2 fork", "3 origin", "4 fork"])]
fn read_asset(bencher: Bencher<'_, '_>, of: &str) {
    let origin = image(1_000);
    let asset = names("dir00005/asset");
    let bytes = Bytes::from(vec![5; 16 << 10]);
    origin
        .add_bytes(Place::act(origin.root(), &asset), 0o444, bytes)
        .expect("the name is free");
    let fs = match of {
        "1 origin" | "3 origin" => Arc::clone(&origin),
        _ => origin.fork(),
    };
    let place = Place::act(fs.root(), &asset);
    let mut buffer = vec![0; 16 << 10];
    let before = fs.usage();
    bencher
        .counter(BytesCount::new(64 * buffer.len()))
        .bench_local(|| {
            for _ in 0..64 {
                let Ok(Opened::File(opened)) = fs.open(place, OpenOptions::existing(Access::READ))
                else {
                    panic!("it is a file");
                };
                let read = opened.file.read_at(&mut [IoSliceMut::new(&mut buffer)], 0);
                assert_eq!(read, Ok(16 << 10));
            }
        });
    assert_eq!(fs.usage(), before, "reading has copied something");
    let forked = origin.fork().changes_since(&fs.snapshot());
    assert_eq!(forked, Ok(Vec::new()), "reading is no change");
}

/// Lists the changes of a fork in which 10 files of the image were written over.
#[divan::bench(args = [1_000, 1_000_000])]
fn ten_changes(bencher: Bencher<'_, '_>, files: usize) {
    let fork = image(files).fork();
    for number in 0..10 {
        let path = path_of(number * files / 10);
        let file = file_at(&fork, &path, OpenOptions::existing(Access::WRITE));
        file.write_at(&[IoSlice::new(b"x")], 0)
            .expect("there is room");
    }
    let changes = fork.changes().expect("short paths");
    assert_eq!(changes.len(), 10);
    bencher.bench_local(|| fork.changes());
}

/// The same where 10 files came into one large directory of the image, and 10 of its went.
#[divan::bench(args = [1_000, 1_000_000])]
fn ten_changes_in_one_directory(bencher: Bencher<'_, '_>, files: usize) {
    let limits = Limits {
        nodes: 1 << 22,
        names: 1 << 22,
        ..Limits::default()
    };
    let fs = MemFs::builder().limits(limits).build();
    for number in 0..files {
        drop(file_at(&fs, &number.to_string(), OpenOptions::create_new()));
    }
    let fork = fs.fork();
    for number in 0..10 {
        let old = (number * files / 10).to_string();
        fork.unlink(Place::act(fork.root(), &names(&old)))
            .expect("it is there");
        drop(file_at(
            &fork,
            &format!("new{number}"),
            OpenOptions::create_new(),
        ));
    }
    // And the root's own.
    assert_eq!(fork.changes().map(|changes| changes.len()), Ok(21));
    bencher.bench_local(|| fork.changes());
}
