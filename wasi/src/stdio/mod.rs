//! What a guest's standard input, output and error can be.
//!
//! | kind | what it is |
//! |---|---|
//! | [`Inherited`] | that of this process |
//! | [`Null`] | empty input, output that vanishes |
//! | [`Input`] | bytes that are there from the start |
//! | [`Captured`] | output kept in memory, up to a limit |
//! | [`pipe()`] | the two ends of a pipe in this process, for guests and for host threads |
//! | [`reader()`], [`writer()`] | any [`Read`](std::io::Read) or [`Write`](std::io::Write) of the host, on a thread of its own |

mod captured;
#[cfg(feature = "host")]
pub(crate) mod host_errno;
#[cfg(feature = "host")]
mod host_io;
#[cfg(all(not(unix), feature = "host"))]
mod inherited_portable;
#[cfg(all(unix, feature = "host"))]
mod inherited_unix;
mod input;
mod null;
mod pipe;

pub use captured::Captured;
#[cfg(feature = "host")]
pub use host_io::{Drain, HostReader, HostWriter, reader, writer};
#[cfg(all(not(unix), feature = "host"))]
pub use inherited_portable::Inherited;
#[cfg(all(unix, feature = "host"))]
pub use inherited_unix::Inherited;
pub use input::Input;
pub use null::Null;
pub use pipe::{PipeReader, PipeWriter, pipe};
