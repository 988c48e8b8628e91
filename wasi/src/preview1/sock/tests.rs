use std::io::IoSlice;
use std::sync::Mutex;

use super::*;
use crate::abi::FileType;
use crate::stdio::{PipeReader, PipeWriter, pipe};
use crate::stream::{Readiness, Stream};
use crate::wait::WaitSource;
use crate::{Limits, WasiCtxBuilder};

/// A connection made of two pipes.
struct Fake {
    input: PipeReader,
    peeked: Mutex<Vec<u8>>,
    output: PipeWriter,
    ended: Mutex<Option<Shutdown>>,
}

/// The other end of a [`Fake`].
struct Peer {
    to_guest: PipeWriter,
    from_guest: PipeReader,
}

fn connection() -> (Fake, Peer) {
    let (input, to_guest) = pipe(64);
    let (from_guest, output) = pipe(64);
    let fake = Fake {
        input,
        peeked: Mutex::default(),
        output,
        ended: Mutex::default(),
    };
    (
        fake,
        Peer {
            to_guest,
            from_guest,
        },
    )
}

impl Stream for Fake {
    fn file_type(&self) -> FileType {
        FileType::SocketStream
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        let mut peeked = self.peeked.lock().unwrap();
        if peeked.is_empty() {
            return self.input.read(buf);
        }
        let len = peeked.len().min(buf.len());
        buf[..len].copy_from_slice(&peeked[..len]);
        peeked.drain(..len);
        Ok(len)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.output.write(bufs)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        match interest {
            Interest::Read => self.input.readiness(interest),
            Interest::Write => self.output.readiness(interest),
        }
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        match interest {
            Interest::Read => self.input.wait_source(interest),
            Interest::Write => self.output.wait_source(interest),
        }
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

impl Socket for Fake {
    fn peek(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        let mut more = [0; 64];
        let len = self.input.read(&mut more)?;
        let mut peeked = self.peeked.lock().unwrap();
        peeked.extend_from_slice(&more[..len]);
        let len = peeked.len().min(buf.len());
        buf[..len].copy_from_slice(&peeked[..len]);
        Ok(len)
    }

    fn shutdown(&self, how: Shutdown) -> Result<(), Errno> {
        *self.ended.lock().unwrap() = Some(how);
        Ok(())
    }
}

struct Queue(Mutex<Vec<Fake>>, PipeReader);

impl Listener for Queue {
    fn accept(&self) -> Result<Arc<dyn Socket>, Errno> {
        let next = self.0.lock().unwrap().pop().ok_or(Errno::Again)?;
        Ok(Arc::new(next))
    }

    fn readiness(&self) -> Result<Readiness, Errno> {
        Ok(Readiness::Pending)
    }

    fn wait_source(&self) -> Option<WaitSource> {
        self.1.wait_source(Interest::Read)
    }
}

/// The first descriptor after standard input, output and error.
const SOCKET: u32 = 3;
const LEN: u32 = 16;
const FLAGS: u32 = 24;
const PEEK: u32 = 1;
const WAITALL: u32 = 2;

fn guest(builder: WasiCtxBuilder) -> (WasiCtx, Box<[u8]>) {
    let mut mem = vec![0_u8; 65536];
    // Three buffers of 2, 0 and 6 bytes at 200, 300 and 400, listed at 100.
    for (place, word) in [200_u32, 2, 300, 0, 400, 6].into_iter().enumerate() {
        mem[100 + 4 * place..][..4].copy_from_slice(&word.to_le_bytes());
    }
    (builder.build().unwrap(), mem.into())
}

fn recv(ctx: &mut WasiCtx, mem: &mut [u8], flags: u32) -> Result<u32, Stop> {
    sock_recv(ctx, mem, SOCKET, 100, 3, flags, LEN, FLAGS)?;
    assert_eq!(mem[24..26], [0, 0]);
    Ok(u32::from_le_bytes(mem[16..20].try_into().unwrap()))
}

fn write(to: &PipeWriter, bytes: &[u8]) {
    assert_eq!(to.write(&[IoSlice::new(bytes)]), Ok(bytes.len()));
}

fn errno_of<T: std::fmt::Debug>(result: Result<T, Stop>) -> Errno {
    match result {
        Err(Stop::Errno(errno)) => errno,
        other => panic!("an errno was expected, not {other:?}"),
    }
}

fn assert_waits<T: std::fmt::Debug>(result: Result<T, Stop>) {
    assert!(
        matches!(&result, Err(Stop::Wait(wait)) if wait.sources.len() == 1),
        "a wait was expected, not {result:?}"
    );
}

#[test]
fn receives_what_is_there_and_waits_for_the_first_byte_only() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    assert_waits(recv(&mut ctx, &mut mem, 0));
    write(&peer.to_guest, b"abc");
    assert_eq!(recv(&mut ctx, &mut mem, 0).unwrap(), 3);
    assert_eq!((&mem[200..202], &mem[400..402]), (&b"ab"[..], &b"c\0"[..]));
    drop(peer);
    assert_eq!(recv(&mut ctx, &mut mem, 0).unwrap(), 0);
}

#[test]
fn a_nonblocking_socket_answers_again() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    ctx.fds.get_mut(SOCKET).unwrap().flags = FdFlags::NONBLOCK;
    assert_eq!(errno_of(recv(&mut ctx, &mut mem, 0)), Errno::Again);
    assert_eq!(errno_of(recv(&mut ctx, &mut mem, PEEK)), Errno::Again);
    write(&peer.to_guest, b"abc");
    assert_eq!(recv(&mut ctx, &mut mem, WAITALL).unwrap(), 3);
    for _ in 0..8 {
        sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN).unwrap();
    }
    let result = sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN);
    assert_eq!(errno_of(result), Errno::Again);
}

#[test]
fn peeking_leaves_the_bytes_where_they_are() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    assert_waits(recv(&mut ctx, &mut mem, PEEK));
    write(&peer.to_guest, b"abcde");
    assert_eq!(recv(&mut ctx, &mut mem, PEEK).unwrap(), 5);
    assert_eq!((&mem[200..202], &mem[400..403]), (&b"ab"[..], &b"cde"[..]));
    mem[200..202].fill(0);
    assert_eq!(recv(&mut ctx, &mut mem, 0).unwrap(), 5);
    assert_eq!(&mem[200..202], b"ab");
}

#[test]
fn wait_all_goes_on_where_it_stopped() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    for piece in [&b"a"[..], b"bc", b"defg"] {
        assert_waits(recv(&mut ctx, &mut mem, WAITALL));
        write(&peer.to_guest, piece);
    }
    assert_waits(recv(&mut ctx, &mut mem, WAITALL));
    write(&peer.to_guest, b"hij");
    assert_eq!(recv(&mut ctx, &mut mem, WAITALL).unwrap(), 8);
    assert_eq!(
        (&mem[200..202], &mem[400..406]),
        (&b"ab"[..], &b"cdefgh"[..])
    );
    assert_eq!(ctx.wait_token, None);
    // The end comes before the buffers are full.
    drop(peer);
    assert_eq!(recv(&mut ctx, &mut mem, WAITALL).unwrap(), 2);
    assert_eq!(&mem[200..202], b"ij");
}

#[test]
fn sends_from_all_buffers_and_waits_when_full() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    mem[200..202].copy_from_slice(b"ab");
    mem[400..406].copy_from_slice(b"cdefgh");
    for _ in 0..8 {
        sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN).unwrap();
        assert_eq!(mem[16], 8);
    }
    assert_waits(sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN));
    let mut buf = [0; 8];
    assert_eq!(peer.from_guest.read(&mut buf), Ok(8));
    assert_eq!(&buf, b"abcdefgh");
    sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN).unwrap();
    drop(peer);
    let result = sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 3, 0, LEN);
    assert_eq!(errno_of(result), Errno::Pipe);
}

#[test]
fn accepts_into_the_lowest_number_with_the_flags() {
    let (reader, _writer) = pipe(1);
    let queue = Queue(Mutex::new(vec![connection().0, connection().0]), reader);
    let (mut ctx, mut mem) = guest(WasiCtx::builder().listener(queue));
    sock_accept(&mut ctx, &mut mem[..], SOCKET, 0, LEN).unwrap();
    assert_eq!(mem[16..20], 4_u32.to_le_bytes());
    sock_accept(&mut ctx, &mut mem[..], SOCKET, 4, LEN).unwrap();
    let accepted = ctx.fds.get(5).unwrap();
    assert_eq!(accepted.flags, FdFlags::NONBLOCK);
    assert_eq!(accepted.rights, DescriptorRights::SOCKET);
    assert_waits(sock_accept(&mut ctx, &mut mem[..], SOCKET, 0, LEN));
    ctx.fds.get_mut(SOCKET).unwrap().flags = FdFlags::NONBLOCK;
    let result = sock_accept(&mut ctx, &mut mem[..], SOCKET, 0, LEN);
    assert_eq!(errno_of(result), Errno::Again);
    let result = sock_accept(&mut ctx, &mut mem[..], 4, 0, LEN);
    assert_eq!(errno_of(result), Errno::Inval);
}

#[test]
fn a_full_table_takes_no_connection() {
    let (reader, _writer) = pipe(1);
    let queue = Queue(Mutex::new(vec![connection().0]), reader);
    let limits = Limits {
        descriptors: 4,
        ..Limits::default()
    };
    let (mut ctx, mut mem) = guest(WasiCtx::builder().listener(queue).limits(limits));
    let result = sock_accept(&mut ctx, &mut mem[..], SOCKET, 0, LEN);
    assert_eq!(errno_of(result), Errno::Mfile);
    ctx.fds.remove(0).unwrap();
    sock_accept(&mut ctx, &mut mem[..], SOCKET, 0, LEN).unwrap();
    assert_eq!(mem[16], 0);
}

#[test]
fn shuts_down_what_the_flags_say() {
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(connection().0));
    for how in 1..=3 {
        sock_shutdown(&mut ctx, &mut mem[..], SOCKET, how).unwrap();
    }
    for how in [0, 4, 256, u32::MAX] {
        let result = sock_shutdown(&mut ctx, &mut mem[..], SOCKET, how);
        assert_eq!(errno_of(result), Errno::Inval, "{how}");
    }
}

#[test]
fn what_is_no_socket_is_refused() {
    let (mut ctx, mut mem) = guest(WasiCtx::builder());
    for (fd, errno) in [
        (0, Errno::Notsock),
        (99, Errno::Badf),
        (u32::MAX, Errno::Badf),
    ] {
        let mem = &mut mem[..];
        assert_eq!(
            errno_of(sock_recv(&mut ctx, mem, fd, 100, 3, 0, LEN, FLAGS)),
            errno
        );
        assert_eq!(
            errno_of(sock_send(&mut ctx, mem, fd, 100, 3, 0, LEN)),
            errno
        );
        assert_eq!(errno_of(sock_shutdown(&mut ctx, mem, fd, 1)), errno);
        assert_eq!(errno_of(sock_accept(&mut ctx, mem, fd, 0, LEN)), errno);
    }
}

#[test]
fn hostile_arguments_are_errnos_and_change_nothing() {
    let (socket, peer) = connection();
    let (mut ctx, mut mem) = guest(WasiCtx::builder().socket(socket));
    write(&peer.to_guest, b"kept");
    let mut recv_with = |buffers, count, flags, len, out_flags| {
        let mem = &mut mem[..];
        errno_of(sock_recv(
            &mut ctx, mem, SOCKET, buffers, count, flags, len, out_flags,
        ))
    };
    assert_eq!(recv_with(100, 3, 4, LEN, FLAGS), Errno::Inval);
    assert_eq!(recv_with(100, 3, u32::MAX, LEN, FLAGS), Errno::Inval);
    assert_eq!(recv_with(100, 3, 0, 65533, FLAGS), Errno::Fault);
    assert_eq!(recv_with(100, 3, 0, LEN, u32::MAX), Errno::Fault);
    assert_eq!(recv_with(65530, 3, 0, LEN, FLAGS), Errno::Fault);
    assert_eq!(recv_with(100, u32::MAX, 0, LEN, FLAGS), Errno::Inval);
    mem[100..108].copy_from_slice(&[0xFF; 8]);
    for flags in [0, PEEK, WAITALL] {
        let result = sock_recv(&mut ctx, &mut mem[..], SOCKET, 100, 1, flags, LEN, FLAGS);
        assert_eq!(errno_of(result), Errno::Fault);
    }
    let result = sock_send(&mut ctx, &mut mem[..], SOCKET, 100, 1, 0, LEN);
    assert_eq!(errno_of(result), Errno::Fault);
    let result = sock_send(&mut ctx, &mut mem[..], SOCKET, 108, 2, 1, LEN);
    assert_eq!(errno_of(result), Errno::Inval);
    // Nothing was lost, and overlapping buffers are filled one after the other.
    for (place, word) in [200_u32, 2, 201, 2].into_iter().enumerate() {
        mem[100 + 4 * place..][..4].copy_from_slice(&word.to_le_bytes());
    }
    sock_recv(&mut ctx, &mut mem[..], SOCKET, 100, 2, 0, LEN, FLAGS).unwrap();
    assert_eq!(mem[16], 4);
    assert_eq!(&mem[200..203], b"kpt");
}
