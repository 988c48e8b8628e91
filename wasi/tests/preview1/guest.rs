//! A guest that calls the core without an engine.

use std::sync::Arc;
use std::time::Duration;

use guesthouse_vfs::{FileSystem, HostFs, MemFs};
use guesthouse_wasi::abi::functions::FUNCTIONS;
use guesthouse_wasi::abi::{
    Errno, FdFlags, FileType, Filestat, LookupFlags, OFlags, Rights, Whence,
};
use guesthouse_wasi::{Call, CallOutcome, GuestMemory, Observer, Stop, WasiCtx, WasiCtxBuilder};

use crate::memory::Memory;
pub(crate) use crate::memory::MemoryKind;

/// How long the guest's memory is, in bytes.
pub(crate) const MEMORY: u32 = 1 << 20;
/// Where a call's results go.
const RESULTS: u32 = 64;
/// Where a call's buffers begin.
const BUFFERS: u32 = 1024;

/// The preopen `/`.
pub(crate) const ROOT: u32 = 3;
/// A number that is no descriptor's.
pub(crate) const NO_FD: u32 = 77;

pub(crate) type Answer<T> = Result<T, Errno>;

pub(crate) struct Guest {
    pub(crate) ctx: WasiCtx,
    memory: Memory,
    /// Which ABI it calls.
    pub(crate) unstable: bool,
    free: u32,
}

/// How to open; by default an existing file to read.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    pub(crate) lookup: LookupFlags,
    pub(crate) oflags: OFlags,
    pub(crate) base: u64,
    pub(crate) inheriting: u64,
    pub(crate) fdflags: FdFlags,
}

impl Open {
    pub(crate) const READ: Self = Self::rights(Rights::FD_READ);
    pub(crate) const WRITE: Self = Self::rights(Rights::FD_WRITE);
    pub(crate) const READ_WRITE: Self = Self::rights(Rights::FD_READ.union(Rights::FD_WRITE));
    pub(crate) const CREATE: Self = Self::READ_WRITE.oflags(OFlags::CREAT);
    pub(crate) const DIR: Self = Self::READ.oflags(OFlags::DIRECTORY);

    pub(crate) const fn rights(base: Rights) -> Self {
        Self {
            lookup: LookupFlags::empty(),
            oflags: OFlags::empty(),
            base: base.bits(),
            inheriting: 0,
            fdflags: FdFlags::empty(),
        }
    }

    pub(crate) const fn oflags(self, oflags: OFlags) -> Self {
        Self { oflags, ..self }
    }

    pub(crate) const fn fdflags(self, fdflags: FdFlags) -> Self {
        Self { fdflags, ..self }
    }

    pub(crate) const fn follow(self) -> Self {
        let lookup = LookupFlags::SYMLINK_FOLLOW;
        Self { lookup, ..self }
    }
}

/// What `fd_fdstat_get` told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fdstat {
    pub(crate) file_type: FileType,
    pub(crate) flags: u16,
    pub(crate) base: Rights,
    pub(crate) inheriting: Rights,
}

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) next: u64,
    pub(crate) ino: u64,
    pub(crate) file_type: FileType,
    pub(crate) name: String,
}

impl Guest {
    pub(crate) fn new(builder: WasiCtxBuilder, kind: MemoryKind) -> Self {
        Self {
            ctx: builder.build().unwrap(),
            memory: Memory::new(MEMORY, kind),
            unstable: false,
            free: BUFFERS,
        }
    }

    /// Calls a function by its name.
    pub(crate) fn stop(&mut self, name: &str, args: &[u64]) -> Result<(), Stop> {
        let call = self.named(name, args);
        guesthouse_wasi::call(&mut self.ctx, &mut self.memory, call)
    }

    /// Calls a function as an adapter does whose context has an observer.
    pub(crate) fn observed(
        &mut self,
        name: &str,
        args: &[u64],
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let call = self.named(name, args);
        observer.before(call, &self.memory);
        let answer = guesthouse_wasi::call(&mut self.ctx, &mut self.memory, call);
        let outcome = match &answer {
            Ok(()) => CallOutcome::Errno(Errno::Success),
            Err(Stop::Errno(errno)) => CallOutcome::Errno(*errno),
            Err(Stop::Exit(exit)) => CallOutcome::Exit(*exit),
            Err(Stop::Wait(_)) => return answer,
        };
        observer.after(call, &self.memory, outcome, Duration::ZERO);
        answer
    }

    fn named<'a>(&self, name: &str, args: &'a [u64]) -> Call<'a> {
        let index = FUNCTIONS.iter().position(|function| function.name == name);
        Call {
            index: index.unwrap_or_else(|| panic!("{name} is a function")),
            unstable: self.unstable,
            args,
        }
    }

    /// Calls a function that neither waits nor ends the guest.
    pub(crate) fn call(&mut self, name: &str, args: &[u64]) -> Answer<()> {
        match self.stop(name, args) {
            Ok(()) => Ok(()),
            Err(Stop::Errno(errno)) => Err(errno),
            Err(other) => panic!("{name} answered {other:?}"),
        }
    }

    /// Puts bytes where no other buffer of the same call is, and returns their address.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> u32 {
        let address = self.room(bytes.len());
        self.memory.write(address, bytes).unwrap();
        address
    }

    /// Room for so many bytes.
    pub(crate) fn room(&mut self, len: usize) -> u32 {
        let len = u32::try_from(len).unwrap();
        if self.free + len > MEMORY {
            self.free = BUFFERS;
        }
        let address = self.free;
        // An odd step, so that buffers lie where no alignment helps.
        self.free += len + 3;
        assert!(self.free < MEMORY, "the guest's memory is full");
        address
    }

    pub(crate) fn get(&self, address: u32, len: u32) -> Vec<u8> {
        let mut bytes = vec![0; len as usize];
        self.memory.read(address, &mut bytes).unwrap();
        bytes
    }

    pub(crate) fn write_memory(&mut self, address: u32, bytes: &[u8]) {
        self.memory.write(address, bytes).unwrap();
    }

    pub(crate) fn get_u32(&self, address: u32) -> u32 {
        u32::from_le_bytes(self.get(address, 4).try_into().unwrap())
    }

    pub(crate) fn get_u64(&self, address: u32) -> u64 {
        u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
    }

    /// Calls a function whose last argument is where a `u32` goes.
    pub(crate) fn call_u32(&mut self, name: &str, args: &[u64]) -> Answer<u32> {
        let args = [args, &[u64::from(RESULTS)]].concat();
        self.call(name, &args)?;
        Ok(self.get_u32(RESULTS))
    }

    /// Calls a function whose last argument is where a `u64` goes.
    pub(crate) fn call_u64(&mut self, name: &str, args: &[u64]) -> Answer<u64> {
        let args = [args, &[u64::from(RESULTS)]].concat();
        self.call(name, &args)?;
        Ok(self.get_u64(RESULTS))
    }

    /// The two arguments of a string.
    pub(crate) fn string(&mut self, string: impl AsRef<[u8]>) -> [u64; 2] {
        let string = string.as_ref();
        [u64::from(self.put(string)), string.len() as u64]
    }

    /// The two arguments of a list of buffers.
    pub(crate) fn iovecs(&mut self, buffers: &[(u32, u32)]) -> [u64; 2] {
        let list: Vec<u8> = buffers
            .iter()
            .flat_map(|(address, len)| [address.to_le_bytes(), len.to_le_bytes()].concat())
            .collect();
        [u64::from(self.put(&list)), buffers.len() as u64]
    }

    pub(crate) fn open(&mut self, dir: u32, path: impl AsRef<[u8]>, open: Open) -> Answer<u32> {
        let [path, len] = self.string(path);
        let (lookup, oflags) = (open.lookup.bits().into(), open.oflags.bits().into());
        let fdflags = open.fdflags.bits().into();
        let dir = dir.into();
        self.call_u32(
            "path_open",
            &[
                dir,
                lookup,
                path,
                len,
                oflags,
                open.base,
                open.inheriting,
                fdflags,
            ],
        )
    }

    /// Makes a file with these contents below `/`.
    pub(crate) fn file(&mut self, path: &str, contents: &[u8]) {
        let fd = self.open(ROOT, path, Open::CREATE).unwrap();
        let written = self.write(fd, &[contents]).unwrap();
        assert_eq!(written as usize, contents.len());
        self.close(fd).unwrap();
    }

    /// What is in a file below `/`.
    pub(crate) fn contents(&mut self, path: &str) -> Vec<u8> {
        let fd = self.open(ROOT, path, Open::READ).unwrap();
        let contents = self.read(fd, &[100_000]).unwrap();
        self.close(fd).unwrap();
        contents
    }

    pub(crate) fn close(&mut self, fd: u32) -> Answer<()> {
        self.call("fd_close", &[fd.into()])
    }

    pub(crate) fn write(&mut self, fd: u32, buffers: &[&[u8]]) -> Answer<u32> {
        let [iovs, len] = self.ciovecs(buffers);
        self.call_u32("fd_write", &[fd.into(), iovs, len])
    }

    pub(crate) fn pwrite(&mut self, fd: u32, buffers: &[&[u8]], offset: u64) -> Answer<u32> {
        let [iovs, len] = self.ciovecs(buffers);
        self.call_u32("fd_pwrite", &[fd.into(), iovs, len, offset])
    }

    fn ciovecs(&mut self, buffers: &[&[u8]]) -> [u64; 2] {
        let mut list = Vec::new();
        for bytes in buffers {
            list.push((self.put(bytes), u32::try_from(bytes.len()).unwrap()));
        }
        self.iovecs(&list)
    }

    /// Reads into buffers of these lengths, and returns all that was read.
    pub(crate) fn read(&mut self, fd: u32, lengths: &[u32]) -> Answer<Vec<u8>> {
        self.read_with("fd_read", fd, lengths, &[])
    }

    pub(crate) fn pread(&mut self, fd: u32, lengths: &[u32], offset: u64) -> Answer<Vec<u8>> {
        self.read_with("fd_pread", fd, lengths, &[offset])
    }

    fn read_with(&mut self, name: &str, fd: u32, lengths: &[u32], more: &[u64]) -> Answer<Vec<u8>> {
        let mut list = Vec::new();
        for len in lengths {
            list.push((self.room(*len as usize), *len));
        }
        let [iovs, count] = self.iovecs(&list);
        let mut left = self.call_u32(name, &[&[fd.into(), iovs, count], more].concat())?;
        let mut bytes = Vec::new();
        for (address, len) in list {
            let taken = len.min(left);
            bytes.extend(self.get(address, taken));
            left -= taken;
        }
        assert_eq!(left, 0, "no more was read than there was room for");
        Ok(bytes)
    }

    pub(crate) fn seek(&mut self, fd: u32, offset: i64, whence: Whence) -> Answer<u64> {
        let whence = whence.to_wire().into();
        self.call_u64("fd_seek", &[fd.into(), offset.cast_unsigned(), whence])
    }

    pub(crate) fn tell(&mut self, fd: u32) -> Answer<u64> {
        self.call_u64("fd_tell", &[fd.into()])
    }

    pub(crate) fn fdstat(&mut self, fd: u32) -> Answer<Fdstat> {
        self.call("fd_fdstat_get", &[fd.into(), RESULTS.into()])?;
        let bytes = self.get(RESULTS, 24);
        Ok(Fdstat {
            file_type: FileType::from_wire(bytes[0].into()).unwrap(),
            flags: u16::from_le_bytes([bytes[2], bytes[3]]),
            base: Rights::from_bits_truncate(self.get_u64(RESULTS + 8)),
            inheriting: Rights::from_bits_truncate(self.get_u64(RESULTS + 16)),
        })
    }

    pub(crate) fn filestat(&mut self, fd: u32) -> Answer<Filestat> {
        self.call("fd_filestat_get", &[fd.into(), RESULTS.into()])?;
        Ok(self.result_filestat())
    }

    pub(crate) fn stat(&mut self, path: &str, lookup: LookupFlags) -> Answer<Filestat> {
        let [path, len] = self.string(path);
        let args = [ROOT.into(), lookup.bits().into(), path, len, RESULTS.into()];
        self.call("path_filestat_get", &args)?;
        Ok(self.result_filestat())
    }

    fn result_filestat(&self) -> Filestat {
        let at = |offset| self.get_u64(RESULTS + offset);
        Filestat {
            dev: at(0),
            ino: at(8),
            filetype: FileType::from_wire(self.get(RESULTS + 16, 1)[0].into()).unwrap(),
            nlink: at(24),
            size: at(32),
            atim: at(40),
            mtim: at(48),
            ctim: at(56),
        }
    }

    /// One call of `fd_readdir`: the bytes that it used.
    pub(crate) fn readdir(&mut self, fd: u32, buf_len: u32, cookie: u64) -> Answer<Vec<u8>> {
        let buf = self.room(buf_len as usize);
        let args = [fd.into(), buf.into(), buf_len.into(), cookie];
        let used = self.call_u32("fd_readdir", &args)?;
        assert!(used <= buf_len);
        Ok(self.get(buf, used))
    }

    /// Lists from a cookie on to the end, as C libraries do.
    pub(crate) fn list(&mut self, fd: u32, buf_len: u32, mut cookie: u64) -> Answer<Vec<Entry>> {
        let mut entries = Vec::new();
        loop {
            let bytes = self.readdir(fd, buf_len, cookie)?;
            let page = whole_entries(&bytes);
            assert!(
                !page.is_empty() || bytes.len() < buf_len as usize,
                "an entry is longer than the buffer"
            );
            cookie = page.last().map_or(cookie, |entry| entry.next);
            entries.extend(page);
            if bytes.len() < buf_len as usize {
                return Ok(entries);
            }
        }
    }

    /// Calls a function that takes the descriptor `/` and a path.
    pub(crate) fn path_call(&mut self, name: &str, path: impl AsRef<[u8]>) -> Answer<()> {
        let [path, len] = self.string(path);
        self.call(name, &[ROOT.into(), path, len])
    }

    pub(crate) fn mkdir(&mut self, path: &str) -> Answer<()> {
        self.path_call("path_create_directory", path)
    }

    pub(crate) fn rmdir(&mut self, path: &str) -> Answer<()> {
        self.path_call("path_remove_directory", path)
    }

    pub(crate) fn unlink(&mut self, path: &str) -> Answer<()> {
        self.path_call("path_unlink_file", path)
    }

    pub(crate) fn symlink(&mut self, target: impl AsRef<[u8]>, path: &str) -> Answer<()> {
        let [old, old_len] = self.string(target);
        let [new, new_len] = self.string(path);
        self.call("path_symlink", &[old, old_len, ROOT.into(), new, new_len])
    }

    pub(crate) fn readlink(&mut self, path: &str, buf_len: u32) -> Answer<Vec<u8>> {
        let [path, len] = self.string(path);
        let buf = self.room(buf_len as usize);
        let args = [ROOT.into(), path, len, buf.into(), buf_len.into()];
        let used = self.call_u32("path_readlink", &args)?;
        Ok(self.get(buf, used))
    }

    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Answer<()> {
        let [old, old_len] = self.string(old);
        let [new, new_len] = self.string(new);
        let root = ROOT.into();
        self.call("path_rename", &[root, old, old_len, root, new, new_len])
    }

    pub(crate) fn link(&mut self, old: &str, lookup: LookupFlags, new: &str) -> Answer<()> {
        let [old, old_len] = self.string(old);
        let [new, new_len] = self.string(new);
        let (root, lookup) = (ROOT.into(), lookup.bits().into());
        self.call(
            "path_link",
            &[root, lookup, old, old_len, root, new, new_len],
        )
    }
}

/// The entries that are whole in what `fd_readdir` wrote.
pub(crate) fn whole_entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some((header, rest)) = bytes.split_at_checked(24) {
        let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
        let len = u32::from_le_bytes(header[16..20].try_into().unwrap());
        let Some((name, rest)) = rest.split_at_checked(len as usize) else {
            break;
        };
        entries.push(Entry {
            next: number(0),
            ino: number(8),
            file_type: FileType::from_wire(header[20].into()).unwrap(),
            name: String::from_utf8(name.to_vec()).unwrap(),
        });
        bytes = rest;
    }
    entries
}

/// Runs a test on every kind of memory and filesystem.
pub(crate) fn everywhere(test: impl Fn(&mut Guest)) {
    everywhere_with(|builder| builder, test);
}

/// The same, of guests that are made with more than `/`.
#[expect(clippy::print_stderr, reason = "a failure names its place")]
pub(crate) fn everywhere_with(
    make: impl Fn(WasiCtxBuilder) -> WasiCtxBuilder,
    test: impl Fn(&mut Guest),
) {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let folder = tempfile::tempdir().unwrap();
        let filesystems: [(&str, Arc<dyn FileSystem>); 2] = [
            ("in memory", MemFs::new()),
            ("on the host", HostFs::open_ambient(folder.path()).unwrap()),
        ];
        for (place, fs) in filesystems {
            eprintln!("{place}, {kind:?}");
            test(&mut Guest::new(make(WasiCtx::builder().root(fs)), kind));
        }
    }
}

/// A guest on one filesystem, with a memory of slices.
pub(crate) fn guest_on(fs: Arc<dyn FileSystem>) -> Guest {
    Guest::new(WasiCtx::builder().root(fs), MemoryKind::Slices)
}
