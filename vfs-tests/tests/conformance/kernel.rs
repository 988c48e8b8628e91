use std::collections::{HashMap, HashSet};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use guesthouse_vfs::{
    Access, Advice, Errno, FileType, Metadata, OpenOptions, SetTime, SetTimes, SyncKind, Timestamp,
};
use guesthouse_vfs_tests::{Call, Entry, Outcome, Subject, Target};
use rustix::fs::{self, AtFlags, Mode, OFlags, Timespec};
use rustix::io;

/// The system calls themselves, on a directory of the host. Nothing of ours lies between the script and Linux.
pub(crate) struct Kernel {
    dir: OwnedFd,
    handles: HashMap<String, OwnedFd>,
    /// Those that were opened without access to contents. `O_PATH` comes close, but does not create, and forbids more.
    without_access: HashSet<String>,
}

impl Kernel {
    pub(crate) fn in_dir(dir: &Path) -> Self {
        Self {
            dir: fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap(),
            handles: HashMap::new(),
            without_access: HashSet::new(),
        }
    }

    fn handle(&self, name: &str) -> Result<BorrowedFd<'_>, io::Errno> {
        self.handles
            .get(name)
            .map(AsFd::as_fd)
            .ok_or(io::Errno::BADF)
    }

    /// A file whose contents are meant.
    fn file(&self, name: &str, refused: io::Errno) -> Result<BorrowedFd<'_>, io::Errno> {
        if self.without_access.contains(name) {
            return Err(refused);
        }
        self.handle(name)
    }

    /// The directory and path that a `*at` call takes; a handle itself is the path `.` of a directory.
    fn at<'a>(&'a self, target: &'a Target) -> Result<(BorrowedFd<'a>, &'a [u8]), io::Errno> {
        Ok(match target {
            Target::Path { at: None, path } => (self.dir.as_fd(), path),
            Target::Path { at: Some(at), path } => (self.handle(at)?, path),
            Target::Handle(name) => (self.handle(name)?, b"."),
        })
    }

    fn call(&mut self, call: &Call) -> io::Result<Outcome> {
        match call {
            Call::Open {
                bind,
                target,
                follow,
                options,
            } => {
                return self.open(bind, target, *follow, options);
            }
            Call::Close(name) => {
                self.handles.remove(name).ok_or(io::Errno::BADF)?;
            }
            Call::OpenStream { bind, dir } => {
                let again = OFlags::RDONLY | OFlags::DIRECTORY;
                let stream = fs::openat(self.handle(dir)?, ".", again, Mode::empty())?;
                self.handles.insert(format!("stream {bind}"), stream);
            }
            Call::NextEntries {
                stream,
                cookie,
                limit,
            } => {
                let stream = self.handle(&format!("stream {stream}"))?;
                return entries(stream, *cookie, *limit).map(Outcome::Entries);
            }
            Call::ReadLink(target) => {
                let (dir, path) = self.at(target)?;
                return Ok(Outcome::Bytes(
                    fs::readlinkat(dir, path, Vec::new())?.into_bytes(),
                ));
            }
            call => return self.metadata_call(call),
        }
        Ok(Outcome::Done)
    }

    fn metadata_call(&self, call: &Call) -> io::Result<Outcome> {
        match call {
            Call::Stat {
                target: Target::Handle(name),
                ..
            } => {
                return Ok(Outcome::Stat(metadata(&fs::fstat(self.handle(name)?)?)));
            }
            Call::Stat { target, follow } => {
                let (dir, path) = self.at(target)?;
                return Ok(Outcome::Stat(metadata(&fs::statat(
                    dir,
                    path,
                    flags(*follow),
                )?)));
            }
            Call::SetTimes {
                target: Target::Handle(name),
                times,
                ..
            } => {
                fs::futimens(self.handle(name)?, &timestamps(*times))?;
            }
            Call::SetTimes {
                target,
                follow,
                times,
            } => {
                let (dir, path) = self.at(target)?;
                // With nothing to set, Linux does not look at the path; the interface says that it is looked at.
                fs::statat(dir, path, flags(*follow))?;
                fs::utimensat(dir, path, &timestamps(*times), flags(*follow))?;
            }
            Call::SetMode {
                target: Target::Handle(name),
                mode,
                ..
            } => {
                fs::fchmod(self.handle(name)?, Mode::from_raw_mode(*mode))?;
            }
            Call::SetMode {
                target,
                follow,
                mode,
            } => {
                let (dir, path) = self.at(target)?;
                if !*follow && is_link(dir, path) {
                    return Err(io::Errno::OPNOTSUPP);
                }
                fs::chmodat(dir, path, Mode::from_raw_mode(*mode), AtFlags::empty())?;
            }
            call => return self.name_call(call),
        }
        Ok(Outcome::Done)
    }

    fn name_call(&self, call: &Call) -> io::Result<Outcome> {
        match call {
            Call::CreateDir { target, mode } => {
                let (dir, path) = self.at(target)?;
                fs::mkdirat(dir, path, Mode::from_raw_mode(*mode))?;
            }
            Call::RemoveDir(target) => {
                let (dir, path) = self.at(target)?;
                fs::unlinkat(dir, path, AtFlags::REMOVEDIR)?;
            }
            Call::Unlink(target) => {
                let (dir, path) = self.at(target)?;
                fs::unlinkat(dir, path, AtFlags::empty())?;
            }
            Call::Symlink { to, target } => {
                let (dir, path) = self.at(target)?;
                fs::symlinkat(to.as_slice(), dir, path)?;
            }
            Call::Link { old, follow, new } => {
                let ((dir, path), (new_dir, new_path)) = (self.at(old)?, self.at(new)?);
                let flags = if *follow {
                    AtFlags::SYMLINK_FOLLOW
                } else {
                    AtFlags::empty()
                };
                fs::linkat(dir, path, new_dir, new_path, flags)?;
            }
            Call::Rename { old, new } => {
                let ((dir, path), (new_dir, new_path)) = (self.at(old)?, self.at(new)?);
                fs::renameat(dir, path, new_dir, new_path)?;
            }
            call => return self.file_call(call),
        }
        Ok(Outcome::Done)
    }

    fn file_call(&self, call: &Call) -> io::Result<Outcome> {
        match call {
            Call::Read {
                file,
                offset,
                lengths,
            } => {
                let mut buffers: Vec<Vec<u8>> = lengths.iter().map(|&len| vec![0; len]).collect();
                let mut slices: Vec<_> = buffers.iter_mut().map(|b| IoSliceMut::new(b)).collect();
                let count = io::preadv(self.file(file, io::Errno::BADF)?, &mut slices, *offset)?;
                let mut bytes = buffers.concat();
                bytes.truncate(count);
                return Ok(Outcome::Bytes(bytes));
            }
            Call::Write {
                file,
                offset,
                buffers,
            } => {
                let slices: Vec<_> = buffers.iter().map(|buffer| IoSlice::new(buffer)).collect();
                return io::pwritev(self.file(file, io::Errno::BADF)?, &slices, *offset)
                    .map(Outcome::Written);
            }
            Call::Append { file, buffers } => {
                let file = self.file(file, io::Errno::BADF)?;
                let flags = fs::fcntl_getfl(file)?;
                fs::fcntl_setfl(file, flags | OFlags::APPEND)?;
                let slices: Vec<_> = buffers.iter().map(|buffer| IoSlice::new(buffer)).collect();
                let written = io::writev(file, &slices);
                fs::fcntl_setfl(file, flags)?;
                // A write of nothing does not move the position, but the end is still where it is.
                let end = match written {
                    Ok(0) => metadata(&fs::fstat(file)?).size,
                    _ => fs::seek(file, fs::SeekFrom::Current(0))?,
                };
                return Ok(Outcome::Appended(written?, end));
            }
            Call::SetLen { file, len } => fs::ftruncate(self.file(file, io::Errno::INVAL)?, *len)?,
            Call::Allocate { file, offset, len } => {
                let mode = fs::FallocateFlags::empty();
                let refused = if *len == 0 {
                    io::Errno::INVAL
                } else {
                    io::Errno::BADF
                };
                fs::fallocate(self.file(file, refused)?, mode, *offset, *len)?;
            }
            Call::Sync {
                handle,
                kind: SyncKind::All,
            } => fs::fsync(self.handle(handle)?)?,
            Call::Sync {
                handle,
                kind: SyncKind::Data,
            } => fs::fdatasync(self.handle(handle)?)?,
            Call::Advise {
                file,
                offset,
                len,
                advice,
            } => {
                let len = std::num::NonZeroU64::new(*len);
                fs::fadvise(self.handle(file)?, *offset, len, advised(*advice))?;
            }
            other => unreachable!("{other:?}"),
        }
        Ok(Outcome::Done)
    }

    fn open(
        &mut self,
        bind: &str,
        target: &Target,
        follow: bool,
        options: &OpenOptions,
    ) -> io::Result<Outcome> {
        let mut flags = match (options.access.read, options.access.write) {
            (_, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
        };
        flags.set(OFlags::CREATE, options.create);
        flags.set(OFlags::EXCL, options.exclusive);
        flags.set(OFlags::TRUNC, options.truncate);
        flags.set(OFlags::DIRECTORY, options.directory);
        flags.set(OFlags::NOFOLLOW, !follow);
        let (dir, path) = self.at(target)?;
        let opened = fs::openat(dir, path, flags, Mode::from_raw_mode(options.mode))?;
        let file_type = metadata(&fs::fstat(&opened)?).file_type;
        self.handles.insert(bind.to_owned(), opened);
        if options.access == Access::default() {
            self.without_access.insert(bind.to_owned());
        } else {
            self.without_access.remove(bind);
        }
        Ok(Outcome::Opened(file_type))
    }
}

impl Subject for Kernel {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        self.call(call).map_err(errno)
    }

    fn pass_time(&mut self) {
        std::thread::sleep(Duration::from_millis(15));
    }

    fn is_confined(&self) -> bool {
        false
    }
}

fn flags(follow: bool) -> AtFlags {
    if follow {
        AtFlags::empty()
    } else {
        AtFlags::SYMLINK_NOFOLLOW
    }
}

fn is_link(dir: BorrowedFd<'_>, path: &[u8]) -> bool {
    fs::statat(dir, path, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| metadata(&stat).file_type == FileType::Symlink)
}

fn entries(stream: BorrowedFd<'_>, cookie: u64, limit: usize) -> io::Result<Vec<Entry>> {
    fs::seek(stream, fs::SeekFrom::Start(cookie))?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut dir = fs::RawDir::new(stream, &mut buffer);
    let mut found = Vec::new();
    while let Some(entry) = dir.next() {
        let entry = match entry {
            // The directory was removed. readdir(3) calls that the end.
            Err(io::Errno::NOENT) => break,
            entry => entry?,
        };
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        if found.len() == limit {
            break;
        }
        found.push(Entry {
            name: name.to_vec(),
            ino: entry.ino(),
            file_type: kind(entry.file_type()),
            next: entry.next_entry_cookie(),
        });
    }
    Ok(found)
}

#[allow(
    clippy::useless_conversion,
    reason = "some fields are narrower on other architectures"
)]
fn metadata(stat: &fs::Stat) -> Metadata {
    let time = |seconds: i64, nanos: u64| {
        Timestamp::from_parts(seconds, u32::try_from(nanos).unwrap_or(0))
    };
    Metadata {
        dev: 0,
        ino: stat.st_ino,
        file_type: kind(fs::FileType::from_raw_mode(stat.st_mode)),
        mode: stat.st_mode & 0o7777,
        nlink: u64::from(stat.st_nlink),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        allocated: u64::try_from(stat.st_blocks).unwrap_or(0) * 512,
        accessed: time(stat.st_atime, stat.st_atime_nsec),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        changed: time(stat.st_ctime, stat.st_ctime_nsec),
        created: None,
    }
}

fn kind(kind: fs::FileType) -> FileType {
    match kind {
        fs::FileType::RegularFile => FileType::File,
        fs::FileType::Directory => FileType::Dir,
        fs::FileType::Symlink => FileType::Symlink,
        fs::FileType::CharacterDevice => FileType::CharDevice,
        fs::FileType::BlockDevice => FileType::BlockDevice,
        fs::FileType::Socket => FileType::Socket,
        _ => FileType::Unknown,
    }
}

fn timestamps(times: SetTimes) -> fs::Timestamps {
    let time = |time| match time {
        SetTime::Keep => Timespec {
            tv_sec: 0,
            tv_nsec: fs::UTIME_OMIT,
        },
        SetTime::Now => Timespec {
            tv_sec: 0,
            tv_nsec: fs::UTIME_NOW,
        },
        SetTime::At(time) => {
            let (tv_sec, nanos) = time.as_parts();
            Timespec {
                tv_sec,
                tv_nsec: nanos.into(),
            }
        }
    };
    fs::Timestamps {
        last_access: time(times.accessed),
        last_modification: time(times.modified),
    }
}

fn advised(advice: Advice) -> fs::Advice {
    match advice {
        Advice::Normal => fs::Advice::Normal,
        Advice::Sequential => fs::Advice::Sequential,
        Advice::Random => fs::Advice::Random,
        Advice::WillNeed => fs::Advice::WillNeed,
        Advice::DontNeed => fs::Advice::DontNeed,
        Advice::NoReuse => fs::Advice::NoReuse,
    }
}

fn errno(errno: io::Errno) -> Errno {
    match errno {
        io::Errno::BADF => Errno::BadFd,
        io::Errno::BUSY => Errno::Busy,
        io::Errno::EXIST => Errno::Exist,
        io::Errno::FBIG => Errno::FileTooBig,
        io::Errno::INVAL => Errno::Invalid,
        io::Errno::ISDIR => Errno::IsDir,
        io::Errno::LOOP => Errno::Loop,
        io::Errno::MLINK => Errno::TooManyLinks,
        io::Errno::NAMETOOLONG => Errno::NameTooLong,
        io::Errno::NOENT => Errno::NoEntry,
        io::Errno::NOSPC => Errno::NoSpace,
        io::Errno::NOTDIR => Errno::NotDir,
        io::Errno::NOTEMPTY => Errno::NotEmpty,
        io::Errno::OPNOTSUPP => Errno::NotSupported,
        io::Errno::PERM => Errno::Permission,
        io::Errno::ROFS => Errno::ReadOnly,
        io::Errno::XDEV => Errno::CrossDevice,
        other => panic!("no case expects {other:?}"),
    }
}
