use std::io::{self, Write};

use sha2::{Digest, Sha256};

/// Hands on what is written, and takes its digest.
pub(super) struct Digested<W> {
    out: W,
    sha256: Sha256,
}

impl<W> Digested<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            sha256: Sha256::new(),
        }
    }

    /// As OCI writes it: the algorithm, a colon, hexadecimal digits.
    pub(super) fn digest(self) -> String {
        let digits = self.sha256.finalize();
        let digits = digits.iter().map(|byte| format!("{byte:02x}"));
        format!("sha256:{}", digits.collect::<String>())
    }
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sha256.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
