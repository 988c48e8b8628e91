use std::io::{self, ErrorKind, Read};

use bytes::Bytes;

use super::budget::Budget;
use super::{ImageError, ImageErrorKind};

/// A buffer that grows while something of unknown length is read into it, and is charged for before it does.
pub(super) struct Buffer<'b> {
    bytes: Vec<u8>,
    charged: u64,
    budget: &'b mut Budget,
}

/// Bytes in memory, and how many of them were charged for.
pub(super) struct Charged {
    pub(super) bytes: Bytes,
    pub(super) charge: u64,
}

/// The least by which a buffer grows, in bytes.
const STEP: u64 = 64 * 1024;

impl<'b> Buffer<'b> {
    /// `expected`: how long it will probably be, in bytes. So much is taken at once, if the budget has it.
    pub(super) fn new(expected: u64, budget: &'b mut Budget) -> Result<Self, ImageError> {
        let mut buffer = Self {
            bytes: Vec::new(),
            charged: 0,
            budget,
        };
        buffer.grow(expected.min(buffer.budget.left()))?;
        Ok(buffer)
    }

    pub(super) const fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Reads to the end of `from`. `failed` says what it means if that fails.
    ///
    /// # Errors
    /// [`ImageErrorKind::TooLarge`] as soon as the budget is used up; what `failed` makes of a failure.
    pub(super) fn append(
        &mut self,
        from: &mut impl Read,
        failed: fn(io::Error) -> ImageError,
    ) -> Result<(), ImageError> {
        loop {
            let room = self.charged - self.len();
            if room == 0 {
                let Some(byte) = probe(from).map_err(failed)? else {
                    return Ok(());
                };
                let step = STEP.max(self.len() / 2).min(self.budget.left());
                self.grow(step.max(1))?;
                self.bytes.push(byte);
                continue;
            }
            let before = self.len();
            from.by_ref()
                .take(room)
                .read_to_end(&mut self.bytes)
                .map_err(failed)?;
            if self.len() - before < room {
                return Ok(());
            }
        }
    }

    /// What was read, in memory that is not much larger than it.
    pub(super) fn finish(mut self) -> Charged {
        let spare = self.charged - self.len();
        if spare > self.len() / 8 {
            self.bytes.shrink_to_fit();
            self.budget.refund(spare);
            self.charged -= spare;
        }
        Charged {
            bytes: self.bytes.into(),
            charge: self.charged,
        }
    }

    fn grow(&mut self, by: u64) -> Result<(), ImageError> {
        self.budget.charge(by)?;
        self.charged += by;
        let reserved = usize::try_from(self.charged)
            .map(|all| self.bytes.try_reserve_exact(all - self.bytes.len()));
        match reserved {
            Ok(Ok(())) => Ok(()),
            _ => Err(ImageError::new(
                ImageErrorKind::TooLarge,
                "there is not enough memory for it",
            )),
        }
    }
}

/// The next byte, if there is one.
fn probe(from: &mut impl Read) -> io::Result<Option<u8>> {
    let mut byte = [0];
    loop {
        match from.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(byte[0])),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        from: &mut impl Read,
        expected: u64,
        budget: &mut Budget,
    ) -> Result<Charged, ImageError> {
        let mut buffer = Buffer::new(expected, budget)?;
        buffer.append(from, |error| {
            ImageError::new(ImageErrorKind::Io, "reading failed").caused_by(error)
        })?;
        Ok(buffer.finish())
    }

    #[test]
    fn what_is_longer_than_expected_is_read_up_to_the_limit() {
        for expected in [0, 10, 99_999, 100_000, 100_001, 200_000, u64::MAX] {
            let mut budget = Budget::new(200_000);
            let read = read(&mut io::repeat(7).take(100_000), expected, &mut budget);
            let read = read.expect("it fits");
            assert_eq!(read.bytes.len(), 100_000);
            assert_eq!(budget.left(), 200_000 - read.charge);
            assert!(
                (100_000..=112_500).contains(&read.charge),
                "{}",
                read.charge
            );
        }
        let exactly = read(&mut io::repeat(7).take(9), 9, &mut Budget::new(9));
        assert_eq!(exactly.expect("it fits").bytes.len(), 9);
        let more = read(&mut io::repeat(7).take(10), 9, &mut Budget::new(9));
        assert!(more.is_err_and(|error| error.kind() == ImageErrorKind::TooLarge));
        let endless = read(&mut io::repeat(7), 0, &mut Budget::new(100_000));
        assert!(endless.is_err_and(|error| error.kind() == ImageErrorKind::TooLarge));
    }
}
