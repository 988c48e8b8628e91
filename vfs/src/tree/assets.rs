use std::fmt;
use std::sync::Arc;

use super::builder::make_parent;
use super::tree_path::last_name;
use super::{Lend, Tree, TreeError, TreeResult};
use crate::{Errno, MemFs, Name, Place, SetTime, SetTimes, Stop, Timestamp};

/// A chain of calls that fills a [`MemFs`] with files whose contents are lent to it, not copied: what is built into the program, mapped, or in memory anyway.
///
/// [`Lend`] says what can be lent. The bytes are copied page by page where somebody writes to them, and count as
/// [`logical_bytes`](crate::Usage::logical_bytes), not as `private_bytes`. Missing parents are made. After the first failure the rest does nothing, and
/// [`finish`](Self::finish) returns the failure. For contents that may be copied, and for any other filesystem, there is [`Tree::build`].
///
/// # Examples
/// ```
/// use guesthouse_vfs::{Assets, Timestamp, Tree, TreeResult};
///
/// # fn main() -> TreeResult<()> {
/// // `include_bytes!("motd")`, say.
/// static MOTD: &[u8; 9] = b"Welcome.\n";
///
/// let image = Assets::new()
///     .file("etc/motd", MOTD)
///     .modified("etc/motd", Timestamp::from_parts(1_700_000_000, 0))
///     .executable("bin/tool", b"\0asm")
///     .symlink("bin/alias", "tool")
///     .dir("tmp")
///     .finish()?;
/// assert_eq!(image.usage().private_bytes, "tool".len() as u64);
///
/// // Each guest gets a fork. What it writes is its own.
/// let mine = Tree::new(image.fork());
/// mine.write("etc/motd", "Go away.\n")?;
/// assert_eq!(Tree::new(image).read("etc/motd")?, MOTD);
/// # Ok(())
/// # }
/// ```
#[must_use = "a failure is known only from `finish`"]
pub struct Assets {
    fs: Arc<MemFs>,
    tree: Tree,
    result: TreeResult<()>,
}

impl Assets {
    /// Begins a chain on a new filesystem with the default limits.
    pub fn new() -> Self {
        Self::in_fs(MemFs::new())
    }

    /// Begins a chain on this filesystem.
    pub fn in_fs(fs: Arc<MemFs>) -> Self {
        Self {
            tree: Tree::new(fs.clone()),
            fs,
            result: Ok(()),
        }
    }

    /// Makes a file of these contents, with the permission bits `0o644`. It must not be there yet.
    pub fn file(self, path: impl AsRef<[u8]>, contents: impl Lend) -> Self {
        self.lend(path.as_ref(), 0o644, contents)
    }

    /// Makes a file of these contents, with the permission bits `0o755`. It must not be there yet.
    pub fn executable(self, path: impl AsRef<[u8]>, contents: impl Lend) -> Self {
        self.lend(path.as_ref(), 0o755, contents)
    }

    /// Makes a directory; it may exist.
    pub fn dir(self, path: impl AsRef<[u8]>) -> Self {
        self.step(|_, tree| tree.create_dir_all(path))
    }

    /// Makes a symbolic link `path` that leads to `target`. (The target is copied: links count as private bytes.)
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        self.step(|_, tree| {
            make_parent(tree, path)?;
            tree.symlink(path, target)
        })
    }

    /// Sets the permission bits of what is there.
    pub fn mode(self, path: impl AsRef<[u8]>, mode: u32) -> Self {
        self.step(|_, tree| tree.set_mode(path, mode))
    }

    /// Sets when what is there was last modified and accessed, where the assets know it. Without it that is the time of the filesystem's clock.
    pub fn modified(self, path: impl AsRef<[u8]>, time: Timestamp) -> Self {
        let times = SetTimes {
            accessed: SetTime::At(time),
            modified: SetTime::At(time),
        };
        self.step(|_, tree| tree.set_times(path, times))
    }

    /// Ends the chain, and returns the filesystem.
    ///
    /// # Errors
    /// The first failure of a step; besides those of a [`Tree`], [`Errno::Exist`] for a file that is there, [`Errno::Invalid`] for the path of a file that ends in
    /// no name, [`Errno::NoSpace`] and [`Errno::FileTooBig`].
    pub fn finish(self) -> TreeResult<Arc<MemFs>> {
        self.result.map(|()| self.fs)
    }

    fn lend(self, path: &[u8], mode: u32, contents: impl Lend) -> Self {
        self.step(|fs, tree| {
            make_parent(tree, path)?;
            add(fs, tree, path, mode, contents)
                .map_err(|errno| TreeError::new("create", path, errno))
        })
    }

    fn step(self, step: impl FnOnce(&MemFs, &Tree) -> TreeResult<()>) -> Self {
        let Self { fs, tree, result } = self;
        let result = result.and_then(|()| step(&fs, &tree));
        Self { fs, tree, result }
    }
}

fn add(fs: &MemFs, tree: &Tree, path: &[u8], mode: u32, contents: impl Lend) -> Result<(), Errno> {
    let (parent, name) = last_name(path).ok_or(Errno::Invalid)?;
    let name = Name::new(name).ok_or(Errno::Invalid)?;
    let dir = tree.open_dir(parent)?;
    let place = Place::act(dir.node(), std::slice::from_ref(&name));
    fs.add_bytes(place, mode, contents.lend())
        .map_err(|stop: Stop| stop.errno())
}

impl Default for Assets {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assets")
            .field("fs", &self.fs)
            .field("result", &self.result)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn nothing_of_what_can_be_lent_is_copied() {
        const LEN: usize = 100_000;
        static BYTES: [u8; LEN] = [7; LEN];
        let kept = bytes::Bytes::from(vec![1; LEN]);
        let fs = Assets::new()
            .file("array", &BYTES)
            .file("slice", &BYTES[..])
            .file("str", "static")
            .file("cow", Cow::Borrowed(&BYTES[..]))
            .file("owned/cow", Cow::<[u8]>::Owned(vec![2; LEN]))
            .file("vec", vec![3; LEN])
            .file("string", "t".repeat(LEN))
            .file("bytes", kept.clone())
            .finish()
            .unwrap();
        let usage = fs.usage();
        assert_eq!(usage.private_bytes, 0);
        assert_eq!(usage.logical_bytes, 7 * LEN as u64 + 6);
        let tree = Tree::new(fs);
        assert_eq!(tree.read("owned/cow").unwrap(), [2; LEN]);
        assert_eq!(tree.read("cow").unwrap(), BYTES);
        assert_eq!(tree.read_to_string("string").unwrap(), "t".repeat(LEN));
        assert!(!kept.is_unique());
    }

    #[test]
    fn modes_and_times_are_as_told() {
        let time = Timestamp::from_parts(1_700_000_000, 5);
        let fs = Assets::new()
            .file("a/b/plain", b"")
            .executable("a/tool", b"")
            .mode("a/b/plain", 0o444)
            .modified("a/b/plain", time)
            .symlink("l", "a")
            .file("l/through", b"x")
            .finish()
            .unwrap();
        let tree = Tree::new(fs);
        let plain = tree.metadata("a/b/plain").unwrap();
        assert_eq!(
            (plain.mode, plain.modified, plain.accessed),
            (0o444, time, time)
        );
        assert_eq!(tree.metadata("a/tool").unwrap().mode, 0o755);
        assert_eq!(tree.read("a/through").unwrap(), b"x");
    }

    #[test]
    fn the_first_failure_is_told() {
        let failed = |assets: Assets| assets.finish().unwrap_err().errno();
        let one = || Assets::new().file("d/f", b"first");
        assert_eq!(failed(one().file("/d/f", b"").file("", b"")), Errno::Exist);
        assert_eq!(failed(one().file("d/f/g", b"")), Errno::Exist);
        for path in ["/", "d/", "d/.", "..", "a\0"] {
            assert_eq!(failed(one().file(path, b"")), Errno::Invalid, "{path:?}");
        }
        assert_eq!(failed(one().file("", b"")), Errno::NoEntry);
        let limits = crate::Limits {
            logical_bytes: 10,
            ..Default::default()
        };
        let small = Assets::in_fs(MemFs::builder().limits(limits).build());
        assert_eq!(failed(small.file("f", &[0; 11])), Errno::NoSpace);
    }
}
