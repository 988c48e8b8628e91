use std::fmt;
use std::sync::Arc;

use guesthouse_vfs::{ChunkPool, Clock, Limits, SystemClock};

use super::Platform;

/// How an image is read.
///
/// ```
/// use guesthouse_image::ImageOptions;
/// use guesthouse_vfs::Limits;
///
/// let options = ImageOptions::new()
///     .memory_bytes(64 << 20)
///     .limits(Limits { nodes: 10_000, ..Limits::default() });
/// ```
#[derive(Clone)]
pub struct ImageOptions {
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chunk_pool: ChunkPool,
    pub(super) memory_bytes: u64,
    pub(super) platform: Option<Platform>,
    pub(super) reference: Option<String>,
    #[cfg(feature = "mmap")]
    pub(super) map_file: bool,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            chunk_pool: ChunkPool::default(),
            memory_bytes: 2 << 30,
            platform: None,
            reference: None,
            #[cfg(feature = "mmap")]
            map_file: false,
        }
    }
}

impl ImageOptions {
    /// The default of everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the filesystem of the image may hold, and each fork of it. Default: [`Limits::default`].
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Where the times come from that the image does not tell: when a node was made, and when a directory was changed that has no entry of its own. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The pool that forks get memory from. Default: a pool of its own that keeps at most 4 MiB.
    #[must_use]
    pub fn chunk_pool(self, chunk_pool: ChunkPool) -> Self {
        Self { chunk_pool, ..self }
    }

    /// How many bytes of memory may be taken for archives that are read and for what is unpacked from them, all layers together, besides what
    /// [`limits`](Self::limits) allow the filesystem itself. It is charged before it is allocated, whatever sizes an archive claims. As much again, at the most, is taken
    /// for the names of directories until all is read, and up to 128 MiB while Zstandard is unpacked. Default: 2 GiB.
    #[must_use]
    pub fn memory_bytes(self, memory_bytes: u64) -> Self {
        Self {
            memory_bytes,
            ..self
        }
    }

    /// Which platform's image to take from a container image that has several. Default: the only one there is, or that for `wasip1/wasm`, or that for
    /// `linux` on the processor of this machine.
    #[must_use]
    pub fn platform(self, platform: Platform) -> Self {
        Self {
            platform: Some(platform),
            ..self
        }
    }

    /// Which image to take from a layout or a `docker save` archive that holds several, by its name (`app:1.2`, or what the annotation
    /// `org.opencontainers.image.ref.name` says). Default: the only one.
    #[must_use]
    pub fn reference(self, reference: impl Into<String>) -> Self {
        Self {
            reference: Some(reference.into()),
            ..self
        }
    }

    /// Maps the archive into memory instead of reading it: what no guest reads is never loaded, and other processes share it. Only a single file that is given by
    /// name is mapped; what is compressed in it is unpacked into memory all the same.
    ///
    /// **A file that is cut short while it is mapped kills the process** (`SIGBUS`), at the next read of a guest or host, and nothing can catch that in a sensible way.
    ///
    /// # Safety
    /// Until the image and all forks of it are gone, nobody may write to the file or truncate it, neither this process nor any other; replacing it by renaming
    /// another over it is fine. Rust takes mapped bytes for constant; if they change, the behaviour is undefined.
    #[cfg(feature = "mmap")]
    #[must_use]
    #[expect(
        unsafe_code,
        reason = "what it asks of its caller, no type can express"
    )]
    pub unsafe fn map_file(self) -> Self {
        Self {
            map_file: true,
            ..self
        }
    }
}

impl fmt::Debug for ImageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageOptions")
            .field("limits", &self.limits)
            .field("memory_bytes", &self.memory_bytes)
            .field("platform", &self.platform)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
