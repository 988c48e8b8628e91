use std::net::Shutdown;
use std::sync::Arc;

use crate::abi::{Errno, FdFlags, RiFlags, Rights, RoFlags, SdFlags, SiFlags};
use crate::descriptor::{Descriptor, Resource};
use crate::memory::{Iovecs, Out, with_iovecs};
use crate::rights::DescriptorRights;
use crate::socket::{Listener, Socket};
use crate::stream::{Interest, StreamWrite, again_means_wait, stream_read};
use crate::wait::{Wait, WaitToken};
use crate::{GuestMemory, Stop, WasiCtx};

/// Takes the next connection of the listening socket `fd`, gives it the lowest free number, and writes that to `out`. The only flag is `NONBLOCK`.
///
/// # Errors
/// `BADF`; `NOTSOCK`, or `INVAL` for a socket that doesn't listen; `INVAL` for other flags; `NOTCAPABLE`; `FAULT`; `MFILE`; `AGAIN` if the listener is
/// `NONBLOCK` and nobody has connected, else [`Stop::Wait`]; the host's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/accept.html>
pub fn sock_accept<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    flags: u32,
    out: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    let listener = match &descriptor.resource {
        Resource::Listener(listener) => Arc::clone(listener),
        Resource::Socket(_) => return Err(Errno::Inval.into()),
        Resource::Stream(_) | Resource::File(_) | Resource::Dir(_) => {
            return Err(Errno::Notsock.into());
        }
    };
    let flags = FdFlags::from_wire(flags)?;
    if !FdFlags::NONBLOCK.contains(flags) {
        return Err(Errno::Inval.into());
    }
    descriptor.rights.need(Rights::SOCK_ACCEPT)?;
    let nonblocking = descriptor.flags.contains(FdFlags::NONBLOCK);
    let rights = DescriptorRights {
        base: descriptor.rights.inheriting,
        inheriting: Rights::empty(),
    };
    let out = Out::new(mem, out)?;
    ctx.fds.check_room()?;
    let socket = accept(&*listener, nonblocking)?;
    let accepted = ctx.fds.insert(Descriptor {
        resource: Resource::Socket(socket),
        rights,
        flags,
    })?;
    Ok(out.put(mem, accepted.to_le_bytes())?)
}

fn accept(listener: &dyn Listener, nonblocking: bool) -> Result<Arc<dyn Socket>, Stop> {
    match (listener.accept(), listener.wait_source()) {
        (Err(Errno::Again), Some(source)) if !nonblocking => Err(Stop::Wait(Wait::on(source))),
        (result, _) => Ok(result?),
    }
}

/// Receives into the `count` buffers listed at `buffers`, and writes how many bytes came to `out_len`. What it writes to `out_flags` is always 0: these
/// sockets have no messages that could be cut.
///
/// With `RECV_WAITALL` a blocking descriptor waits until the buffers are full or the other end is done; not together with `RECV_PEEK`, which POSIX leaves
/// open.
///
/// # Errors
/// `BADF`; `NOTSOCK`, or `NOTCONN` for a listening socket; `INVAL` for unknown flags; `NOTCAPABLE`; `FAULT` and `INVAL` as for `fd_read`; `AGAIN` if the
/// descriptor is `NONBLOCK` and nothing is there, else [`Stop::Wait`]; the host's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/recv.html>
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of the specification"
)]
pub fn sock_recv<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    out_len: u32,
    out_flags: u32,
) -> Result<(), Stop> {
    let token = ctx.wait_token.take();
    let descriptor = ctx.fds.get(fd)?;
    let socket = connected(descriptor)?;
    let flags = RiFlags::from_wire(flags)?;
    descriptor.rights.need(Rights::FD_READ)?;
    let out_len = Out::new(mem, out_len)?;
    let out_flags = Out::new(mem, out_flags)?;
    let nonblocking = descriptor.flags.contains(FdFlags::NONBLOCK);
    let mut receive = Receive {
        socket,
        nonblocking,
        all: flags.contains(RiFlags::RECV_WAITALL) && !nonblocking,
        received: token.map_or(0, |token| token.moved),
    };
    let result = with_iovecs!(mem, buffers, count, |iovecs| {
        if flags.contains(RiFlags::RECV_PEEK) {
            receive.peek(mem, &iovecs)
        } else {
            receive.run(mem, &iovecs)
        }
    });
    if let Err(Stop::Wait(_)) = result {
        ctx.wait_token = Some(WaitToken {
            moved: receive.received,
            ..WaitToken::default()
        });
    }
    out_len.put(mem, result?.to_le_bytes())?;
    Ok(out_flags.put(mem, RoFlags::empty().bits().to_le_bytes())?)
}

/// How [`sock_recv`] receives.
struct Receive<'c> {
    socket: &'c dyn Socket,
    nonblocking: bool,
    /// Go on until the buffers are full.
    all: bool,
    /// How many bytes are in the buffers from the call's earlier attempts, which had to wait for the rest.
    received: u32,
}

/// The most that is looked at ahead; bytes.
const PEEK_MAX: u32 = 64 * 1024;

impl Receive<'_> {
    fn run<M: GuestMemory + ?Sized, const N: usize>(
        &mut self,
        mem: &mut M,
        iovecs: &Iovecs<N>,
    ) -> Result<u32, Stop> {
        let mut waits = false;
        let total = iovecs.scatter(mem, |buf, before| {
            // What an earlier attempt has received stays.
            let there = usize::try_from(self.received.saturating_sub(before)).unwrap_or(0);
            let Some(rest) = buf.get_mut(there..).filter(|rest| !rest.is_empty()) else {
                return Ok(buf.len());
            };
            let wanted = rest.len();
            let first = before == 0 && there == 0;
            match stream_read(self.socket, self.nonblocking || !first, rest) {
                Ok(len) => {
                    // A short read means that no more is there, but 0 that no more will come.
                    waits = self.all && len > 0 && len < wanted;
                    Ok(there + len)
                }
                Err(stop) if first => Err(stop),
                Err(stop) => {
                    waits = self.all && matches!(stop, Stop::Errno(Errno::Again));
                    Ok(there)
                }
            }
        })?;
        match self.socket.wait_source(Interest::Read) {
            Some(source) if waits => {
                self.received = total;
                Err(Stop::Wait(Wait::on(source)))
            }
            _ => Ok(total),
        }
    }

    /// Peeking twice would see the same bytes twice, so it is done once for all buffers.
    fn peek<M: GuestMemory + ?Sized, const N: usize>(
        &self,
        mem: &mut M,
        iovecs: &Iovecs<N>,
    ) -> Result<u32, Stop> {
        let mut peeked = vec![0; iovecs.total().min(PEEK_MAX) as usize];
        let len = self.socket.peek(&mut peeked).map_err(|errno| {
            again_means_wait(self.socket, Interest::Read, self.nonblocking, errno)
        })?;
        let mut rest = peeked.get(..len).unwrap_or_default();
        iovecs.scatter(mem, |buf, _| {
            let (copied, left) = rest.split_at(rest.len().min(buf.len()));
            for (to, from) in buf.iter_mut().zip(copied) {
                *to = *from;
            }
            rest = left;
            Ok(copied.len())
        })
    }
}

/// Sends the `count` buffers listed at `buffers`, in order, and writes how many bytes were taken to `out_len`: all, but for what does not fit on a `NONBLOCK`
/// descriptor. There are no flags.
///
/// # Errors
/// `BADF`; `NOTSOCK`, or `NOTCONN` for a listening socket; `INVAL` for flags; `NOTCAPABLE`; `FAULT` and `INVAL` as for `fd_write`; `PIPE` if nobody
/// receives; `AGAIN` if the descriptor is `NONBLOCK` and no byte fits; [`Stop::Wait`] until all are taken; the host's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/send.html>
pub fn sock_send<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    out_len: u32,
) -> Result<(), Stop> {
    let token = ctx.wait_token.take();
    let descriptor = ctx.fds.get(fd)?;
    let socket = connected(descriptor)?;
    SiFlags::from_wire(flags)?;
    descriptor.rights.need(Rights::FD_WRITE)?;
    let out_len = Out::new(mem, out_len)?;
    let nonblocking = descriptor.flags.contains(FdFlags::NONBLOCK);
    let mut send = StreamWrite::new(socket, nonblocking, token);
    let sent = with_iovecs!(mem, buffers, count, |iovecs| {
        iovecs.gather(mem, |bufs, before| send.write(bufs, before))
    });
    let sent = send.finish(sent, &mut ctx.wait_token)?;
    Ok(out_len.put(mem, sent.to_le_bytes())?)
}

/// Ends receiving, sending or both, as `how` says.
///
/// # Errors
/// `BADF`; `NOTSOCK`, or `NOTCONN` for a listening socket; `INVAL` for unknown flags, or none; `NOTCAPABLE`; the host's.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/shutdown.html>
pub fn sock_shutdown<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    _mem: &mut M,
    fd: u32,
    how: u32,
) -> Result<(), Stop> {
    let descriptor = ctx.fds.get(fd)?;
    let socket = connected(descriptor)?;
    let how = SdFlags::from_wire(how)?;
    let how = match (how.contains(SdFlags::RD), how.contains(SdFlags::WR)) {
        (true, true) => Shutdown::Both,
        (true, false) => Shutdown::Read,
        (false, true) => Shutdown::Write,
        (false, false) => return Err(Errno::Inval.into()),
    };
    descriptor.rights.need(Rights::SOCK_SHUTDOWN)?;
    Ok(socket.shutdown(how)?)
}

/// # Errors
/// [`Errno::Notsock`]; [`Errno::Notconn`] for a listening socket.
fn connected(descriptor: &Descriptor) -> Result<&dyn Socket, Errno> {
    match &descriptor.resource {
        Resource::Socket(socket) => Ok(&**socket),
        Resource::Listener(_) => Err(Errno::Notconn),
        Resource::Stream(_) | Resource::File(_) | Resource::Dir(_) => Err(Errno::Notsock),
    }
}

#[cfg(test)]
mod tests;
