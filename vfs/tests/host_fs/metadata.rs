//! What is known of a node, and changing its times and mode.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::ground::{
    Ground, READ, READ_WRITE, Storage, Walking, failed, link, missing, on_every_ground, outcome, p,
};
use guesthouse_vfs::{
    Access, Errno, FileSystem, FileType, OpenOptions, SetTime, SetTimes, Timestamp,
};

on_every_ground! {
    metadata_is_the_hosts
    a_trailing_slash_demands_a_directory
    a_link_is_described_or_reported
    two_names_of_a_node_have_its_number
    times_of_each_kind_are_set
    a_time_can_be_kept_or_be_now
    times_of_a_link_are_its_own
    times_are_set_where_they_may_be
    modes_of_each_kind_are_set
    a_link_has_no_mode_to_set
    open_files_have_times_and_modes
}

/// Before the epoch, where the system can set that by name; the portable library sets the epoch for it.
const EARLY: Timestamp = if cfg!(all(target_os = "linux", not(guesthouse_portable))) {
    Timestamp::from_nanos(-1_500_000_000)
} else {
    Timestamp::EPOCH
};
const LATE: Timestamp = Timestamp::from_nanos(2_000_000_000_123_456_000);

fn both(time: Timestamp) -> SetTimes {
    SetTimes {
        accessed: SetTime::At(time),
        modified: SetTime::At(time),
    }
}

fn metadata_is_the_hosts(ground: &Ground) {
    ground.put("a/file", "hello");
    let fs = &ground.fs;
    for path in ["a/file", "a", ""] {
        let ours = fs.metadata(p(path).follow(fs.root())).expect("metadata");
        let host = fs::metadata(ground.host(path)).expect("metadata");
        assert_eq!(ours.ino, host.ino(), "{path}");
        assert_eq!(ours.nlink, host.nlink(), "{path}");
        assert_eq!(ours.size, host.size(), "{path}");
        assert_eq!(ours.allocated, host.blocks() * 512, "{path}");
        assert_eq!(ours.mode, host.mode() & 0o7777, "{path}");
        let modified = Timestamp::from(host.modified().expect("a time"));
        assert_eq!(ours.modified, modified, "{path}");
        let changed = (host.ctime(), u32::try_from(host.ctime_nsec()).unwrap());
        assert_eq!(ours.changed.as_parts(), changed, "{path}");
        let created = host.created().ok().map(Timestamp::from);
        assert_eq!(ours.created, created, "{path}");
        assert_eq!(ours.dev, 0, "{path}");
    }
    let file = fs.metadata(p("a/file").act(fs.root())).expect("metadata");
    assert_eq!(file.file_type, FileType::File);
    let dir = fs.metadata(p("a/").act(fs.root())).expect("metadata");
    assert_eq!(dir.file_type, FileType::Dir);
}

fn a_trailing_slash_demands_a_directory(ground: &Ground) {
    ground.put("a/file", "");
    let fs = &ground.fs;
    let not_dir = failed(1, Errno::NotDir);
    for place in [p("a/file/").follow(fs.root()), p("a/file/").act(fs.root())] {
        assert_eq!(outcome(fs.metadata(place)), not_dir);
        assert_eq!(outcome(fs.set_times(place, both(LATE))), not_dir);
        assert_eq!(outcome(fs.set_mode(place, 0o600)), not_dir);
    }
    for place in [p("a/").follow(fs.root()), p("a/").act(fs.root())] {
        assert_eq!(outcome(fs.metadata(place)), Ok(()));
        assert_eq!(outcome(fs.set_times(place, both(LATE))), Ok(()));
        assert_eq!(outcome(fs.set_mode(place, 0o711)), Ok(()));
    }
    assert_eq!(outcome(fs.metadata(p("x/").act(fs.root()))), missing(0));
}

fn a_link_is_described_or_reported(ground: &Ground) {
    ground.put_dir("a");
    ground.put_link("some/where", "a/link");
    let fs = &ground.fs;
    let itself = fs.metadata(p("a/link").act(fs.root())).expect("metadata");
    assert_eq!(itself.file_type, FileType::Symlink);
    assert_eq!(itself.size, 10);
    for path in ["a/link", "a/link/"] {
        let reported = fs.metadata(p(path).follow(fs.root()));
        assert_eq!(outcome(reported), link(1, "some/where"));
    }
    let slash = fs.metadata(p("a/link/").act(fs.root()));
    assert_eq!(outcome(slash), failed(1, Errno::NotDir));
}

fn two_names_of_a_node_have_its_number(ground: &Ground) {
    ground.put("a", "");
    fs::hard_link(ground.host("a"), ground.host("b")).expect("a hard link");
    let fs = &ground.fs;
    let a = fs.metadata(p("a").act(fs.root())).expect("metadata");
    let b = fs.metadata(p("b").act(fs.root())).expect("metadata");
    assert_eq!((a.ino, a.nlink), (b.ino, 2));
    let file = ground.file("a", READ);
    assert_eq!(file.metadata().expect("metadata").ino, a.ino);
}

fn times_of(ground: &Ground, path: &str) -> (Timestamp, Timestamp) {
    let metadata = fs::symlink_metadata(ground.host(path)).expect("metadata");
    let time = |seconds, nanos| Timestamp::from_parts(seconds, u32::try_from(nanos).unwrap());
    (
        time(metadata.atime(), metadata.atime_nsec()),
        time(metadata.mtime(), metadata.mtime_nsec()),
    )
}

fn times_of_each_kind_are_set(ground: &Ground) {
    ground.put("a/file", "");
    let fs = &ground.fs;
    for path in ["a/file", "a", "a/", ""] {
        for (rule, time) in [("follow", EARLY), ("act", LATE)] {
            let names = p(path);
            let place = match rule {
                "follow" => names.follow(fs.root()),
                _ => names.act(fs.root()),
            };
            fs.set_times(place, both(time)).expect("times");
            assert_eq!(times_of(ground, path), (time, time), "{path} {rule}");
        }
    }
}

fn a_time_can_be_kept_or_be_now(ground: &Ground) {
    ground.put("file", "");
    let fs = &ground.fs;
    let names = p("file");
    let place = names.follow(fs.root());
    fs.set_times(place, both(EARLY)).expect("times");
    let keep = SetTimes::default();
    fs.set_times(place, keep).expect("times");
    assert_eq!(times_of(ground, "file"), (EARLY, EARLY));
    let modified_now = SetTimes {
        modified: SetTime::Now,
        ..keep
    };
    fs.set_times(place, modified_now).expect("times");
    let (accessed, modified) = times_of(ground, "file");
    assert_eq!(accessed, EARLY);
    assert!(modified > EARLY);
    let accessed_later = SetTimes {
        accessed: SetTime::At(LATE),
        ..keep
    };
    fs.set_times(place, accessed_later).expect("times");
    assert_eq!(times_of(ground, "file"), (LATE, modified));
}

fn times_of_a_link_are_its_own(ground: &Ground) {
    ground.put("file", "");
    ground.put_link("file", "link");
    let fs = &ground.fs;
    let before = times_of(ground, "file");
    fs.set_times(p("link").act(fs.root()), both(EARLY))
        .expect("times");
    assert_eq!(times_of(ground, "link").1, EARLY);
    assert_eq!(times_of(ground, "file"), before);
    let followed = fs.set_times(p("link").follow(fs.root()), both(LATE));
    assert_eq!(outcome(followed), link(0, "file"));
    assert_eq!(times_of(ground, "file"), before);
}

#[test]
fn a_time_before_the_epoch_never_panics() {
    let ground = Ground::new(Storage::Memory, Walking::Best);
    ground.put("file", "");
    let fs = &ground.fs;
    for time in [Timestamp::from_nanos(-1), Timestamp::from_nanos(i64::MIN)] {
        fs.set_times(p("file").follow(fs.root()), both(time))
            .expect("times");
        fs.set_times(p("").follow(fs.root()), both(time))
            .expect("times");
        let file = ground.file("file", READ);
        // A file system may refuse a time that it cannot keep, or clamp it.
        let _ = file.set_times(both(time));
        assert!(file.metadata().expect("metadata").modified <= Timestamp::EPOCH);
    }
}

fn times_are_set_where_they_may_be(ground: &Ground) {
    let fs = &ground.fs;
    for place in [p("x").follow(fs.root()), p("x").act(fs.root())] {
        assert_eq!(outcome(fs.set_times(place, both(LATE))), missing(0));
        assert_eq!(outcome(fs.set_mode(place, 0o600)), missing(0));
    }
}

fn mode_of(ground: &Ground, path: &str) -> u32 {
    let metadata = fs::metadata(ground.host(path)).expect("metadata");
    metadata.permissions().mode() & 0o7777
}

fn modes_of_each_kind_are_set(ground: &Ground) {
    ground.put("a/file", "");
    let fs = &ground.fs;
    for (path, mode) in [("a/file", 0o640), ("a", 0o711), ("a/", 0o755), ("", 0o750)] {
        fs.set_mode(p(path).follow(fs.root()), mode).expect("mode");
        assert_eq!(mode_of(ground, path), mode, "{path}");
    }
    // A file that nobody may read can still be given another mode by its owner.
    for mode in [0o000, 0o644] {
        fs.set_mode(p("a/file").act(fs.root()), mode).expect("mode");
        assert_eq!(mode_of(ground, "a/file"), mode);
    }
}

fn a_link_has_no_mode_to_set(ground: &Ground) {
    ground.put("file", "");
    ground.put_link("file", "link");
    let before = mode_of(ground, "file");
    let fs = &ground.fs;
    let itself = fs.set_mode(p("link").act(fs.root()), 0o600);
    assert_eq!(outcome(itself), failed(0, Errno::NotSupported));
    let followed = fs.set_mode(p("link").follow(fs.root()), 0o600);
    assert_eq!(outcome(followed), link(0, "file"));
    assert_eq!(mode_of(ground, "file"), before);
}

fn open_files_have_times_and_modes(ground: &Ground) {
    ground.put("file", "hello");
    let neither = OpenOptions::existing(Access::default());
    for options in [READ, READ_WRITE, neither] {
        let file = ground.file("file", options);
        for time in [EARLY, LATE] {
            file.set_times(both(time)).expect("times");
            assert_eq!(times_of(ground, "file"), (time, time));
            let modified = file.metadata().expect("metadata").modified;
            assert_eq!(modified, time);
        }
        for mode in [0o600, 0o644] {
            file.set_mode(mode).expect("mode");
            assert_eq!(mode_of(ground, "file"), mode);
        }
    }
}
