use std::ops::ControlFlow;

use crate::abi::{Dirent, Errno, FileType, Rights};
use crate::descriptor::DirDescriptor;
use crate::memory::{Buffer, Out};
use crate::{GuestMemory, Stop, WasiCtx};

/// The cookie after `.`.
const AFTER_DOT: u64 = 1;
/// The cookie after `..`, where the filesystem's own listing begins. Its cookies are told to the guest with this much added.
const AFTER_DOT_DOT: u64 = 2;

/// Lists the directory `fd` from `cookie` on into the `buf_len` bytes at `buf`, and writes to `bufused` how many were used: all of them, with the last
/// entry cut off where it does not fit, unless the end was reached.
///
/// First comes `.`, then `..`, which has the inode number of `.`: what lies above isn't the guest's business, and 0 makes old C libraries
/// look the name up, which fails. Names are as the filesystem has them; on a host's they may be other than UTF-8, and then no path leads to them.
///
/// # Errors
/// `BADF`; `NOTDIR`; `NOTCAPABLE`; `FAULT`; `INVAL` for a cookie that was never given out, as far as the filesystem can tell; the filesystem's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/readdir.html>
pub fn fd_readdir<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    buf: u32,
    buf_len: u32,
    cookie: u64,
    bufused: u32,
) -> Result<(), Stop> {
    let dir = ctx.fds.get_mut(fd)?.dir_mut(Rights::FD_READDIR)?;
    let bufused = Out::<4>::new(mem, bufused)?;
    let mut page = Page {
        buffer: Buffer::new(mem, buf, buf_len)?,
        used: 0,
        mem,
    };
    page.fill(dir, cookie)?;
    let used = page.used;
    Ok(bufused.put(mem, used.to_le_bytes())?)
}

/// The guest's buffer, filled entry by entry.
struct Page<'m, M: ?Sized> {
    mem: &'m mut M,
    buffer: Buffer,
    /// How many bytes are filled.
    used: u32,
}

impl<M: GuestMemory + ?Sized> Page<'_, M> {
    fn fill(&mut self, dir: &mut DirDescriptor, cookie: u64) -> Result<(), Stop> {
        if cookie < AFTER_DOT_DOT {
            let ino = dir.metadata()?.ino;
            if cookie < AFTER_DOT {
                self.put_dots(b".", ino, AFTER_DOT)?;
            }
            self.put_dots(b"..", ino, AFTER_DOT_DOT)?;
        }
        if self.is_full() {
            return Ok(());
        }
        let mut failed = None;
        let cookie = cookie.saturating_sub(AFTER_DOT_DOT);
        dir.listing()?.next_from(cookie, &mut |entry| {
            if self.is_full() {
                return ControlFlow::Break(());
            }
            let dirent = Dirent {
                d_next: entry.next.wrapping_add(AFTER_DOT_DOT),
                d_ino: entry.ino,
                d_namlen: u32::try_from(entry.name.len()).unwrap_or(u32::MAX),
                d_type: entry.file_type.into(),
            };
            match self.put(dirent, entry.name) {
                Ok(true) => ControlFlow::Continue(()),
                Ok(false) => ControlFlow::Break(()),
                Err(errno) => {
                    failed = Some(errno);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), |errno| Err(errno.into()))
    }

    fn put_dots(&mut self, name: &[u8], ino: u64, next: u64) -> Result<(), Errno> {
        let dirent = Dirent {
            d_next: next,
            d_ino: ino,
            d_namlen: u32::try_from(name.len()).unwrap_or(u32::MAX),
            d_type: FileType::Directory,
        };
        self.put(dirent, name).map(drop)
    }

    /// Writes as much of an entry as there is room for, and says whether that was all of it.
    fn put(&mut self, dirent: Dirent, name: &[u8]) -> Result<bool, Errno> {
        let before = self.used;
        for bytes in [&dirent.encode()[..], name] {
            self.used += self.buffer.write_at(self.mem, self.used, bytes)?;
        }
        let whole = u64::from(Dirent::SIZE) + u64::from(dirent.d_namlen);
        Ok(u64::from(self.used - before) == whole)
    }

    fn is_full(&self) -> bool {
        self.used == self.buffer.len()
    }
}
