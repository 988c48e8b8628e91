use std::fmt;
use std::sync::Arc;

use guesthouse_vfs::{
    DirStream, Errno, FileSystem, Metadata, NodeId, OpenOptions, Opened, OpenedFile, Place,
    SetTimes, Stop, SyncKind, Walk,
};

use super::counted;
use super::faulty_file::{FaultyFile, FaultyStream};
use super::plan::Plan;
use super::{Fault, Operation};

/// A filesystem that passes everything on to another one, but for the operation that it is told to fail or to cut short; and that counts what is open.
///
/// ```
/// use guesthouse_vfs::{Errno, MemFs, Tree};
/// use guesthouse_vfs_tests::fault::{Fault, FaultFs, Operation};
///
/// let fs = FaultFs::new(MemFs::new());
/// let tree = Tree::new(fs.clone());
/// tree.write("/log", "one line").unwrap();
///
/// fs.inject(Fault::failing(2, Errno::Io));
/// assert_eq!(tree.read("/log").unwrap_err().errno(), Errno::Io);
/// assert_eq!(fs.asked()[0], Operation::Open);
/// assert_eq!(tree.read("/log").unwrap(), b"one line");
///
/// fs.inject(Fault::short(2, 3));
/// assert_eq!(tree.read("/log").unwrap(), b"one line");
/// assert_eq!((fs.open_dirs(), fs.open_files(), fs.open_streams()), (0, 0, 0));
/// ```
pub struct FaultFs {
    inner: Arc<dyn FileSystem>,
    plan: Arc<Plan>,
    opened: counted::Opened,
}

impl FaultFs {
    /// Passes on to `inner`. There is no fault until one is injected.
    #[must_use]
    pub fn new(inner: Arc<dyn FileSystem>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            plan: Arc::default(),
            opened: counted::Opened::default(),
        })
    }

    /// Lets an operation go wrong, counted from now on. It takes the place of any other fault.
    pub fn inject(&self, fault: Fault) {
        self.plan.inject(Some(fault));
    }

    /// Takes the fault away and counts operations from now on.
    pub fn reset(&self) {
        self.plan.inject(None);
    }

    /// Takes the fault away and counts on.
    pub fn heal(&self) {
        self.plan.heal();
    }

    /// What it was asked for since the last fault was injected, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Operation> {
        self.plan.asked()
    }

    /// How many operations the fault has met.
    #[must_use]
    pub fn met(&self) -> u64 {
        self.plan.met()
    }

    /// Directories that were opened and not released, each as often as it was opened. [`root`](FileSystem::root) opens nothing.
    #[must_use]
    pub fn open_dirs(&self) -> u64 {
        self.opened.dirs()
    }

    /// Open files that are alive.
    #[must_use]
    pub fn open_files(&self) -> u64 {
        self.opened.files()
    }

    /// Listings that are alive.
    #[must_use]
    pub fn open_streams(&self) -> u64 {
        self.opened.streams()
    }

    fn ask(&self, operation: Operation) -> Result<(), Errno> {
        self.plan.ask(operation).map(drop)
    }

    /// The same for one that stops at the last name of `place`; and that place, as the filesystem below knows it.
    fn ask_at<'a>(&self, operation: Operation, place: Place<'a>) -> Walk<Place<'a>> {
        let last = place.names.len().saturating_sub(1);
        self.ask(operation)
            .map_err(|errno| Stop::failed(last, errno))?;
        self.below(place)
    }

    fn below<'a>(&self, place: Place<'a>) -> Walk<Place<'a>> {
        let dir = self.dir_below(place.dir);
        let dir = dir.map_err(|errno| Stop::failed(0, errno))?;
        Ok(Place { dir, ..place })
    }

    fn dir_below(&self, dir: NodeId) -> Result<NodeId, Errno> {
        if dir == counted::ROOT {
            return Ok(self.inner.root());
        }
        self.opened.inner(dir).ok_or(Errno::BadFd)
    }
}

impl FileSystem for FaultFs {
    fn root(&self) -> NodeId {
        counted::ROOT
    }

    fn release(&self, dir: NodeId) {
        if let Some(inner) = self.opened.release(dir) {
            self.inner.release(inner);
        }
    }

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        let place = self.ask_at(Operation::Open, place)?;
        Ok(match self.inner.open(place, options)? {
            Opened::Dir(dir) => Opened::Dir(self.opened.dir(dir)),
            Opened::File(OpenedFile {
                file,
                file_type,
                mount,
            }) => Opened::File(OpenedFile {
                file: Arc::new(FaultyFile {
                    inner: file,
                    plan: Arc::clone(&self.plan),
                    _ticket: self.opened.file(),
                }),
                file_type,
                mount,
            }),
        })
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        self.ask(Operation::OpenDirStream)?;
        Ok(Box::new(FaultyStream {
            inner: self.inner.open_dir_stream(self.dir_below(dir)?)?,
            plan: Arc::clone(&self.plan),
            _ticket: self.opened.stream(),
        }))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        let place = self.ask_at(Operation::Metadata, place)?;
        self.inner.metadata(place)
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        let place = self.ask_at(Operation::SetTimes, place)?;
        self.inner.set_times(place, times)
    }

    fn set_mode(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let place = self.ask_at(Operation::SetMode, place)?;
        self.inner.set_mode(place, mode)
    }

    fn create_dir(&self, place: Place<'_>, mode: u32) -> Walk<()> {
        let place = self.ask_at(Operation::CreateDir, place)?;
        self.inner.create_dir(place, mode)
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        let place = self.ask_at(Operation::RemoveDir, place)?;
        self.inner.remove_dir(place)
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        let place = self.ask_at(Operation::Unlink, place)?;
        self.inner.unlink(place)
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        let place = self.ask_at(Operation::ReadLink, place)?;
        self.inner.read_link(place)
    }

    fn symlink(&self, target: &[u8], place: Place<'_>) -> Walk<()> {
        let place = self.ask_at(Operation::Symlink, place)?;
        self.inner.symlink(target, place)
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let new = self.ask_at(Operation::Link, new).map_err(Stop::second)?;
        let old = self.below(old)?;
        self.inner.link(old, new)
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        let new = self.ask_at(Operation::Rename, new).map_err(Stop::second)?;
        let old = self.below(old)?;
        self.inner.rename(old, new)
    }

    fn sync_dir(&self, dir: NodeId, kind: SyncKind) -> Result<(), Errno> {
        self.ask(Operation::SyncDir)?;
        self.inner.sync_dir(self.dir_below(dir)?, kind)
    }
}

impl fmt::Debug for FaultFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultFs")
            .field("open_dirs", &self.open_dirs())
            .field("open_files", &self.open_files())
            .field("open_streams", &self.open_streams())
            .finish_non_exhaustive()
    }
}
