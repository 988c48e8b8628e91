use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::time::SystemTime;

use guesthouse_vfs::{Clock, Timestamp};

use crate::abi::{ClockId, Errno};

/// What the monotonic clock says when a guest begins, in nanoseconds. Not 0, which some runtimes (Go's) take for a broken clock.
const BEGINNING: u64 = 1_000_000_000;

/// The clocks of a guest.
///
/// The two processor clocks tell how long the guest has run since it was made, time in host calls included and time in waits left out: the
/// host's own processor time would tell one guest about another.
#[derive(Clone)]
pub struct Clocks {
    source: Source,
    /// How long the guest has waited, in nanoseconds of its monotonic clock.
    waited: u64,
    resolution: u64,
}

#[derive(Clone)]
enum Source {
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    System {
        /// Nanoseconds that pass for the guest in a thousand of the host's.
        per_thousand: u64,
        begun: std::time::Instant,
        begun_at: Timestamp,
    },
    Fixed(Timestamp),
    Virtual(Arc<VirtualClock>),
    Custom(Arc<dyn ClockSource>),
}

/// Clocks of the host's own making, for instance a browser's.
pub trait ClockSource: Send + Sync {
    /// The time of day, in nanoseconds since the Unix epoch.
    fn realtime(&self) -> u64;

    /// A time that never goes back, in nanoseconds since whenever.
    fn monotonic(&self) -> u64;
}

impl Clocks {
    /// The host's clocks.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[must_use]
    pub fn system() -> Self {
        Self::scaled(1000)
    }

    /// The host's clocks, which from now on run `per_thousand` thousandths as fast as they are: 500 is half as fast, 2000 twice. A sleep of the
    /// guest's takes the host as much longer or shorter. 0 is taken for 1.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[must_use]
    pub fn scaled(per_thousand: u32) -> Self {
        Self::of(Source::System {
            per_thousand: u64::from(per_thousand.max(1)),
            begun: std::time::Instant::now(),
            begun_at: SystemTime::now().into(),
        })
    }

    /// Clocks that stand still, at this time of day. Every sleep is over at once, and changes nothing.
    #[must_use]
    pub fn fixed(realtime: Timestamp) -> Self {
        Self::of(Source::Fixed(realtime))
    }

    /// A clock that moves only when somebody sleeps on it. Guests that are given the same one share it.
    #[must_use]
    pub fn virtual_clock(clock: Arc<VirtualClock>) -> Self {
        Self::of(Source::Virtual(clock))
    }

    /// Clocks of the host's own making.
    #[must_use]
    pub fn custom(source: Arc<dyn ClockSource>) -> Self {
        Self::of(Source::Custom(source))
    }

    /// The same clocks, which say of themselves that they move in steps of this many nanoseconds (1 if not said; 0 is taken for 1).
    #[must_use]
    pub fn with_resolution(self, nanos: u64) -> Self {
        Self {
            resolution: nanos.max(1),
            ..self
        }
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            waited: 0,
            resolution: 1,
        }
    }

    /// What a clock says, in nanoseconds.
    ///
    /// # Errors
    /// [`Errno::Overflow`] if the time of day lies before 1970.
    #[inline]
    pub fn now(&self, clock: ClockId) -> Result<u64, Errno> {
        match clock {
            ClockId::Realtime => self.realtime(),
            ClockId::Monotonic => Ok(self.monotonic()),
            ClockId::ProcessCputimeId | ClockId::ThreadCputimeId => Ok(self
                .monotonic()
                .saturating_sub(BEGINNING)
                .saturating_sub(self.waited)),
        }
    }

    /// The step in which a clock moves, in nanoseconds; never 0.
    #[must_use]
    pub const fn resolution(&self, _clock: ClockId) -> u64 {
        self.resolution
    }

    /// What the monotonic clock says, in nanoseconds.
    #[inline]
    #[must_use]
    pub fn monotonic(&self) -> u64 {
        match &self.source {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            Source::System {
                per_thousand,
                begun,
                ..
            } => BEGINNING.saturating_add(scale(begun.elapsed(), *per_thousand)),
            Source::Fixed(_) => BEGINNING,
            Source::Virtual(clock) => clock.monotonic(),
            Source::Custom(source) => source.monotonic(),
        }
    }

    fn realtime(&self) -> Result<u64, Errno> {
        let time = match &self.source {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            Source::System {
                per_thousand: 1000, ..
            } => SystemTime::now().into(),
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            Source::System {
                per_thousand,
                begun,
                begun_at,
            } => {
                let since =
                    i64::try_from(scale(begun.elapsed(), *per_thousand)).unwrap_or(i64::MAX);
                Timestamp::from_nanos(begun_at.as_nanos().saturating_add(since))
            }
            Source::Fixed(time) => *time,
            Source::Virtual(clock) => clock.now(),
            Source::Custom(source) => return Ok(source.realtime()),
        };
        u64::try_from(time.as_nanos()).map_err(|_| Errno::Overflow)
    }

    /// Whether a time of a clock has come. On fixed clocks every time has, for it would never come otherwise.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    pub fn reached(&self, clock: ClockId, time: u64) -> Result<bool, Errno> {
        Ok(matches!(self.source, Source::Fixed(_)) || self.now(clock)? >= time)
    }

    /// How long the host has to wait, in its own time, for the guest to have waited `span` nanoseconds of its clocks. A virtual clock does not make
    /// the host wait: the adapter calls [`advance`](Self::advance) instead and goes on at once.
    #[must_use]
    pub fn host_span(&self, span: u64) -> Duration {
        match &self.source {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            Source::System { per_thousand, .. } => {
                // Rounded up, so that the guest's time has come when the host's is over.
                let nanos = (u128::from(span) * 1000).div_ceil(u128::from(*per_thousand));
                Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            Source::Fixed(_) | Source::Virtual(_) => Duration::ZERO,
            Source::Custom(_) => Duration::from_nanos(span),
        }
    }

    /// Moves a virtual clock on by `span` nanoseconds, as if the guest had slept so long. Other clocks move by themselves.
    pub fn advance(&self, span: u64) {
        if let Source::Virtual(clock) = &self.source {
            clock.advance(Duration::from_nanos(span));
        }
    }

    /// Takes `span` nanoseconds of the guest's monotonic clock, in which it only waited, off its processor time.
    pub fn add_waited(&mut self, span: u64) {
        self.waited = self.waited.saturating_add(span);
    }
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl Default for Clocks {
    fn default() -> Self {
        Self::system()
    }
}

impl std::fmt::Debug for Clocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match &self.source {
            #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
            Source::System { .. } => "system",
            Source::Fixed(_) => "fixed",
            Source::Virtual(_) => "virtual",
            Source::Custom(_) => "custom",
        };
        f.debug_struct("Clocks")
            .field("source", &source)
            .finish_non_exhaustive()
    }
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn scale(elapsed: Duration, per_thousand: u64) -> u64 {
    if per_thousand == 1000 {
        // Spared the division: this is nearly every call.
        return u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
    }
    let scaled = elapsed.as_nanos() * u128::from(per_thousand) / 1000;
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// A clock that only moves when told to: a guest that sleeps on it moves it, and no time passes for the host.
///
/// It is a filesystem's [`Clock`] too, so that a run in memory can be repeated to the last timestamp.
#[derive(Debug)]
pub struct VirtualClock {
    begun_at: Timestamp,
    elapsed: AtomicU64,
}

impl VirtualClock {
    /// A clock at this time of day.
    #[must_use]
    pub fn new(realtime: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            begun_at: realtime,
            elapsed: AtomicU64::new(0),
        })
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        let span = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let add = |elapsed: u64| Some(elapsed.saturating_add(span));
        // Always succeeds, since `add` always has a value.
        let _ = self
            .elapsed
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }

    fn monotonic(&self) -> u64 {
        BEGINNING.saturating_add(self.elapsed.load(Ordering::SeqCst))
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.elapsed.load(Ordering::SeqCst)).unwrap_or(i64::MAX);
        Timestamp::from_nanos(self.begun_at.as_nanos().saturating_add(since))
    }
}
