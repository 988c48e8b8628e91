//! What the host's permission bits forbid, to one who is no superuser.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::ground::{Ground, READ, WRITE, failed, on_every_ground, outcome, p};
use guesthouse_vfs::{
    Access, Errno, FileSystem, OpenFile, OpenOptions, Opened, SetTime, SetTimes, SyncKind,
    Timestamp,
};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

on_every_ground! {
    a_file_that_may_not_be_read_opens_for_neither
    a_directory_that_may_not_be_listed_is_still_walked
    a_directory_that_may_not_be_searched_stops_the_walk
    a_directory_that_may_not_be_changed_stays
}

/// Runs `work` in a thread that has no privileges but those of the files' owner. (Linux keeps privileges by thread.)
fn unprivileged(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut sets = capabilities(None).expect("capabilities");
            sets.effective = CapabilitySet::empty();
            set_capabilities(None, sets).expect("fewer capabilities");
            work();
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

fn permit(ground: &Ground, path: &str, mode: u32) {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(ground.host(path), permissions).expect("permissions");
}

const NEITHER: OpenOptions = OpenOptions::existing(Access {
    read: false,
    write: false,
});

fn a_file_that_may_not_be_read_opens_for_neither(ground: &Ground) {
    ground.put("a/file", "secret");
    permit(ground, "a/file", 0o200);
    unprivileged(|| {
        assert_eq!(
            outcome(ground.open("a/file", READ)),
            failed(1, Errno::Access)
        );
        assert_eq!(outcome(ground.open("a/file", WRITE)), Ok(()));
        let fs = &ground.fs;
        let modified = SetTimes {
            modified: SetTime::At(Timestamp::EPOCH),
            ..SetTimes::default()
        };
        fs.set_times(p("a/file").follow(fs.root()), modified)
            .expect("times");
        if cfg!(guesthouse_portable) {
            // There is no portable way to hold a node without opening it.
            let opened = ground.open("a/file", NEITHER);
            assert_eq!(outcome(opened), failed(1, Errno::Access));
            return;
        }
        let Ok(Opened::File(opened)) = ground.open("a/file", NEITHER) else {
            panic!("no file");
        };
        let file = OpenFile::new(opened, NEITHER.access);
        let metadata = file.metadata().expect("metadata");
        assert_eq!((metadata.size, metadata.modified), (6, Timestamp::EPOCH));
        file.set_times(SetTimes::default()).expect("times");
        fs.set_mode(p("a/file").follow(fs.root()), 0o000)
            .expect("mode");
        file.set_mode(0o600).expect("mode");
        assert_eq!(outcome(ground.open("a/file", READ)), Ok(()));
    });
}

fn a_directory_that_may_not_be_listed_is_still_walked(ground: &Ground) {
    ground.put("a/b/file", "");
    permit(ground, "a/b", 0o300);
    unprivileged(|| {
        let fs = &ground.fs;
        let file = fs.metadata(p("a/b/file").follow(fs.root()));
        assert_eq!(outcome(file), Ok(()));
        if cfg!(guesthouse_portable) {
            // Opened for whatever; it is the listing that is refused.
            let dir = ground.dir("a/b");
            assert_eq!(fs.open_dir_stream(dir).err(), Some(Errno::Access));
            return;
        }
        let listed = ground.open("a/b", OpenOptions::directory());
        assert_eq!(outcome(listed), failed(1, Errno::Access));
        for path in ["a/b", "a/b/"] {
            let Ok(Opened::Dir(dir)) = ground.open(path, NEITHER) else {
                panic!("no directory");
            };
            let file = fs.metadata(p("file").follow(dir));
            assert_eq!(outcome(file), Ok(()));
            fs.create_dir(p("new").act(dir), 0o777).expect("made");
            fs.remove_dir(p("new").act(dir)).expect("removed");
            fs.set_times(p("").follow(dir), SetTimes::default())
                .expect("times");
            let again = fs.open(p("").follow(dir), NEITHER).map(drop);
            assert_eq!(again, Ok(()));
            let again = fs.open(p("").follow(dir), OpenOptions::directory());
            assert_eq!(outcome(again), failed(0, Errno::Access));
            assert_eq!(fs.open_dir_stream(dir).err(), Some(Errno::Access));
            assert_eq!(fs.sync_dir(dir, SyncKind::All), Err(Errno::Access));
            fs.release(dir);
        }
    });
    permit(ground, "a/b", 0o700);
}

fn a_directory_that_may_not_be_searched_stops_the_walk(ground: &Ground) {
    ground.put("a/b/c/file", "");
    permit(ground, "a/b", 0o600);
    unprivileged(|| {
        let fs = &ground.fs;
        let access = failed(2, Errno::Access);
        for path in ["a/b/c", "a/b/c/file", "a/b/x"] {
            let place = p(path);
            let place = place.follow(fs.root());
            assert_eq!(outcome(fs.metadata(place)), access, "{path}");
            assert_eq!(outcome(fs.open(place, READ)), access, "{path}");
        }
    });
    permit(ground, "a/b", 0o700);
}

fn a_directory_that_may_not_be_changed_stays(ground: &Ground) {
    ground.put("a/file", "");
    ground.put_dir("a/dir");
    permit(ground, "a", 0o500);
    unprivileged(|| {
        let fs = &ground.fs;
        let root = fs.root();
        let access = failed(1, Errno::Access);
        let (new, file, dir) = (p("a/new"), p("a/file"), p("a/dir"));
        assert_eq!(outcome(fs.create_dir(new.act(root), 0o777)), access);
        assert_eq!(outcome(fs.symlink(b"t", new.act(root))), access);
        assert_eq!(outcome(fs.unlink(file.act(root))), access);
        assert_eq!(outcome(fs.remove_dir(dir.act(root))), access);
        assert_eq!(outcome(fs.link(file.act(root), new.act(root))), access);
        assert_eq!(outcome(fs.rename(file.act(root), new.act(root))), access);
        let create = OpenOptions::create();
        assert_eq!(outcome(fs.open(new.follow(root), create)), access);
        // What is there opens, also for one who would have made it.
        assert_eq!(outcome(fs.open(file.follow(root), create)), Ok(()));
        let exclusive = fs.open(file.act(root), OpenOptions::create_new());
        assert_eq!(outcome(exclusive), failed(1, Errno::Exist));
        assert_eq!(
            outcome(fs.create_dir(dir.act(root), 0o777)),
            failed(1, Errno::Exist)
        );
    });
    permit(ground, "a", 0o700);
}
