use std::sync::Arc;

use guesthouse_vfs::FileSystem;
use guesthouse_wasi::abi::{Errno, FstFlags, LookupFlags, OFlags, Rights};
use guesthouse_wasi::wasmtime::{Guest, Wasi};
use guesthouse_wasi::{WasiCtx, WasiCtxBuilder};
use wasmtime::{Memory, WasmParams};

use crate::{ModuleName, Outcome, program_under};

/// The preopen `/`.
const ROOT: u32 = 3;
/// Where a call's result goes.
const RESULT: u32 = 0;
/// The list of one buffer.
const IOVEC: u32 = 16;
/// Where a status goes.
const STATUS: u32 = 64;
/// The first path of a call; longer ones than the room here are none.
const PATH: u32 = 0x1000;
/// The second path of a call.
const OTHER_PATH: u32 = 0x4000;
/// The buffer.
const BUFFER: u32 = 0x10000;
/// How long the buffer is, in bytes.
const BUFFER_LEN: u32 = 0x20000;

/// An errno, or what a call is for.
type Answer<T> = Result<T, Errno>;

/// A guest that makes the calls that a test chooses (`spec-tests/guests/by_hand.wat`).
#[derive(Debug)]
pub struct ByHand {
    guest: Guest<Wasi>,
    memory: Memory,
    dir: u32,
}

impl ByHand {
    /// One with this filesystem as `/`, importing WASI under this name.
    ///
    /// # Errors
    /// The context cannot be built.
    pub fn new(name: ModuleName, fs: Arc<dyn FileSystem>) -> Outcome<Self> {
        Self::with(name, WasiCtx::builder().root(fs))
    }

    /// One with whatever else it is given.
    ///
    /// # Errors
    /// The context cannot be built.
    pub fn with(name: ModuleName, builder: WasiCtxBuilder) -> Outcome<Self> {
        let program = program_under(name, "spec-tests/guests/by_hand.wat")?;
        let mut guest = program.guest(builder.build()?)?;
        let instance = guest.instance();
        let memory = instance.get_memory(guest.store_mut(), "memory");
        Ok(Self {
            guest,
            memory: memory.ok_or("the guest has no memory")?,
            dir: ROOT,
        })
    }

    /// Lets paths begin at this descriptor, instead of at `/`.
    pub const fn begin_at(&mut self, dir: u32) {
        self.dir = dir;
    }

    /// Makes the call that a line describes; what it opens is closed at once. A name with `-follow` follows a link that is the last name.
    ///
    /// | line | call |
    /// |---|---|
    /// | `open P`, `open-follow P` | `path_open` for reading |
    /// | `open-dir P` | `path_open` with `DIRECTORY` |
    /// | `write P`, `write-follow P` | `path_open` for writing |
    /// | `create P`, `create-follow P` | with `CREAT`, for writing |
    /// | `create-new P` | with `CREAT` and `EXCL`, for writing |
    /// | `truncate P`, `truncate-follow P` | with `TRUNC`, for writing |
    /// | `truncate-reading P` | with `TRUNC`, for reading |
    /// | `stat P`, `stat-follow P` | `path_filestat_get` |
    /// | `times P`, `times-follow P` | `path_filestat_set_times` |
    /// | `mkdir P`, `rmdir P`, `unlink P`, `readlink P` | the call for it |
    /// | `symlink T P` | `path_symlink`, with the target first |
    /// | `link O P`, `link-follow O P`, `rename O P` | the call for it, with the old path first |
    ///
    /// # Errors
    /// What the guest is answered.
    ///
    /// # Panics
    /// It is no such line; the guest traps.
    pub fn act(&mut self, line: &str) -> Answer<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let [verb, paths @ ..] = words.as_slice() else {
            panic!("a line has words");
        };
        let (verb, lookup) = match verb.strip_suffix("-follow") {
            Some(verb) => (verb, LookupFlags::SYMLINK_FOLLOW),
            None => (*verb, LookupFlags::empty()),
        };
        match (verb, paths) {
            ("symlink" | "link" | "rename", [old, new]) => {
                self.on_two_paths(verb, lookup, old, new)
            }
            (_, [path]) => match opening(verb) {
                Some((oflags, rights)) => {
                    let fd = self.path_open(path, lookup, oflags, rights)?;
                    self.close(fd)
                }
                None => self.on_path(verb, lookup, path),
            },
            _ => panic!("no call: {line}"),
        }
    }

    /// Opens what `act` would close again.
    ///
    /// # Errors
    /// What the guest is answered.
    ///
    /// # Panics
    /// It is no line that opens; the guest traps.
    pub fn open(&mut self, line: &str) -> Answer<u32> {
        let (verb, path) = line.split_once(' ').expect("a verb and a path");
        let (oflags, rights) = opening(verb).expect("a line that opens");
        self.path_open(path, LookupFlags::empty(), oflags, rights)
    }

    /// `fd_close`.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn close(&mut self, fd: u32) -> Answer<()> {
        self.call("fd_close", (fd,))
    }

    /// `fd_write`; how many of the bytes it took.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn write(&mut self, fd: u32, bytes: &[u8]) -> Answer<u32> {
        let len = u32::try_from(bytes.len())
            .ok()
            .filter(|len| *len <= BUFFER_LEN);
        self.put(BUFFER, bytes);
        self.put_iovec(len.expect("no more than fits the buffer"));
        self.call("fd_write", (fd, IOVEC, 1, RESULT))?;
        Ok(self.result())
    }

    /// `fd_read`, of as much as fits the guest's buffer.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn read(&mut self, fd: u32) -> Answer<Vec<u8>> {
        self.put_iovec(BUFFER_LEN);
        self.call("fd_read", (fd, IOVEC, 1, RESULT))?;
        Ok(self.buffer())
    }

    /// What a file holds, a link as its last name followed, if it fits the buffer.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn contents(&mut self, path: &str) -> Answer<Vec<u8>> {
        let follow = LookupFlags::SYMLINK_FOLLOW;
        let fd = self.path_open(path, follow, OFlags::empty(), Rights::FD_READ)?;
        let contents = self.read(fd);
        self.close(fd)?;
        contents
    }

    /// `path_readlink`.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn target(&mut self, path: &str) -> Answer<Vec<u8>> {
        let len = self.put_path(PATH, path);
        let args = (self.dir, PATH, len, BUFFER, BUFFER_LEN, RESULT);
        self.call("path_readlink", args)?;
        Ok(self.buffer())
    }

    /// `fd_filestat_set_size`.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn set_size(&mut self, fd: u32, size: u64) -> Answer<()> {
        self.call("fd_filestat_set_size", (fd, size))
    }

    /// `fd_allocate`.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn allocate(&mut self, fd: u32, offset: u64, len: u64) -> Answer<()> {
        self.call("fd_allocate", (fd, offset, len))
    }

    /// `fd_filestat_set_times`, to now.
    ///
    /// # Errors
    /// What the guest is answered.
    pub fn touch(&mut self, fd: u32) -> Answer<()> {
        let now = FstFlags::ATIM_NOW | FstFlags::MTIM_NOW;
        self.call(
            "fd_filestat_set_times",
            (fd, 0_u64, 0_u64, u32::from(now.bits())),
        )
    }

    fn path_open(
        &mut self,
        path: &str,
        lookup: LookupFlags,
        oflags: OFlags,
        rights: Rights,
    ) -> Answer<u32> {
        let len = self.put_path(PATH, path);
        let (lookup, oflags) = (lookup.bits(), u32::from(oflags.bits()));
        let rights = rights.bits();
        let args = (
            self.dir, lookup, PATH, len, oflags, rights, 0_u64, 0, RESULT,
        );
        self.call("path_open", args)?;
        Ok(self.result())
    }

    fn on_path(&mut self, verb: &str, lookup: LookupFlags, path: &str) -> Answer<()> {
        let len = self.put_path(PATH, path);
        let (dir, lookup) = (self.dir, lookup.bits());
        let now = FstFlags::ATIM_NOW | FstFlags::MTIM_NOW;
        let now = u32::from(now.bits());
        match verb {
            "stat" => self.call("path_filestat_get", (dir, lookup, PATH, len, STATUS)),
            "times" => {
                let args = (dir, lookup, PATH, len, 0_u64, 0_u64, now);
                self.call("path_filestat_set_times", args)
            }
            "mkdir" => self.call("path_create_directory", (dir, PATH, len)),
            "rmdir" => self.call("path_remove_directory", (dir, PATH, len)),
            "unlink" => self.call("path_unlink_file", (dir, PATH, len)),
            "readlink" => self.target(path).map(drop),
            _ => panic!("no call: {verb}"),
        }
    }

    fn on_two_paths(
        &mut self,
        verb: &str,
        lookup: LookupFlags,
        old: &str,
        new: &str,
    ) -> Answer<()> {
        let old_len = self.put_path(PATH, old);
        let new_len = self.put_path(OTHER_PATH, new);
        let dir = self.dir;
        match verb {
            "symlink" => {
                let args = (PATH, old_len, dir, OTHER_PATH, new_len);
                self.call("path_symlink", args)
            }
            "link" => {
                let args = (dir, lookup.bits(), PATH, old_len, dir, OTHER_PATH, new_len);
                self.call("path_link", args)
            }
            _ => {
                let args = (dir, PATH, old_len, dir, OTHER_PATH, new_len);
                self.call("path_rename", args)
            }
        }
    }

    fn call(&mut self, name: &str, args: impl WasmParams) -> Answer<()> {
        let errno = self.guest.call::<_, u32>(name, args);
        let errno = Errno::from_wire(errno.expect("the guest does not trap"));
        match errno.expect("an errno") {
            Errno::Success => Ok(()),
            errno => Err(errno),
        }
    }

    fn put_path(&mut self, address: u32, path: &str) -> u32 {
        self.put(address, path.as_bytes());
        u32::try_from(path.len()).expect("a path fits the guest's memory")
    }

    fn put_iovec(&mut self, len: u32) {
        self.put(IOVEC, &BUFFER.to_le_bytes());
        self.put(IOVEC + 4, &len.to_le_bytes());
    }

    fn put(&mut self, address: u32, bytes: &[u8]) {
        let written = self
            .memory
            .write(self.guest.store_mut(), address as usize, bytes);
        written.expect("it fits the guest's memory");
    }

    /// The 32-bit result of the last call.
    fn result(&self) -> u32 {
        let mut bytes = [0; 4];
        let read = self
            .memory
            .read(self.guest.store(), RESULT as usize, &mut bytes);
        read.expect("the guest has a memory");
        u32::from_le_bytes(bytes)
    }

    /// As much of the buffer as the result of the last call says.
    fn buffer(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.result() as usize];
        let read = self
            .memory
            .read(self.guest.store(), BUFFER as usize, &mut bytes);
        read.expect("the host stays within the buffer");
        bytes
    }
}

/// How a line opens, if it does.
fn opening(verb: &str) -> Option<(OFlags, Rights)> {
    let (read, write) = (Rights::FD_READ, Rights::FD_WRITE);
    Some(match verb {
        "open" => (OFlags::empty(), read),
        "open-dir" => (OFlags::DIRECTORY, read),
        "write" => (OFlags::empty(), write),
        "create" => (OFlags::CREAT, write),
        "create-new" => (OFlags::CREAT | OFlags::EXCL, write),
        "truncate" => (OFlags::TRUNC, write),
        "truncate-reading" => (OFlags::TRUNC, read),
        _ => return None,
    })
}
