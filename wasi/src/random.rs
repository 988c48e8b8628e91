use std::sync::{Mutex, PoisonError};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use guesthouse_vfs::{Errno, RandomSource};

/// The operating system's random bytes.
#[cfg(feature = "host")]
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

#[cfg(feature = "host")]
impl RandomSource for OsRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), Errno> {
        getrandom::fill(buf).map_err(|_| Errno::Io)
    }
}

/// Bytes that a seed determines: the key stream of ChaCha20, the same on every machine.
///
/// Whoever shares one takes the next bytes of the same stream.
#[derive(Debug)]
pub struct SeededRandom(Mutex<ChaCha20Rng>);

impl SeededRandom {
    /// The bytes of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(Mutex::new(ChaCha20Rng::from_seed(key)))
    }
}

impl RandomSource for SeededRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), Errno> {
        // Nothing panics while the lock is held.
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.fill_bytes(buf);
        Ok(())
    }
}
