use super::{ImageError, ImageErrorKind};

/// Counts the bytes of memory that an image takes for itself against a limit, before they are allocated.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    used: u64,
}

impl Budget {
    pub(super) const fn new(limit: u64) -> Self {
        Self { limit, used: 0 }
    }

    /// How much may still be charged, in bytes.
    pub(super) const fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// # Errors
    /// [`ImageErrorKind::TooLarge`], and then nothing is charged.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), ImageError> {
        if bytes > self.left() {
            return Err(ImageError::new(
                ImageErrorKind::TooLarge,
                format!(
                    "it takes more memory than the limit of {} bytes",
                    self.limit
                ),
            ));
        }
        self.used += bytes;
        Ok(())
    }

    /// Gives back what was charged for memory that is free again.
    pub(super) const fn refund(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_the_limit_is_not_charged() {
        let mut budget = Budget::new(10);
        budget.charge(8).expect("within the limit");
        assert_eq!(
            budget.charge(3).expect_err("too much").kind(),
            ImageErrorKind::TooLarge
        );
        assert_eq!(
            budget.charge(u64::MAX).expect_err("too much").kind(),
            ImageErrorKind::TooLarge
        );
        budget.charge(2).expect("what is left");
        budget.refund(5);
        assert_eq!(budget.left(), 5);
    }
}
