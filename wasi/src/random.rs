use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::abi::Errno;

/// Where `random_get` takes its bytes from.
pub trait RandomSource: Send {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`Errno::Io`] if the source fails.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno>;
}

/// The operating system's random bytes.
#[cfg(feature = "host")]
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

#[cfg(feature = "host")]
impl RandomSource for OsRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        getrandom::fill(bytes).map_err(|_| Errno::Io)
    }
}

/// Bytes that a seed determines: the key stream of ChaCha20, the same on every machine.
pub struct SeededRandom(ChaCha20Rng);

impl SeededRandom {
    /// The bytes of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(ChaCha20Rng::from_seed(key))
    }
}

impl RandomSource for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Errno> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl std::fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeededRandom").finish_non_exhaustive()
    }
}
