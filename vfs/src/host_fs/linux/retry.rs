use rustix::io::Errno as HostErrno;

use super::super::host_errno::host_errno;
use crate::Errno;

/// Calls until no signal interrupts it: a guest must not see the host's signals. (Calls on a disk are not interrupted at all, those on FUSE and NFS can be.)
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, HostErrno>) -> Result<T, HostErrno> {
    loop {
        match call() {
            Err(HostErrno::INTR) => {}
            outcome => return outcome,
        }
    }
}

/// As [`retry`], with the error as ours.
pub(super) fn call<T>(call: impl FnMut() -> Result<T, HostErrno>) -> Result<T, Errno> {
    retry(call).map_err(ours)
}

/// A host's error as ours.
pub(super) fn ours(errno: HostErrno) -> Errno {
    host_errno(&errno.into())
}
