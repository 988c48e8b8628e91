use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{FileSystem, HostFs, MemFs, MountFs, Tree};
use guesthouse_wasi::abi::Errno;
use tempfile::TempDir;

/// A directory of the host that the guest is given, `inside`, beside one that it is not, `outside`.
///
/// `inside` has the files `file` and `dir/file`, which hold `inside`, and the empty directory `dir/inner`. `outside` has `secret` and `dir/secret`, which hold `secret`.
pub(crate) struct House {
    around: TempDir,
    outside_before: BTreeMap<PathBuf, Node>,
}

/// Everything about a node that a guest could change.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    mode: u32,
    inode: u64,
    links: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    contents: Vec<u8>,
}

/// What the guest's `/` is. In all of them its paths begin where `inside` is, or looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `inside`.
    Host,
    /// `inside`, walked name by name.
    HostBySteps,
    /// `inside`, with memory as `mount`.
    MemoryInHost,
    /// Memory with `inside` as `mount`, which a descriptor that the guest opened leads to.
    HostInMemory,
    /// Memory alone.
    Memory,
    /// A fork of memory alone.
    Fork,
}

impl Layout {
    pub(crate) const ALL: [Self; 6] = [
        Self::Host,
        Self::HostBySteps,
        Self::MemoryInHost,
        Self::HostInMemory,
        Self::Memory,
        Self::Fork,
    ];

    /// Those in which the guest works in `inside`.
    pub(crate) const ON_HOST: [Self; 4] = [
        Self::Host,
        Self::HostBySteps,
        Self::MemoryInHost,
        Self::HostInMemory,
    ];
}

/// Runs a test in each of these layouts, under both module names, and sees that the outside stays as it is.
#[track_caller]
pub(crate) fn in_layouts(layouts: &[Layout], test: impl Fn(Layout, &House, &mut ByHand)) {
    for &layout in layouts {
        for name in ModuleName::ALL {
            let house = House::new();
            let mut guest = house.guest(layout, name);
            test(layout, &house, &mut guest);
            house.check_outside();
        }
    }
}

/// Makes calls, each with what it must be answered. The first difference fails the test.
#[track_caller]
pub(crate) fn check(at: impl std::fmt::Debug, guest: &mut ByHand, table: &[(&str, Errno)]) {
    for (line, expected) in table {
        let answer = guest.act(line).err().unwrap_or(Errno::Success);
        assert_eq!(answer, *expected, "{at:?}: {line}");
    }
}

impl House {
    pub(crate) fn new() -> Self {
        let around = TempDir::new().unwrap();
        for (path, contents) in [
            ("inside/file", "inside"),
            ("inside/dir/file", "inside"),
            ("outside/secret", "secret"),
            ("outside/dir/secret", "secret"),
        ] {
            let path = around.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        fs::create_dir(around.path().join("inside/dir/inner")).unwrap();
        symlink("secret", around.path().join("outside/link")).unwrap();
        let outside_before = snapshot(&around.path().join("outside"));
        assert_eq!(outside_before.len(), 5);
        Self {
            around,
            outside_before,
        }
    }

    /// The host's path of something in `inside`.
    pub(crate) fn inside(&self, path: &str) -> PathBuf {
        self.around.path().join("inside").join(path)
    }

    /// The host's path of something in `outside`.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.around.path().join("outside").join(path)
    }

    /// Makes a symbolic link in `inside`, from the host's side.
    pub(crate) fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.inside(path)).unwrap();
    }

    pub(crate) fn host_fs(&self) -> Arc<HostFs> {
        HostFs::open_ambient(self.inside("")).unwrap()
    }

    pub(crate) fn fs(&self, layout: Layout) -> Arc<dyn FileSystem> {
        let memory = MemFs::new();
        match layout {
            Layout::Host => self.host_fs(),
            Layout::HostBySteps => HostFs::open_ambient_by_steps(self.inside("")).unwrap(),
            Layout::MemoryInHost => mounted(self.host_fs(), memory),
            Layout::HostInMemory => mounted(memory, self.host_fs()),
            Layout::Memory | Layout::Fork => {
                let tree = Tree::new(Arc::clone(&memory) as Arc<dyn FileSystem>);
                let inside = tree
                    .build()
                    .file("file", "inside")
                    .file("dir/file", "inside");
                inside.dir("dir/inner").finish().unwrap();
                match layout {
                    Layout::Fork => memory.fork(),
                    _ => memory,
                }
            }
        }
    }

    pub(crate) fn guest(&self, layout: Layout, name: ModuleName) -> ByHand {
        let mut guest = ByHand::new(name, self.fs(layout)).unwrap();
        if layout == Layout::HostInMemory {
            let dir = guest.open("open-dir mount").unwrap();
            guest.begin_at(dir);
        }
        guest
    }

    #[track_caller]
    pub(crate) fn check_outside(&self) {
        assert_eq!(snapshot(&self.outside("")), self.outside_before);
    }
}

fn mounted(outer: Arc<dyn FileSystem>, inner: Arc<dyn FileSystem>) -> Arc<dyn FileSystem> {
    MountFs::builder(outer)
        .mount("/mount", inner)
        .unwrap()
        .build()
}

/// Everything below a directory of the host, itself included. Reading moves access times, so these are left out.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Node> {
    let mut nodes = BTreeMap::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let contents = if metadata.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            pending.extend(entries.map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            target.to_str().unwrap().as_bytes().to_vec()
        } else {
            fs::read(&path).unwrap()
        };
        let node = Node {
            mode: metadata.mode(),
            inode: metadata.ino(),
            links: metadata.nlink(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            contents,
        };
        nodes.insert(path, node);
    }
    nodes
}
