use guesthouse_vfs::resolve::{self, OpenNode, Symlinks};
use guesthouse_vfs::{Access, OpenOptions};

use super::{path, symlinks};
use crate::abi::{FdFlags, OFlags, Rights};
use crate::descriptor::{Descriptor, FileDescriptor, Resource};
use crate::memory::Out;
use crate::rights::{OpenedKind, Request};
use crate::{GuestMemory, Stop, WasiCtx};

/// The permission bits of a new file: preview1 has no way to say others. (On the host the process's mask is applied.)
const FILE_MODE: u32 = 0o644;

/// Opens or makes the node at a path, and writes its new descriptor's number, the lowest free one, to `opened_fd`.
///
/// `fs_rights_base` says what a file is opened for: reading, writing, both; neither means reading. Every other right is granted that the kind of file
/// supports and the directory passes on, unless the host made rights strict: then exactly what was requested.
///
/// # Errors
/// Those of every [path function](crate::preview1): `BADF`, `NOTDIR`, `NOTCAPABLE`, `INVAL`, `FAULT`, `NAMETOOLONG`, `ILSEQ`; `NOTCAPABLE` also if the directory lacks the right that `CREAT` or
/// `TRUNC` needs, or does not pass on what is opened for or what `DSYNC`, `RSYNC` and `SYNC` need; `MFILE`; the filesystem's, such as `NOENT`, `EXIST`, `ISDIR`, `LOOP`, `PERM` and `ROFS`.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/openat.html>
#[expect(clippy::too_many_arguments, reason = "the ABI's")]
pub fn path_open<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    dirflags: u32,
    path_ptr: u32,
    path_len: u32,
    oflags: u32,
    fs_rights_base: u64,
    fs_rights_inheriting: u64,
    fdflags: u32,
    opened_fd: u32,
) -> Result<(), Stop> {
    let parent = ctx.fds.get(fd)?.rights;
    ctx.dir(fd, Rights::PATH_OPEN)?;
    let open = Open {
        symlinks: symlinks(dirflags)?,
        oflags: OFlags::from_wire(oflags)?,
        request: Request {
            base: fs_rights_base,
            inheriting: fs_rights_inheriting,
            fdflags: FdFlags::from_wire(fdflags)?,
            strict: ctx.policy.strict_rights,
        },
    };
    parent.need(open.needed())?;
    let access = open.request.access(parent.inheriting)?;
    let opened_fd = Out::new(mem, opened_fd)?;
    let path = path(mem, path_ptr, path_len)?;
    ctx.fds.check_room()?;
    let dir = ctx.dir(fd, Rights::PATH_OPEN)?;
    let node = resolve::open(dir.start(), &path, open.symlinks, open.options(access))?;
    drop(path);
    let (kind, resource) = match node {
        OpenNode::Dir(opened) => (OpenedKind::Dir, Resource::Dir(Box::new(dir.below(opened)))),
        OpenNode::File(file) => (OpenedKind::File, Resource::File(FileDescriptor::new(file))),
    };
    let number = ctx.fds.insert(Descriptor {
        resource,
        rights: open.request.granted(kind, access, parent.inheriting),
        flags: open.request.fdflags,
    })?;
    Ok(opened_fd.put(mem, number.to_le_bytes())?)
}

/// What the guest asks for, decoded.
struct Open {
    symlinks: Symlinks,
    oflags: OFlags,
    request: Request,
}

impl Open {
    /// What the directory must allow.
    fn needed(&self) -> Rights {
        let mut needed = Rights::PATH_OPEN;
        if self.oflags.contains(OFlags::CREAT) {
            needed = needed | Rights::PATH_CREATE_FILE;
        }
        if self.oflags.contains(OFlags::TRUNC) {
            needed = needed | Rights::PATH_FILESTAT_SET_SIZE;
        }
        needed
    }

    /// What the filesystem is asked for. Cutting a file needs write access there, though a guest may do it, as on Linux, with a descriptor that it then only
    /// reads from: its rights see to that.
    fn options(&self, access: Access) -> OpenOptions {
        let truncate = self.oflags.contains(OFlags::TRUNC);
        OpenOptions {
            access: Access {
                write: access.write || truncate,
                ..access
            },
            create: self.oflags.contains(OFlags::CREAT),
            exclusive: self.oflags.contains(OFlags::EXCL),
            truncate,
            directory: self.oflags.contains(OFlags::DIRECTORY),
            mode: FILE_MODE,
        }
    }
}
