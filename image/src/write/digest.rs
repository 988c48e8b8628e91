use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// Hands on what is written, and takes its digest and length.
pub(super) struct Digested<W> {
    out: W,
    sha256: Sha256,
    len: u64,
}

/// What OCI calls a descriptor: some bytes by their digest and length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    /// The algorithm, a colon, hexadecimal digits.
    pub(super) digest: String,
    /// In bytes.
    pub(super) len: u64,
}

impl Blob {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::new(Sha256::new_with_prefix(bytes), bytes.len() as u64)
    }

    fn new(sha256: Sha256, len: u64) -> Self {
        let digits = sha256.finalize();
        let digits = digits.iter().map(|byte| format!("{byte:02x}"));
        let digest = format!("sha256:{}", digits.collect::<String>());
        Self { digest, len }
    }
}

impl<W> Digested<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            sha256: Sha256::new(),
            len: 0,
        }
    }

    /// What was written to, and what was written.
    pub(super) fn finish(self) -> (W, Blob) {
        (self.out, Blob::new(self.sha256, self.len))
    }
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sha256.update(bytes.get(..written).unwrap_or(bytes));
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
