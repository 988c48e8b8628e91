//! Nothing leaves the directory, nothing blocks, nothing is opened that acts by being opened.

use std::fs;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ground::{
    Ground, READ, READ_WRITE, WRITE, failed, on_every_ground, outcome, p, read_at,
};
use guesthouse_vfs::{
    Access, Cause, Errno, FileSystem, FileType, HostFs, OpenFile, OpenOptions, Opened, Stop,
};

on_every_ground! {
    a_directory_that_becomes_a_link_while_it_is_walked_never_leads_outside
    a_file_that_becomes_a_link_while_it_is_opened_never_leads_outside
    a_fifo_is_neither_waited_for_nor_opened
    a_file_that_becomes_a_fifo_never_blocks
    sockets_are_not_opened
}

/// Sets its flag when it goes, also when a test fails, so that the other thread ends.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Swaps what has this name with a link to the outside, over and over, for as long as `work` runs.
fn while_swapped(ground: &Ground, name: &str, target: &str, work: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    let real = ground.host(name);
    let aside = ground.host("aside");
    let decoy = ground.host("decoy");
    std::os::unix::fs::symlink(ground.outside(target), &decoy).expect("a link");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&real, &aside).expect("aside");
                fs::rename(&decoy, &real).expect("the link in");
                fs::rename(&real, &decoy).expect("the link out");
                fs::rename(&aside, &real).expect("back");
                // So that the real one is there for a while, too.
                std::thread::yield_now();
            }
        });
        let _stopping = Stopping(&stop);
        work();
    });
}

/// How often to try against a thread that swaps names.
const ROUNDS: usize = 1000;

/// Rounds until the names were met in each state; far more than it takes, so that a test fails rather than hangs.
fn rounds() -> std::ops::Range<usize> {
    0..1000 * ROUNDS
}

/// Opens and reads; it is either what lies inside, or a stop that the swapping explains.
fn read_inside(ground: &Ground, path: &'static str, options: OpenOptions) -> bool {
    match ground.open(path, options) {
        Ok(Opened::File(file)) => {
            let file = OpenFile::new(file, options.access);
            assert_eq!(read_at(&file, 0, 100), b"inside");
            true
        }
        Ok(Opened::Dir(_)) => panic!("{path} is a directory"),
        Err(Stop {
            cause: Cause::Link(_) | Cause::Missing | Cause::Failed(Errno::Again),
            ..
        }) => false,
        Err(stop) => panic!("{stop:?}"),
    }
}

fn a_directory_that_becomes_a_link_while_it_is_walked_never_leads_outside(ground: &Ground) {
    ground.put("deep/dir/secret", "inside");
    fs::create_dir(ground.outside("other")).expect("a directory");
    fs::write(ground.outside("other/secret"), "outside").expect("a file");
    while_swapped(ground, "deep/dir", "other", || {
        let mut read = 0;
        for round in rounds() {
            if round >= ROUNDS && read > 0 {
                break;
            }
            let options = if round % 2 == 0 { READ } else { READ_WRITE };
            read += usize::from(read_inside(ground, "deep/dir/secret", options));
            let fs = &ground.fs;
            let made = fs.create_dir(p("deep/dir/made").act(fs.root()), 0o777);
            if made.is_ok() {
                let _ = fs.remove_dir(p("deep/dir/made").act(fs.root()));
            }
            let _ = fs.unlink(p("deep/dir/made").act(fs.root()));
        }
        assert!(read > 0, "the file was never met in its place");
    });
    let outside = fs::read_dir(ground.outside("other")).expect("the outside");
    assert_eq!(outside.count(), 1, "nothing was made outside");
    let untouched = fs::read_to_string(ground.outside("other/secret"));
    assert_eq!(untouched.expect("the outer file"), "outside");
}

fn a_file_that_becomes_a_link_while_it_is_opened_never_leads_outside(ground: &Ground) {
    ground.put("secret", "inside");
    fs::write(ground.outside("outer"), "outside").expect("a file");
    while_swapped(ground, "secret", "outer", || {
        let mut read = 0;
        for round in rounds() {
            if round >= ROUNDS && read > 0 {
                break;
            }
            read += usize::from(read_inside(ground, "secret", READ));
        }
        assert!(read > 0, "the file was never met in its place");
        let times = guesthouse_vfs::SetTimes {
            modified: guesthouse_vfs::SetTime::At(guesthouse_vfs::Timestamp::EPOCH),
            ..Default::default()
        };
        for _ in 0..500 {
            let fs = &ground.fs;
            let _ = fs.set_mode(p("secret").follow(fs.root()), 0o600);
            let _ = fs.set_times(p("secret").follow(fs.root()), times);
        }
    });
    let outer = fs::metadata(ground.outside("outer")).expect("the outer file");
    assert_ne!(
        outer.modified().expect("a time"),
        std::time::SystemTime::UNIX_EPOCH
    );
    let untouched = fs::read_to_string(ground.outside("outer"));
    assert_eq!(untouched.expect("the outer file"), "outside");
}

#[cfg(target_os = "linux")]
fn make_fifo(ground: &Ground, path: &str) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(
        CWD,
        ground.host(path),
        FileType::Fifo,
        Mode::from_bits_retain(0o600),
        0,
    )
    .expect("a FIFO");
}

#[cfg(not(target_os = "linux"))]
fn make_fifo(ground: &Ground, path: &str) {
    let made = std::process::Command::new("mkfifo")
        .arg(ground.host(path))
        .status();
    assert!(made.expect("mkfifo runs").success());
}

/// The ways to open that must not touch a FIFO.
fn every_way() -> [OpenOptions; 6] {
    let truncate = OpenOptions {
        truncate: true,
        ..WRITE
    };
    [
        READ,
        WRITE,
        READ_WRITE,
        truncate,
        OpenOptions::create(),
        OpenOptions::existing(Access::default()),
    ]
}

fn a_fifo_is_neither_waited_for_nor_opened(ground: &Ground) {
    ground.put_dir("a");
    make_fifo(ground, "a/fifo");
    let opened = Opens::of(&ground.host("a/fifo"));
    for options in every_way() {
        let answer = ground.open("a/fifo", options);
        assert_eq!(outcome(answer), failed(1, Errno::NotSupported));
    }
    for options in [OpenOptions::directory(), READ] {
        let answer = ground.open("a/fifo/", options);
        assert_eq!(outcome(answer), failed(1, Errno::NotDir));
    }
    let fs = &ground.fs;
    let fifo = p("a/fifo");
    let metadata = fs.metadata(fifo.follow(fs.root())).expect("metadata");
    assert_eq!(metadata.file_type, FileType::Unknown);
    fs.set_times(fifo.follow(fs.root()), Default::default())
        .expect("times");
    opened.assert_none();
    fs.unlink(fifo.act(fs.root())).expect("it can be removed");
}

fn a_file_that_becomes_a_fifo_never_blocks(ground: &Ground) {
    ground.put("file", "inside");
    make_fifo(ground, "fifo");
    let stop = AtomicBool::new(false);
    let (file, fifo, aside) = (
        ground.host("file"),
        ground.host("fifo"),
        ground.host("aside"),
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&file, &aside).expect("aside");
                fs::rename(&fifo, &file).expect("the FIFO in");
                fs::rename(&file, &fifo).expect("the FIFO out");
                fs::rename(&aside, &file).expect("back");
            }
        });
        let _stopping = Stopping(&stop);
        for round in 0..ROUNDS {
            let options = [READ, WRITE, READ_WRITE][round % 3];
            match ground.open("file", options) {
                Ok(Opened::File(opened)) => {
                    assert_eq!(opened.file_type, FileType::File);
                    let metadata = opened.file.metadata().expect("metadata");
                    assert_eq!(metadata.file_type, FileType::File);
                }
                Ok(Opened::Dir(_)) => panic!("a directory"),
                Err(stop) => assert!(
                    matches!(
                        stop.errno(),
                        Errno::NotSupported | Errno::NoEntry | Errno::Again
                    ),
                    "{stop:?}"
                ),
            }
        }
    });
}

fn sockets_are_not_opened(ground: &Ground) {
    // The path of a socket has to be short, so it is bound from inside.
    let listener = UnixListener::bind(ground.host("socket")).expect("a socket");
    for options in every_way() {
        let answer = ground.open("socket", options);
        assert_eq!(outcome(answer), failed(0, Errno::NotSupported));
    }
    let fs = &ground.fs;
    let metadata = fs.metadata(p("socket").act(fs.root())).expect("metadata");
    assert_eq!(metadata.file_type, FileType::Socket);
    drop(listener);
}

/// Counts how often a file is opened, by whomever.
#[cfg(target_os = "linux")]
struct Opens(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Opens {
    fn of(path: &std::path::Path) -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).expect("inotify");
        add_watch(&watch, path, WatchFlags::OPEN).expect("a watch");
        Self(watch)
    }

    fn assert_none(&self) {
        let mut events = [0; 4096];
        let read = rustix::io::read(&self.0, &mut events);
        assert_eq!(read, Err(rustix::io::Errno::AGAIN), "it was opened");
    }
}

#[cfg(not(target_os = "linux"))]
struct Opens;

#[cfg(not(target_os = "linux"))]
impl Opens {
    fn of(_: &std::path::Path) -> Self {
        Self
    }

    fn assert_none(&self) {}
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;

    fn both_walks(path: &str) -> [std::sync::Arc<HostFs>; 2] {
        [
            HostFs::open_ambient(path).expect("a directory"),
            HostFs::open_ambient_by_steps(path).expect("a directory"),
        ]
    }

    #[test]
    fn the_links_of_proc_are_links() {
        let exe = std::env::current_exe().expect("this program");
        for fs in both_walks("/proc/self") {
            let root = fs.open(p("root/etc").follow(fs.root()), READ);
            assert_eq!(outcome(root), crate::ground::link(0, "/"));
            let root = fs.open(p("root").act(fs.root()), OpenOptions::directory());
            assert_eq!(outcome(root), failed(0, Errno::Loop));
            let program = fs.open(p("exe").follow(fs.root()), READ);
            let target = exe.to_str().expect("a path in UTF-8");
            assert_eq!(outcome(program), crate::ground::link(0, target));
            let cwd = fs.metadata(p("cwd/x").follow(fs.root()));
            assert!(matches!(
                cwd,
                Err(Stop {
                    index: 0,
                    cause: Cause::Link(_),
                    ..
                })
            ));
        }
    }

    #[test]
    fn devices_are_not_opened() {
        for fs in both_walks("/dev") {
            for options in every_way() {
                let answer = fs.open(p("null").follow(fs.root()), options);
                assert_eq!(outcome(answer), failed(0, Errno::NotSupported));
            }
            let null = fs.metadata(p("null").act(fs.root())).expect("metadata");
            assert_eq!(null.file_type, FileType::CharDevice);
        }
    }

    /// A directory below which the host has mounted another file system, which counts its nodes from the beginning as well.
    #[test]
    fn numbers_of_a_file_system_mounted_below_are_told_apart() {
        use std::os::unix::fs::MetadataExt;
        let device = |path| fs::metadata(path).expect("metadata").dev();
        let mounted = device("/dev") != device("/dev/shm");
        let temporary = tempfile::tempdir_in("/dev/shm").expect("a directory");
        fs::write(temporary.path().join("file"), "").expect("a file");
        let host = fs::metadata(temporary.path().join("file")).expect("metadata");
        let path = temporary.path().join("file");
        let path = path.strip_prefix("/dev").expect("below /dev");
        let path = path.to_str().expect("a path in UTF-8");
        for fs in both_walks("/dev") {
            let metadata = fs.metadata(p(path).follow(fs.root())).expect("metadata");
            assert_eq!(metadata.ino != host.ino(), mounted);
            assert_eq!(metadata.dev, 0);
            let Ok(Opened::File(opened)) = fs.open(p(path).follow(fs.root()), READ) else {
                panic!("no file");
            };
            let open = opened.file.metadata().expect("metadata");
            assert_eq!(open.ino, metadata.ino);
            let parent = path.strip_suffix("/file").expect("a parent");
            let Ok(Opened::Dir(dir)) = fs.open(p(parent).follow(fs.root()), READ) else {
                panic!("no directory");
            };
            let mut listed = Vec::new();
            let mut stream = fs.open_dir_stream(dir).expect("a listing");
            let mut sink = |entry: guesthouse_vfs::DirEntry<'_>| {
                listed.push(entry.ino);
                std::ops::ControlFlow::Continue(())
            };
            stream.next_from(0, &mut sink).expect("entries");
            assert_eq!(listed, [metadata.ino]);
        }
    }
}
