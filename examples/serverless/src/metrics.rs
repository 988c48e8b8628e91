use std::fmt::{self, Write};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest answered, whatever its status.
    Answered,
    /// The request's path or host is refused: 400.
    BadRequest,
    /// Its body could not be read: 400, if anybody still hears it.
    BodyFailed,
    /// Its body is too long: 413.
    BodyTooLarge,
    /// Its body took too long: 408.
    BodyTimeout,
    /// There is no place for it, in the queue or after waiting in it: 503.
    Busy,
    /// The server is being stopped: 503.
    Stopping,
    /// The guest took too long: 504.
    Deadline,
    /// The guest trapped: 502.
    Trap,
    /// The guest said that it failed: 502.
    ExitCode,
    /// What it printed is no answer: 502.
    BadAnswer,
    /// It printed too much: 502.
    AnswerTooLarge,
    /// The server could not start it: 500.
    Internal,
    /// The client went away.
    Cancelled,
}

impl Outcome {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Answered,
        Self::BadRequest,
        Self::BodyFailed,
        Self::BodyTooLarge,
        Self::BodyTimeout,
        Self::Busy,
        Self::Stopping,
        Self::Deadline,
        Self::Trap,
        Self::ExitCode,
        Self::BadAnswer,
        Self::AnswerTooLarge,
        Self::Internal,
        Self::Cancelled,
    ];

    /// Its name in the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::BadRequest => "bad_request",
            Self::BodyFailed => "body_failed",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTimeout => "body_timeout",
            Self::Busy => "busy",
            Self::Stopping => "stopping",
            Self::Deadline => "deadline",
            Self::Trap => "trap",
            Self::ExitCode => "exit_code",
            Self::BadAnswer => "bad_answer",
            Self::AnswerTooLarge => "answer_too_large",
            Self::Internal => "internal",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Upper bounds of the latency histogram, in microseconds.
const BUCKETS: [u64; 14] = [
    250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

/// What the server counts. Each number is right by itself; two of them may be of different moments.
#[derive(Debug, Default)]
pub struct Metrics {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    latency: Histogram,
    pub(crate) in_flight: Gauge,
    pub(crate) waiting: Gauge,
    pub(crate) running: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) fork_bytes: Summary,
    pub(crate) guest_memory: Summary,
}

impl Metrics {
    /// How many requests ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes
            .get(outcome as usize)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many requests have begun and not ended.
    #[must_use]
    pub fn in_flight(&self) -> i64 {
        self.in_flight.value()
    }

    /// How many requests wait for a place.
    #[must_use]
    pub fn waiting(&self) -> i64 {
        self.waiting.value()
    }

    /// How many guests exist.
    #[must_use]
    pub fn running(&self) -> i64 {
        self.running.value()
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> i64 {
        self.connections.value()
    }

    pub(crate) fn record(&self, outcome: Outcome, took: Duration) {
        if let Some(count) = self.outcomes.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.latency.record(took);
    }
}

/// The [text format of Prometheus](https://prometheus.io/docs/instrumenting/exposition_formats/).
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(
            f,
            "requests_total",
            "counter",
            "Requests by what came of them",
        )?;
        for outcome in Outcome::ALL {
            writeln!(
                f,
                "guesthouse_requests_total{{outcome=\"{}\"}} {}",
                outcome.name(),
                self.count(outcome)
            )?;
        }
        self.latency.write(f)?;
        self.in_flight.write(
            f,
            "requests_in_flight",
            "Requests that have begun and not ended",
        )?;
        self.waiting
            .write(f, "requests_waiting", "Requests that wait for a place")?;
        self.running
            .write(f, "guests_running", "Guests that exist")?;
        self.connections
            .write(f, "connections", "Open connections")?;
        self.fork_bytes.write(
            f,
            "fork_private_bytes",
            "What guests had written to their forks at most, in bytes",
        )?;
        self.guest_memory.write(
            f,
            "guest_memory_bytes",
            "Linear memory of guests at their end, in bytes",
        )
    }
}

fn head(f: &mut fmt::Formatter<'_>, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(
        f,
        "# HELP guesthouse_{name} {help}.\n# TYPE guesthouse_{name} {kind}"
    )
}

/// How many of something there are now.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicI64);

impl Gauge {
    /// Counts one until what it returns is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Entered(self)
    }

    pub(crate) fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, name: &str, help: &str) -> fmt::Result {
        head(f, name, "gauge", help)?;
        writeln!(f, "guesthouse_{name} {}", self.value())
    }
}

pub(crate) struct Entered<'a>(&'a Gauge);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Values, of which the sum, the number and the largest are kept.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    sum: AtomicU64,
    count: AtomicU64,
    max: AtomicU64,
}

impl Summary {
    pub(crate) fn record(&self, value: u64) {
        self.sum.fetch_add(value, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.max.fetch_max(value, Ordering::Relaxed);
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, name: &str, help: &str) -> fmt::Result {
        head(f, name, "summary", help)?;
        writeln!(
            f,
            "guesthouse_{name}_sum {}",
            self.sum.load(Ordering::Relaxed)
        )?;
        writeln!(
            f,
            "guesthouse_{name}_count {}",
            self.count.load(Ordering::Relaxed)
        )?;
        head(
            f,
            &format!("{name}_max"),
            "gauge",
            "The largest of them since the server began",
        )?;
        writeln!(
            f,
            "guesthouse_{name}_max {}",
            self.max.load(Ordering::Relaxed)
        )
    }
}

#[derive(Debug, Default)]
struct Histogram {
    /// How many values are in each bucket alone; the last is for what is above all bounds.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    /// Microseconds.
    sum: AtomicU64,
}

impl Histogram {
    fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = "request_duration_seconds";
        head(
            f,
            name,
            "histogram",
            "From a request's head to its answer's",
        )?;
        let mut count = 0;
        for (bucket, bound) in self.buckets.iter().zip(BUCKETS) {
            count += bucket.load(Ordering::Relaxed);
            writeln!(
                f,
                "guesthouse_{name}_bucket{{le=\"{}\"}} {count}",
                Seconds(bound)
            )?;
        }
        if let Some(rest) = self.buckets.last() {
            count += rest.load(Ordering::Relaxed);
        }
        writeln!(f, "guesthouse_{name}_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(
            f,
            "guesthouse_{name}_sum {}",
            Seconds(self.sum.load(Ordering::Relaxed))
        )?;
        writeln!(f, "guesthouse_{name}_count {count}")
    }
}

/// Microseconds, shown as seconds, exactly.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write!(text, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)?;
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_their_own_numbers() {
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, index, "{outcome:?}");
        }
    }

    #[test]
    fn buckets_are_cumulative_and_include_their_bound() {
        let metrics = Metrics::default();
        for micros in [250, 251, 999_999, 11_000_000] {
            metrics.record(Outcome::Answered, Duration::from_micros(micros));
        }
        let text = metrics.to_string();
        for line in [
            "guesthouse_requests_total{outcome=\"answered\"} 4",
            "guesthouse_request_duration_seconds_bucket{le=\"0.00025\"} 1",
            "guesthouse_request_duration_seconds_bucket{le=\"0.0005\"} 2",
            "guesthouse_request_duration_seconds_bucket{le=\"1\"} 3",
            "guesthouse_request_duration_seconds_bucket{le=\"10\"} 3",
            "guesthouse_request_duration_seconds_bucket{le=\"+Inf\"} 4",
            "guesthouse_request_duration_seconds_sum 12.0005",
            "guesthouse_request_duration_seconds_count 4",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in:\n{text}"
            );
        }
    }

    #[test]
    fn a_gauge_counts_what_is_there() {
        let gauge = Gauge::default();
        let first = gauge.enter();
        let second = gauge.enter();
        drop(first);
        assert_eq!(gauge.value(), 1);
        drop(second);
        assert_eq!(gauge.value(), 0);
    }
}
