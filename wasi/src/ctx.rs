use std::fmt;
use std::sync::Arc;

use guesthouse_vfs::RandomSource;

use crate::abi::{Errno, Rights};
use crate::builder::WasiCtxBuilder;
use crate::clocks::Clocks;
use crate::descriptor::{DirDescriptor, FileDescriptor};
use crate::fd_table::{DESCRIPTORS_MAX, FdTable};
use crate::observer::Observer;
use crate::string_list::StringList;
use crate::wait::{Canceller, WaitToken};

/// Everything that one guest has: its arguments, environment, descriptors, clocks and randomness.
///
/// The functions of [`preview1`](crate::preview1) and [`unstable`](crate::unstable) work on it. It is made by a [builder](Self::builder).
pub struct WasiCtx {
    pub(crate) args: StringList,
    pub(crate) environ: StringList,
    pub(crate) fds: FdTable,
    pub(crate) clocks: Clocks,
    pub(crate) random: Arc<dyn RandomSource>,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    /// What a function that waits keeps until it is called again.
    pub(crate) wait_token: Option<WaitToken>,
    pub(crate) canceller: Canceller,
    pub(crate) observer: Option<Box<dyn Observer>>,
}

/// What the host decided about the guest's filesystem calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy {
    /// `path_open` grants the requested rights only.
    pub(crate) strict_rights: bool,
    /// The guest may make symbolic links with absolute targets.
    pub(crate) absolute_symlinks: bool,
}

/// What a guest may use of its context. The filesystems have limits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many descriptors it may have open; a further one is `MFILE`. At first 1024, as Linux starts a process.
    pub descriptors: u32,
    /// How many bytes its arguments, and likewise its environment, may take, with a NUL and a pointer for each. The builder refuses more. At first
    /// 1 MiB: half of what Linux allows for both.
    pub argument_bytes: u32,
    /// How many bytes one `random_get` may ask for; more is `INVAL`. At first 64 MiB, so that no call takes seconds.
    pub random_bytes: u32,
    /// How many subscriptions one `poll_oneoff` may have; more is `INVAL`. At first 4096: each costs the host some 100 bytes and perhaps a system call.
    pub subscriptions: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            descriptors: DESCRIPTORS_MAX,
            argument_bytes: 1 << 20,
            random_bytes: 1 << 26,
            subscriptions: 4096,
        }
    }
}

impl WasiCtx {
    /// Begins a new context.
    pub fn builder() -> WasiCtxBuilder {
        WasiCtxBuilder::new()
    }

    /// The guest's clocks.
    #[must_use]
    pub const fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The switch that ends the guest from outside; clone it to keep it.
    #[must_use]
    pub const fn canceller(&self) -> &Canceller {
        &self.canceller
    }

    /// Forgets a call that answered [`Stop::Wait`](crate::Stop::Wait) and will not be made again, for instance because its future was dropped. What it had begun, such as
    /// a write of which a part was taken, would otherwise be taken for the beginning of the next call that waits.
    pub fn give_up_wait(&mut self) {
        self.wait_token = None;
    }

    /// Has every further call observed, instead of by the previous observer.
    pub fn observe(&mut self, observer: impl Observer + 'static) {
        self.observer = Some(Box::new(observer));
    }

    /// # Errors
    /// [`Errno::Badf`]; those of [`Descriptor::dir`](crate::descriptor::Descriptor::dir).
    #[inline]
    pub(crate) fn dir(&self, fd: u32, needed: Rights) -> Result<&DirDescriptor, Errno> {
        self.fds.get(fd)?.dir(needed)
    }

    /// # Errors
    /// [`Errno::Badf`]; those of [`Descriptor::file_mut`](crate::descriptor::Descriptor::file_mut).
    #[inline]
    pub(crate) fn file_mut(
        &mut self,
        fd: u32,
        needed: Rights,
    ) -> Result<&mut FileDescriptor, Errno> {
        self.fds.get_mut(fd)?.file_mut(needed)
    }
}

impl fmt::Debug for WasiCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtx")
            .field("fds", &self.fds)
            .field("clocks", &self.clocks)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
