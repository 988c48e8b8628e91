//! The stops that are about names: renaming, linking, listing, removing, and the errors that paths can give.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, symlink};
#[cfg(target_os = "wasi")]
use std::os::wasi::fs::{MetadataExt, symlink_path as symlink};
use std::path::Path;

use crate::Outcome;
use crate::tree::{names, noise, walk};

/// The numbers that WASI preview1 gives to the errors that the tour expects.
#[cfg(target_os = "wasi")]
mod errno {
    pub const EXIST: i32 = 20;
    pub const ISDIR: i32 = 31;
    pub const LOOP: i32 = 32;
    pub const NOENT: i32 = 44;
    pub const NOTDIR: i32 = 54;
    pub const NOTEMPTY: i32 = 55;
}

/// Linux's numbers for the same.
#[cfg(unix)]
mod errno {
    pub const EXIST: i32 = 17;
    pub const ISDIR: i32 = 21;
    pub const LOOP: i32 = 40;
    pub const NOENT: i32 = 2;
    pub const NOTDIR: i32 = 20;
    pub const NOTEMPTY: i32 = 39;
}

pub fn rename(root: &Path) -> Outcome {
    let (old, new) = (
        root.join("inn/floor-1/room-103"),
        root.join("inn/floor-2/suite"),
    );
    let mut open = File::open(old.join("ledger.bin"))?;
    fs::rename(&old, &new)?;
    check!(
        fs::symlink_metadata(&old).is_err_and(|e| e.kind() == ErrorKind::NotFound),
        "the old name stayed"
    );
    check!(
        fs::read(new.join("ledger.bin"))? == noise(3, 100),
        "the contents did not come along"
    );
    let mut kept = Vec::new();
    open.read_to_end(&mut kept)?;
    check!(kept == noise(3, 100), "the open file lost its contents");
    fs::write(root.join("draft.txt"), "second")?;
    fs::write(root.join("final.txt"), "first")?;
    fs::rename(root.join("draft.txt"), root.join("final.txt"))?;
    check!(
        fs::read_to_string(root.join("final.txt"))? == "second",
        "the rename did not replace"
    );
    check!(
        fs::rename(root.join("inn"), root.join("inn/floor-1/inn")).is_err(),
        "a directory moved into itself"
    );
    Ok("a directory moved, a file replaced, a loop refused".into())
}

pub fn hard_link(root: &Path) -> Outcome {
    let (first, second) = (root.join("guests.txt"), root.join("inn/guests.txt"));
    fs::hard_link(&first, &second)?;
    let (a, b) = (fs::metadata(&first)?, fs::metadata(&second)?);
    check!(
        (a.dev(), a.ino()) == (b.dev(), b.ino()),
        "the two names are different files"
    );
    check!(a.nlink() == 2, "{} links", a.nlink());
    OpenOptions::new()
        .append(true)
        .open(&second)?
        .write_all(b"5 Radia\n")?;
    check!(
        fs::read_to_string(&first)?.ends_with("5 Radia\n"),
        "one name does not see the other's write"
    );
    fs::remove_file(&first)?;
    let left = fs::metadata(&second)?;
    check!(
        left.nlink() == 1 && left.len() == 42,
        "{} links, {} bytes",
        left.nlink(),
        left.len()
    );
    Ok("two names for one file, then one again".into())
}

pub fn symbolic_link(root: &Path) -> Outcome {
    symlink("inn/guests.txt", root.join("book"))?;
    symlink("floor-2", root.join("inn/first-class"))?;
    symlink("nowhere", root.join("dangling"))?;
    symlink("loop", root.join("loop"))?;
    check!(
        fs::read_link(root.join("book"))? == Path::new("inn/guests.txt"),
        "the target changed"
    );
    check!(
        fs::read(root.join("book"))?.len() == 42,
        "the link does not lead to the book"
    );
    check!(
        fs::symlink_metadata(root.join("book"))?.is_symlink(),
        "lstat followed the link"
    );
    let through = root.join("inn/first-class/../first-class/suite/ledger.bin");
    check!(
        fs::read(through)?.len() == 100,
        "a link in the middle of a path was not followed"
    );
    check!(
        File::open(root.join("dangling")).is_err_and(|e| e.kind() == ErrorKind::NotFound),
        "dangling leads somewhere"
    );
    fs::write(root.join("dangling"), "made through the link")?;
    check!(
        fs::metadata(root.join("nowhere"))?.len() == 21,
        "nothing was created through the link"
    );
    check!(
        File::open(root.join("loop")).is_err_and(|e| e.raw_os_error() == Some(errno::LOOP)),
        "the loop is not ELOOP"
    );
    Ok("followed, created through, a loop refused".into())
}

pub fn list(root: &Path) -> Outcome {
    let dir = root.join("keys");
    fs::create_dir(&dir)?;
    for key in 0..1000 {
        fs::write(dir.join(format!("key-{key:04}")), key.to_string())?;
    }
    let listed = names(&dir)?;
    let expected = (0..1000)
        .map(|key| format!("key-{key:04}"))
        .collect::<Vec<_>>();
    check!(listed == expected, "{} names listed", listed.len());
    // Entries that are removed while the listing goes on must not make it lose others.
    let mut seen = 0;
    for entry in fs::read_dir(&dir)? {
        fs::remove_file(entry?.path())?;
        seen += 1;
    }
    check!(
        seen == 1000 && names(&dir)?.is_empty(),
        "{seen} seen, {} left",
        names(&dir)?.len()
    );
    Ok("1000 names in order, each removed during a listing".into())
}

pub fn errors(root: &Path) -> Outcome {
    let cases: [(&str, io::Result<()>, i32); 7] = [
        (
            "open a missing file",
            File::open(root.join("missing")).map(drop),
            errno::NOENT,
        ),
        (
            "go through a missing name",
            fs::metadata(root.join("missing/../inn")).map(drop),
            errno::NOENT,
        ),
        (
            "create what exists",
            File::create_new(root.join("final.txt")).map(drop),
            errno::EXIST,
        ),
        (
            "mkdir over a file",
            fs::create_dir(root.join("final.txt")),
            errno::EXIST,
        ),
        (
            "remove a full directory",
            fs::remove_dir(root.join("inn")),
            errno::NOTEMPTY,
        ),
        (
            "use a file as a directory",
            fs::metadata(root.join("final.txt/x")).map(drop),
            errno::NOTDIR,
        ),
        (
            "write to a directory",
            File::create(root.join("inn")).map(drop),
            errno::ISDIR,
        ),
    ];
    let count = cases.len();
    for (what, result, expected) in cases {
        let got = result.err().and_then(|error| error.raw_os_error());
        check!(
            got == Some(expected),
            "{what}: errno {got:?} instead of {expected}"
        );
    }
    Ok(format!("{count} mistakes, {count} right answers"))
}

/// A guest's tree has no outside: climbing past its root is refused, or stays at the root as in a chroot. (A plain Unix
/// passes too, since above its root there is only the root.)
pub fn way_out(root: &Path) -> Outcome {
    let up = "../".repeat(root.components().count() + 3);
    let id = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    let inside = id(Path::new("/"))?;
    let made = symlink(&up, root.join("exit")).is_ok();
    for path in [root.join(&up), root.join("exit"), root.join("inn/../exit")] {
        check!(
            id(&path).is_err() || id(&path)? == inside,
            "{} leads outside",
            path.display()
        );
    }
    if made {
        fs::remove_file(root.join("exit"))?;
    }
    Ok("none found".into())
}

pub fn take_down(root: &Path) -> Outcome {
    let mut deep = root.join("cellar");
    for _ in 0..64 {
        deep.push("down");
    }
    fs::create_dir_all(&deep)?;
    let entries = walk(root)?.len();
    check!(entries == 104, "{entries} entries are left");
    fs::remove_dir_all(root)?;
    check!(!root.try_exists()?, "the tree is still there");
    Ok(format!("{entries} entries removed, nothing left behind"))
}
