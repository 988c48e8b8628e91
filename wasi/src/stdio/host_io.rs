use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::host_errno;
use super::pipe::{PipeReader, PipeWriter, pipe};
use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::WaitSource;

/// How much is read ahead from a host reader, and how much a host writer may be behind; bytes. As large as a pipe of Linux.
const BUFFER: usize = 64 * 1024;

/// Input from any reader of the host.
///
/// A thread reads it, started when the guest first asks for input, so that a reader that blocks never blocks the guest's other business; it reads up to 64 KiB ahead. A read that
/// is blocked in the host cannot be interrupted: when the guest ends, the thread stays until that read returns.
pub fn reader(source: impl Read + Send + 'static) -> HostReader {
    let (reader, writer) = pipe(BUFFER);
    HostReader {
        reader,
        unstarted: Mutex::new(Some((Box::new(source), writer))),
    }
}

/// Output to any writer of the host, and the way to get the writer back.
///
/// A thread writes, up to 64 KiB behind the guest, and flushes whenever it has caught up, so that a writer that blocks never blocks the guest's other business. An error of
/// the writer is what the guest's next writes fail with. After the run [`Drain::finish`] waits until everything is written; without it the thread goes on by itself.
///
/// # Errors
/// The host has no thread for it.
pub fn writer<W: Write + Send + 'static>(target: W) -> io::Result<(HostWriter, Drain<W>)> {
    let (reader, writer) = pipe(BUFFER);
    let thread = thread::Builder::new()
        .name("guest output".into())
        .spawn(move || drain(reader, target))?;
    Ok((HostWriter { writer }, Drain { thread }))
}

type Unstarted = (Box<dyn Read + Send>, PipeWriter);

/// What [`reader()`] makes.
pub struct HostReader {
    reader: PipeReader,
    /// What the thread will take with it.
    unstarted: Mutex<Option<Unstarted>>,
}

impl HostReader {
    fn start(&self) -> Result<(), Errno> {
        let mut unstarted = self
            .unstarted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some((source, writer)) = unstarted.take() else {
            return Ok(());
        };
        thread::Builder::new()
            .name("guest input".into())
            .spawn(move || fill(source, writer))
            .map(drop)
            .map_err(|error| host_errno::from_io(&error))
    }
}

/// Ends when the source ends or fails, or when nobody reads any more.
fn fill(mut source: Box<dyn Read + Send>, mut writer: PipeWriter) {
    let mut buf = vec![0; BUFFER];
    loop {
        match source.read(&mut buf) {
            Ok(0) => return,
            Ok(len) => {
                if writer
                    .write_all(buf.get(..len).unwrap_or_default())
                    .is_err()
                {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return writer.fail(host_errno::from_io(&error)),
        }
    }
}

fn drain<W: Write>(mut reader: PipeReader, mut target: W) -> io::Result<W> {
    let mut buf = vec![0; BUFFER];
    let failed = loop {
        let len = Read::read(&mut reader, &mut buf)?;
        if len == 0 {
            return target.flush().map(|()| target);
        }
        if let Err(error) = target.write_all(buf.get(..len).unwrap_or_default()) {
            break error;
        }
        if reader.is_empty()
            && let Err(error) = target.flush()
        {
            break error;
        }
    };
    reader.fail(host_errno::from_io(&failed));
    Err(failed)
}

impl fmt::Debug for HostReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostReader").finish_non_exhaustive()
    }
}

impl Stream for HostReader {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        self.start()?;
        Stream::read(&self.reader, buf)
    }

    fn write(&self, _bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        self.start()?;
        self.reader.readiness(interest)
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        self.reader.wait_source(interest)
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

/// What [`writer()`] makes.
#[derive(Debug)]
pub struct HostWriter {
    writer: PipeWriter,
}

impl Stream for HostWriter {
    fn file_type(&self) -> FileType {
        FileType::Unknown
    }

    fn read(&self, _buf: &mut [u8]) -> Result<usize, Errno> {
        Err(Errno::Badf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        Stream::write(&self.writer, bufs)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        self.writer.readiness(interest)
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        self.writer.wait_source(interest)
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}

/// The thread behind a [`HostWriter`].
#[derive(Debug)]
pub struct Drain<W> {
    thread: JoinHandle<io::Result<W>>,
}

impl<W> Drain<W> {
    /// Waits until the guest has closed its output (at the latest when the guest's context is dropped) and everything is written and flushed, and gives the writer back.
    ///
    /// # Errors
    /// The writer's first; what came after it is lost.
    ///
    /// # Panics
    /// If the writer did.
    pub fn finish(self) -> io::Result<W> {
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::{BlockingWaiter, Canceller, Wait};

    /// Reads everything, waiting as an adapter does.
    fn read_all(stream: &dyn Stream) -> Result<Vec<u8>, Errno> {
        let (mut waiter, canceller) = (BlockingWaiter::new(), Canceller::new());
        let (mut all, mut buf) = (Vec::new(), [0; 1000]);
        loop {
            match stream.read(&mut buf) {
                Ok(0) => return Ok(all),
                Ok(len) => all.extend_from_slice(&buf[..len]),
                Err(Errno::Again) => {
                    let source = stream.wait_source(Interest::Read).unwrap();
                    waiter.wait(&Wait::on(source), &canceller).unwrap();
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    #[test]
    fn a_reader_arrives_whole() {
        let text: Vec<u8> = (0..=255).cycle().take(3 * BUFFER + 7).collect();
        let stream = reader(io::Cursor::new(text.clone()));
        assert_eq!(read_all(&stream), Ok(text));
    }

    #[test]
    fn an_error_of_the_reader_arrives() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        assert_eq!(read_all(&reader(Broken)), Err(Errno::Connreset));
    }

    #[test]
    fn a_writer_gets_everything_and_comes_back() {
        let (stream, drain) = writer(Vec::new()).unwrap();
        assert_eq!(
            stream.write(&[IoSlice::new(b"hello "), IoSlice::new(b"there")]),
            Ok(11)
        );
        drop(stream);
        assert_eq!(drain.finish().unwrap(), b"hello there");
    }

    #[test]
    fn an_error_of_the_writer_reaches_the_guest() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _buf: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (stream, drain) = writer(Full).unwrap();
        assert_eq!(stream.write(&[IoSlice::new(b"x")]), Ok(1));
        assert_eq!(
            drain.finish().map(drop).unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
        assert_eq!(stream.write(&[IoSlice::new(b"x")]), Err(Errno::Nospc));
    }
}
