use std::io::{self, IsTerminal};

use std::io::IoSlice;

use super::{HostReader, HostWriter, reader, writer};
use crate::abi::{Errno, FileType};
use crate::stream::{Interest, Readiness, Stream};
use crate::wait::WaitSource;

/// The standard input, output or error of this process.
///
/// Without poll(2) a thread reads or writes it, from the guest's first use on. Input that the thread has taken and the guest has not is lost to this process.
#[derive(Debug)]
pub struct Inherited {
    end: End,
    terminal: bool,
}

#[derive(Debug)]
enum End {
    Input(HostReader),
    Output(HostWriter),
}

impl Inherited {
    /// Standard input.
    ///
    /// # Errors
    /// None here.
    pub fn stdin() -> io::Result<Self> {
        Ok(Self {
            terminal: io::stdin().is_terminal(),
            end: End::Input(reader(io::stdin())),
        })
    }

    /// Standard output.
    ///
    /// # Errors
    /// The host has no thread for it.
    pub fn stdout() -> io::Result<Self> {
        Ok(Self {
            terminal: io::stdout().is_terminal(),
            end: End::Output(writer(io::stdout())?.0),
        })
    }

    /// Standard error.
    ///
    /// # Errors
    /// The host has no thread for it.
    pub fn stderr() -> io::Result<Self> {
        Ok(Self {
            terminal: io::stderr().is_terminal(),
            end: End::Output(writer(io::stderr())?.0),
        })
    }

    fn stream(&self) -> &dyn Stream {
        match &self.end {
            End::Input(reader) => reader,
            End::Output(writer) => writer,
        }
    }
}

impl Stream for Inherited {
    fn file_type(&self) -> FileType {
        if self.terminal {
            FileType::CharacterDevice
        } else {
            FileType::Unknown
        }
    }

    fn read(&self, buf: &mut [u8]) -> Result<usize, Errno> {
        self.stream().read(buf)
    }

    fn write(&self, bufs: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.stream().write(bufs)
    }

    fn readiness(&self, interest: Interest) -> Result<Readiness, Errno> {
        self.stream().readiness(interest)
    }

    fn wait_source(&self, interest: Interest) -> Option<WaitSource> {
        self.stream().wait_source(interest)
    }

    fn sync(&self) -> Result<(), Errno> {
        self.stream().sync()
    }
}
