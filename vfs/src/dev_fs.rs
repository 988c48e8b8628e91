use std::fmt;
use std::io::{IoSlice, IoSliceMut};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::{
    Advice, DirEntry, DirStream, Errno, File, FileSystem, FileType, Metadata, Mount, NAME_MAX,
    NodeId, OpenOptions, Opened, OpenedFile, Place, SetTimes, Stop, SyncKind, Walk, refusal,
};

/// Where `/dev/random` and `/dev/urandom` take their bytes from. Given in as a value, so that a run can be repeated exactly.
pub trait RandomSource: Send + Sync {
    /// Fills `buf` with random bytes.
    ///
    /// # Errors
    /// [`Errno::Io`] if the source has failed.
    fn fill(&self, buf: &mut [u8]) -> Result<(), Errno>;
}

impl<F: Fn(&mut [u8]) -> Result<(), Errno> + Send + Sync> RandomSource for F {
    fn fill(&self, buf: &mut [u8]) -> Result<(), Errno> {
        self(buf)
    }
}

/// The most bytes that one read of a random device returns: reading more would keep the host busy in one call. Linux, too, promises 256 bytes only.
const RANDOM_READ_MAX: usize = 1 << 20;

/// A directory with the devices every Unix program expects: `null`, `zero`, `random` and `urandom`.
///
/// They behave as on Linux: offsets mean nothing, `null` reads as empty, `zero` as zeros, writing is accepted and forgotten, truncation on opening is ignored, and
/// `set_len` and `sync` of an open device are `EINVAL`, `allocate` is `ENODEV`. The directory and the nodes' metadata cannot be changed: every attempt is
/// `EROFS`, which unlike `EACCES` tells a program that no other user could either.
pub struct DevFs {
    random: Arc<dyn RandomSource>,
}

impl DevFs {
    /// The devices, with this source of random bytes.
    #[must_use]
    pub fn new(random: Arc<dyn RandomSource>) -> Arc<Self> {
        Arc::new(Self { random })
    }

    /// The device at a place, or `None` for the directory.
    fn find(place: Place<'_>) -> Walk<Option<Device>> {
        if place.dir != ROOT {
            return Err(Stop::failed(0, Errno::BadFd));
        }
        let Some((name, below)) = place.names.split_first() else {
            return Ok(None);
        };
        if name.as_bytes().len() > NAME_MAX {
            return Err(Stop::failed(0, Errno::NameTooLong));
        }
        let device = DEVICES
            .into_iter()
            .find(|device| device.name() == name.as_bytes());
        let device = device.ok_or(Stop::missing(0))?;
        if !below.is_empty() {
            return Err(Stop::failed(1, Errno::NotDir));
        }
        if place.must_be_dir {
            return Err(Stop::failed(0, Errno::NotDir));
        }
        Ok(Some(device))
    }

    fn open_device(&self, device: Device, options: OpenOptions) -> Result<Opened, Errno> {
        if options.create && options.directory {
            return Err(Errno::Invalid);
        }
        if options.create && options.exclusive {
            return Err(Errno::Exist);
        }
        if options.directory {
            return Err(Errno::NotDir);
        }
        let random = Arc::clone(&self.random);
        Ok(Opened::File(OpenedFile {
            file: Arc::new(DeviceFile { device, random }),
            file_type: FileType::CharDevice,
            mount: Mount::default(),
        }))
    }
}

const ROOT: NodeId = NodeId {
    slot: 0,
    generation: 0,
};
const ROOT_INO: u64 = 1;
const DEVICES: [Device; 4] = [Device::Null, Device::Zero, Device::Random, Device::Urandom];

#[derive(Clone, Copy)]
enum Device {
    Null,
    Zero,
    Random,
    Urandom,
}

impl Device {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Null => b"null",
            Self::Zero => b"zero",
            Self::Random => b"random",
            Self::Urandom => b"urandom",
        }
    }

    const fn ino(self) -> u64 {
        match self {
            Self::Null => 2,
            Self::Zero => 3,
            Self::Random => 4,
            Self::Urandom => 5,
        }
    }

    const fn metadata(self) -> Metadata {
        Metadata {
            mode: 0o666,
            ..Metadata::of(FileType::CharDevice, self.ino(), 0)
        }
    }
}

impl FileSystem for DevFs {
    fn root(&self) -> NodeId {
        ROOT
    }

    /// The only directory is the root, which is always open.
    fn release(&self, _dir: NodeId) {}

    fn open(&self, place: Place<'_>, options: OpenOptions) -> Walk<Opened> {
        if let Ok(Some(device)) = Self::find(place) {
            let opened = self.open_device(device, options);
            return opened.map_err(|errno| refusal::at_last(place, errno));
        }
        refusal::open(self, place, options)?;
        Self::find(place)?;
        Ok(Opened::Dir(ROOT))
    }

    fn open_dir_stream(&self, dir: NodeId) -> Result<Box<dyn DirStream>, Errno> {
        self.sync_dir(dir, SyncKind::All)?;
        Ok(Box::new(DevDirStream))
    }

    fn metadata(&self, place: Place<'_>) -> Walk<Metadata> {
        Ok(match Self::find(place)? {
            Some(device) => device.metadata(),
            None => Metadata {
                nlink: 2,
                ..Metadata::of(FileType::Dir, ROOT_INO, 0)
            },
        })
    }

    fn set_times(&self, place: Place<'_>, times: SetTimes) -> Walk<()> {
        refusal::set_times(self, place, times)
    }

    fn set_mode(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::set_mode(self, place))
    }

    fn create_dir(&self, place: Place<'_>, _mode: u32) -> Walk<()> {
        Err(refusal::create_dir(self, place))
    }

    fn remove_dir(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(self, place, Errno::Busy))
    }

    fn unlink(&self, place: Place<'_>) -> Walk<()> {
        Err(refusal::remove(self, place, Errno::IsDir))
    }

    fn read_link(&self, place: Place<'_>) -> Walk<Box<[u8]>> {
        Self::find(place)?;
        Err(refusal::at_last(place, Errno::Invalid))
    }

    fn symlink(&self, _target: &[u8], place: Place<'_>) -> Walk<()> {
        Err(refusal::symlink(self, place))
    }

    fn link(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::link(self, old, new))
    }

    fn rename(&self, old: Place<'_>, new: Place<'_>) -> Walk<()> {
        Err(refusal::rename(self, old, new))
    }

    fn sync_dir(&self, dir: NodeId, _kind: SyncKind) -> Result<(), Errno> {
        if dir == ROOT {
            Ok(())
        } else {
            Err(Errno::BadFd)
        }
    }
}

impl fmt::Debug for DevFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevFs").finish_non_exhaustive()
    }
}

struct DeviceFile {
    device: Device,
    random: Arc<dyn RandomSource>,
}

impl File for DeviceFile {
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], _offset: u64) -> Result<usize, Errno> {
        match self.device {
            Device::Null => Ok(0),
            Device::Zero => {
                bufs.iter_mut().for_each(|buf| buf.fill(0));
                Ok(bufs.iter().map(|buf| buf.len()).sum())
            }
            Device::Random | Device::Urandom => {
                let mut room = RANDOM_READ_MAX;
                for buf in bufs {
                    let n = buf.len().min(room);
                    self.random.fill(buf.get_mut(..n).unwrap_or_default())?;
                    room -= n;
                }
                Ok(RANDOM_READ_MAX - room)
            }
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], _offset: u64) -> Result<usize, Errno> {
        let lengths = bufs.iter().map(|buf| buf.len());
        Ok(lengths.fold(0, usize::saturating_add))
    }

    fn append(&self, bufs: &[IoSlice<'_>]) -> Result<(u64, usize), Errno> {
        Ok((0, self.write_at(bufs, 0)?))
    }

    fn set_len(&self, _len: u64) -> Result<(), Errno> {
        Err(Errno::Invalid)
    }

    fn allocate(&self, _offset: u64, _len: u64) -> Result<(), Errno> {
        Err(Errno::NoDevice)
    }

    fn metadata(&self) -> Result<Metadata, Errno> {
        Ok(self.device.metadata())
    }

    fn set_times(&self, _times: SetTimes) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn set_mode(&self, _mode: u32) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn sync(&self, _kind: SyncKind) -> Result<(), Errno> {
        Err(Errno::Invalid)
    }

    fn advise(&self, _offset: u64, _len: u64, _advice: Advice) -> Result<(), Errno> {
        Ok(())
    }
}

/// The devices in their order; a cookie counts those passed.
struct DevDirStream;

impl DirStream for DevDirStream {
    fn next_from(
        &mut self,
        cookie: u64,
        sink: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        for (device, next) in DEVICES.into_iter().zip(1u64..) {
            let entry = DirEntry {
                name: device.name(),
                ino: device.ino(),
                file_type: FileType::CharDevice,
                next,
            };
            if next > cookie && sink(entry).is_break() {
                break;
            }
        }
        Ok(())
    }
}
