//! What a `MemFs` takes of the machine's memory: resident memory, with all that the allocator adds. Linux only.
//! `cargo bench -p guesthouse-vfs --no-default-features --bench memory`
//!
//! Each figure comes from a process of its own, so that none profits from what another one freed.

#![expect(clippy::print_stdout, reason = "figures are what this program prints")]

use std::env;
use std::fs;
use std::io::IoSlice;
use std::process::Command;
use std::sync::Arc;

use guesthouse_vfs::{Access, File, FileSystem, Limits, MemFs, Name, OpenOptions, Opened, Place};

const MILLION: usize = 1_000_000;
const FORKS: usize = 10_000;

/// A name, how many things are made, and what makes them.
type Figure = (&'static str, usize, fn() -> Kept);

/// What is to live until the memory was measured.
type Kept = Vec<Arc<MemFs>>;

const FIGURES: &[Figure] = &[
    ("empty file, 8 bytes of name", MILLION, || files(0, 0, 1)),
    ("file of 64 bytes, 8 bytes of name", MILLION, || {
        files(64, 0, 1)
    }),
    ("file of 64 bytes, 100 in a directory", MILLION, || {
        files(64, 0, 10_000)
    }),
    ("empty file, 40 bytes of name", MILLION, || files(0, 32, 1)),
    ("empty file, 255 bytes of name", 100_000, || {
        in_dirs(100_000, 0, 247, 1)
    }),
    ("empty directory", MILLION, directories),
    ("symbolic link to 16 bytes", MILLION, links),
    ("further name of a file, 8 bytes", MILLION, further_names),
    ("file of 4,096 bytes", 100_000, || {
        in_dirs(100_000, 4096, 0, 1)
    }),
    ("file of 4,097 bytes", 100_000, || {
        in_dirs(100_000, 4097, 0, 1)
    }),
    ("file of 1 TiB of hole", MILLION, holes),
    ("empty filesystem", FORKS, || {
        (0..FORKS).map(|_| MemFs::new()).collect()
    }),
    ("fork of 1,000 files", FORKS, || forks(|_| {})),
    ("fork of 1,000 files that wrote 64 bytes", FORKS, || {
        forks(write_one)
    }),
    ("fork of 1,000 files that made one", FORKS, || {
        forks(make_one)
    }),
];

fn main() {
    let mut args = env::args().skip(1);
    if args.next().as_deref() == Some("--figure") {
        let chosen = args.next().and_then(|number| number.parse::<usize>().ok());
        let (_, count, make) = FIGURES[chosen.expect("a number")];
        let before = resident();
        let kept = make();
        let bytes = resident().saturating_sub(before);
        println!("{:>7} bytes each, {:>5} MiB", bytes / count, bytes >> 20);
        drop(kept);
        return;
    }
    for (number, (name, count, _)) in FIGURES.iter().enumerate() {
        let program = env::current_exe().expect("this program");
        let output = Command::new(program)
            .args(["--figure", &number.to_string()])
            .output()
            .expect("it runs");
        let figure = String::from_utf8_lossy(&output.stdout);
        println!("{count:>9} x {name:<42} {}", figure.trim_end());
    }
}

/// Bytes of memory that this process has in use.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.map_or(0, |pages: usize| pages * 4096)
}

fn limits() -> Limits {
    Limits {
        nodes: 1 << 22,
        names: 1 << 22,
        ..Limits::default()
    }
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

fn put(fs: &MemFs, path: &str, options: OpenOptions, len: usize) {
    let file = file_at(fs, path, options);
    if len > 0 {
        let written = file.write_at(&[IoSlice::new(&vec![7; len])], 0);
        assert_eq!(written, Ok(len));
    }
}

fn mkdir(fs: &MemFs, path: &str) {
    fs.create_dir(Place::act(fs.root(), &names(path)), 0o755)
        .expect("the name is free");
}

fn files(len: usize, longer: usize, dirs: usize) -> Kept {
    in_dirs(MILLION, len, longer, dirs)
}

/// Files of this length in so many directories, with names of 8 bytes and `longer` more.
fn in_dirs(count: usize, len: usize, longer: usize, dirs: usize) -> Kept {
    let fs = MemFs::builder().limits(limits()).build();
    for dir in 0..dirs {
        mkdir(&fs, &format!("d{dir}"));
    }
    for number in 0..count {
        let dir = number * dirs / count;
        let path = format!("d{dir}/{number:08}{}", "x".repeat(longer));
        put(&fs, &path, OpenOptions::create_new(), len);
    }
    vec![fs]
}

fn holes() -> Kept {
    let fs = MemFs::builder().limits(limits()).build();
    for number in 0..MILLION {
        let file = file_at(&fs, &format!("{number:08}"), OpenOptions::create_new());
        file.set_len(1 << 40).expect("holes are free");
    }
    vec![fs]
}

fn directories() -> Kept {
    let fs = MemFs::builder().limits(limits()).build();
    for number in 0..MILLION {
        mkdir(&fs, &format!("{number:08}"));
    }
    vec![fs]
}

fn links() -> Kept {
    let fs = MemFs::builder().limits(limits()).build();
    for number in 0..MILLION {
        let path = format!("{number:08}");
        fs.symlink(b"sixteen bytes of", Place::act(fs.root(), &names(&path)))
            .expect("there is room");
    }
    vec![fs]
}

fn further_names() -> Kept {
    let fs = MemFs::builder().limits(limits()).build();
    put(&fs, "file", OpenOptions::create_new(), 0);
    let old = names("file");
    for number in 0..MILLION {
        let path = format!("{number:08}");
        let new = names(&path);
        fs.link(Place::act(fs.root(), &old), Place::act(fs.root(), &new))
            .expect("there is room");
    }
    vec![fs]
}

/// Forks of an image of 1,000 files of 64 bytes, and that image.
fn forks(change: impl Fn(&MemFs)) -> Kept {
    let fs = MemFs::new();
    for number in 0..1000 {
        let dir = format!("d{}", number / 100);
        if number % 100 == 0 {
            mkdir(&fs, &dir);
        }
        put(
            &fs,
            &format!("{dir}/{number:04}"),
            OpenOptions::create_new(),
            64,
        );
    }
    let snapshot = fs.snapshot();
    let mut kept: Kept = (0..FORKS).map(|_| snapshot.fork()).collect();
    for fork in &kept {
        change(fork);
    }
    kept.push(fs);
    kept
}

fn write_one(fork: &MemFs) {
    put(fork, "d5/0550", OpenOptions::existing(Access::WRITE), 64);
}

fn make_one(fork: &MemFs) {
    put(fork, "d5/new", OpenOptions::create_new(), 64);
}
