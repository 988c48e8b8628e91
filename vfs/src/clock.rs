use std::time::{Duration, SystemTime};

/// A point in time: nanoseconds since the Unix epoch, from the year 1677 to 2262.
///
/// Times outside that range are clamped to its ends, as Linux clamps to what a filesystem can store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The time that many nanoseconds after (or, negative, before) the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The time that many nanoseconds after the epoch, clamped to the latest one that can be stored.
    #[must_use]
    pub fn from_unsigned_nanos(nanos: u64) -> Self {
        Self(i64::try_from(nanos).unwrap_or(i64::MAX))
    }

    /// The time `seconds` and `nanos` (0 to 999,999,999) after the epoch, clamped to what can be stored.
    #[must_use]
    pub fn from_parts(seconds: i64, nanos: u32) -> Self {
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self(i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Nanoseconds since the epoch; negative before it.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Nanoseconds since the epoch; 0 for times before it.
    #[must_use]
    pub fn as_unsigned_nanos(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// Whole seconds since the epoch (rounded down) and the nanoseconds above them.
    #[must_use]
    pub fn as_parts(self) -> (i64, u32) {
        let nanos = self.0.rem_euclid(1_000_000_000);
        (
            self.0.div_euclid(1_000_000_000),
            u32::try_from(nanos).unwrap_or(0),
        )
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let nanos = |d: Duration| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX);
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self(nanos(after)),
            Err(before) => Self(-nanos(before.duration())),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_nanos(time.0.unsigned_abs());
        if time.0 < 0 {
            Self::UNIX_EPOCH - distance
        } else {
            Self::UNIX_EPOCH + distance
        }
    }
}

/// Where a filesystem takes the time of day from. Given in as a value, so that a run can be repeated exactly.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// The system's time of day.
///
/// On `wasm32-unknown-unknown`, which has no clock, it stands still at the epoch; give another [`Clock`] there.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    #[cfg(all(target_family = "wasm", target_os = "unknown"))]
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
}

/// A clock that always tells the same time.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_trip_before_and_after_the_epoch() {
        for nanos in [0, 1, -1, 999_999_999, -1_000_000_001, i64::MAX, i64::MIN] {
            let (s, n) = Timestamp::from_nanos(nanos).as_parts();
            assert!(n < 1_000_000_000);
            assert_eq!(Timestamp::from_parts(s, n).as_nanos(), nanos);
        }
    }

    #[test]
    fn out_of_range_times_are_clamped() {
        assert_eq!(Timestamp::from_parts(i64::MAX, 0).as_nanos(), i64::MAX);
        assert_eq!(Timestamp::from_parts(i64::MIN, 0).as_nanos(), i64::MIN);
        assert_eq!(
            Timestamp::from_unsigned_nanos(u64::MAX).as_nanos(),
            i64::MAX
        );
        assert_eq!(Timestamp::from_nanos(-5).as_unsigned_nanos(), 0);
    }

    #[test]
    fn system_time_round_trips() {
        for nanos in [0, 1_500_000_000_123_456_789, -86_400_000_000_001] {
            let time = Timestamp::from_nanos(nanos);
            assert_eq!(Timestamp::from(SystemTime::from(time)), time);
        }
    }
}
