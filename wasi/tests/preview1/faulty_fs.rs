//! A filesystem with one file, whose behaviour is up to the test: space that runs out, syncs that are counted, answers that are lies.

use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use guesthouse_vfs::{
    Advice, DirEntry, DirStream, Errno, File, FileSystem, FileType, Metadata, Mount, NodeId,
    OpenOptions, Opened, OpenedFile, Place, SetTimes, Stop, SyncKind, Timestamp, Walk,
};

/// The only file, at `/file`.
pub(crate) struct Faulty {
    bytes: Mutex<Vec<u8>>,
    /// How long the file can be.
    pub(crate) space: usize,
    /// How many more bytes than it was given the file says it read or wrote.
    pub(crate) lie: usize,
    pub(crate) syncs: AtomicUsize,
    pub(crate) data_syncs: AtomicUsize,
    /// What a sync answers.
    pub(crate) sync_answer: Result<(), Errno>,
    /// The cookies of the entries of a listing.
    pub(crate) cookies: Vec<u64>,
    /// How many entries were passed in all, to see how much work a listing is.
    pub(crate) listed: AtomicUsize,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Mutex::new(Vec::new()),
            space: usize::MAX,
            lie: 0,
            syncs: AtomicUsize::new(0),
            data_syncs: AtomicUsize::new(0),
            sync_answer: Ok(()),
            cookies: vec![1],
            listed: AtomicUsize::new(0),
        }
    }

    pub(crate) fn into_fs(self) -> (Arc<Self>, Arc<dyn FileSystem>) {
        let faulty = Arc::new(self);
        let fs = Arc::new(FaultyFs(Arc::clone(&faulty)));
        (faulty, fs)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn len(&self) -> usize {
        self.bytes.lock().unwrap().len()
    }

    fn metadata_of(file_type: FileType, size: u64) -> Metadata {
        Metadata {
            dev: 0,
            ino: 1,
            file_type,
            mode: 0o644,
            nlink: 1,
            size,
            allocated: size,
            accessed: Timestamp::EPOCH,
            modified: Timestamp::EPOCH,
            changed: Timestamp::EPOCH,
            created: None,
        }
    }
}

struct FaultyFile(Arc<Faulty>);

impl File for FaultyFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        let bytes = self.0.bytes.lock().unwrap();
        let start = usize::try_from(offset).unwrap().min(bytes.len());
        let mut left = &bytes[start..];
        let mut count = 0;
        for buf in bufs {
            let taken = buf.len().min(left.len());
            buf[..taken].copy_from_slice(&left[..taken]);
            left = &left[taken..];
            count += taken;
        }
        Ok(count + self.0.lie)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64) -> Result<usize, Errno> {
        let mut bytes = self.0.bytes.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let room = self.0.space.saturating_sub(start);
        let given: usize = bufs.iter().map(|buf| buf.len()).sum();
        let count = given.min(room);
        if bytes.len() < start + count {
            bytes.resize(start + count, 0);
        }
        let given = bufs.iter().flat_map(|buf| buf.iter());
        for (place, byte) in bytes[start..start + count].iter_mut().zip(given) {
            *place = *byte;
        }
        match count {
            0 => Err(Errno::NoSpace),
            count => Ok(count + self.0.lie),
        }
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        let end = self.0.len() as u64;
        let count = self.write_at(bufs, end)?;
        Ok((end + count as u64, count))
    }

    fn set_len(&self, len: u64) -> Result<(), Errno> {
        let len = usize::try_from(len).unwrap();
        if len > self.0.space {
            return Err(Errno::FileTooBig);
        }
        self.0.bytes.lock().unwrap().resize(len, 0);
        Ok(())
    }

    fn allocate(&self, _offset: u64, _len: u64) -> Result<(), Errno> {
        Err(Errno::NoSpace)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        let size = self.0.len() as u64;
        Ok(Faulty::metadata_of(FileType::File, size))
    }

    fn set_times(&self, _times: SetTimes) -> Result<(), Errno> {
        Ok(())
    }

    fn set_mode(&self, _mode: u32) -> Result<(), Errno> {
        Ok(())
    }

    fn sync(&self, kind: SyncKind) -> Result<(), Errno> {
        let counter = match kind {
            SyncKind::All => &self.0.syncs,
            SyncKind::Data => &self.0.data_syncs,
        };
        counter.fetch_add(1, Ordering::SeqCst);
        self.0.sync_answer
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

struct Listing(Arc<Faulty>);

impl DirStream for Listing {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let cookies = &self.0.cookies;
        let start = match cookies.iter().position(|known| *known == cookie) {
            Some(index) => index + 1,
            None if cookie == 0 => 0,
            None => return Err(Errno::Invalid),
        };
        for (index, next) in cookies.iter().enumerate().skip(start) {
            self.0.listed.fetch_add(1, Ordering::SeqCst);
            let name = format!("entry{index}");
            let entry = DirEntry {
                name: name.as_bytes(),
                ino: 100 + index as u64,
                file_type: FileType::File,
                next: *next,
            };
            if sink(entry).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

struct FaultyFs(Arc<Faulty>);

const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};

impl FaultyFs {
    fn is_file(place: &Place<'_>) -> Walk<bool> {
        match place.names {
            [] => Ok(false),
            [name] if name.as_bytes() == b"file" => Ok(true),
            _ => Err(Stop::missing(0)),
        }
    }
}

impl FileSystem for FaultyFs {
    fn root(&self) -> NodeId {
        ROOT
    }

    fn release(&self, _dir: NodeId) {}

    fn open(&self, place: Place<'_>, _options: OpenOptions) -> Walk<Opened> {
        if !Self::is_file(&place)? {
            return Ok(Opened::Dir(ROOT));
        }
        Ok(Opened::File(OpenedFile {
            file: Arc::new(FaultyFile(Arc::clone(&self.0))),
            file_type: FileType::File,
            mount: Mount::default(),
        }))
    }

    fn open_dir_stream(&self, _dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        Ok(Box::new(Listing(Arc::clone(&self.0))))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        Ok(if Self::is_file(&place)? {
            Faulty::metadata_of(FileType::File, self.0.len() as u64)
        } else {
            Faulty::metadata_of(FileType::Dir, 0)
        })
    }

    fn set_times(&self, _place: Place<'_>, _times: SetTimes) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn set_mode(&self, _place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn create_dir(&self, _place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn remove_dir(&self, _place: Place<'_>) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn unlink(&self, _place: Place<'_>) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn read_link(&self, _place: Place<'_>) -> Walk<Box<[u8]>> {
        Err(Stop::failed(0, Errno::Invalid))
    }

    fn symlink(&self, _target: &[u8], _place: Place<'_>) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn link(&self, _old: Place<'_>, _new: Place<'_>) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn rename(&self, _old: Place<'_>, _new: Place<'_>) -> Walk<()> {
        Err(Stop::failed(0, Errno::ReadOnly))
    }

    fn sync_dir(&self, _dir: NodeId, _kind: SyncKind) -> Result<(), Errno> {
        Ok(())
    }
}
