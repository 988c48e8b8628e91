use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use guesthouse_wasi::Exit;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use crate::cgi::{self, Connection, Variables};
use crate::host::{Ended, Host};
use crate::log::Log;
use crate::metrics::{Metrics, Outcome};
use crate::phase::Phase;

/// Answers requests.
pub(crate) struct Gateway {
    host: Arc<Host>,
    places: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    log: Log,
    /// The number of the next request, by which the log names it.
    next: AtomicU64,
}

impl Gateway {
    pub(crate) fn new(host: Arc<Host>, metrics: Arc<Metrics>, log: Log) -> Self {
        let places = Semaphore::new(host.config().limits.guests as usize);
        Self {
            host,
            places: Arc::new(places),
            metrics,
            log,
            next: AtomicU64::new(1),
        }
    }

    /// Answers one request. A client that closes the connection, or only its sending side, counts as gone. When the future is dropped, because the client went away, its guest goes with it.
    ///
    /// # Errors
    /// None: whatever happens has a status.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        connection: Connection,
        mut phase: watch::Receiver<Phase>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let _in_flight = self.metrics.in_flight.enter();
        let mut record = Record {
            metrics: &self.metrics,
            begun: Instant::now(),
            outcome: Outcome::Cancelled,
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (head, body) = request.into_parts();
        let result = tokio::select! {
            result = self.handle(number, &head, body, connection) => result,
            _ = phase.wait_for(|phase| *phase == Phase::Ending) => Err(Outcome::Stopping),
        };
        let (outcome, response) = match result {
            Ok(response) => (Outcome::Answered, response),
            Err(outcome) => (outcome, refusal(outcome)),
        };
        record.outcome = outcome;
        Ok(response.map(Full::new))
    }

    /// The body is read before a place is taken, so that a slow client doesn't keep one.
    async fn handle(
        &self,
        number: u64,
        head: &Parts,
        body: Incoming,
        connection: Connection,
    ) -> Result<Response<Bytes>, Outcome> {
        let body = self.read(body).await?;
        let config = self.host.config();
        let variables = Variables::new(head, body.len(), connection, config.script.as_deref());
        let variables = variables.map_err(|_| Outcome::BadRequest)?;
        let place = self.place().await?;
        let ended = self.run(number, &variables, body, place).await?;
        self.judge(number, head, ended)
    }

    /// Reads a body up to its limit.
    async fn read(&self, body: Incoming) -> Result<Bytes, Outcome> {
        let limits = &self.host.config().limits;
        // What says that it is too long need not be read.
        if body.size_hint().lower() > limits.body as u64 {
            return Err(Outcome::BodyTooLarge);
        }
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        match timeout(limits.timeout, collect(body, limits.body)).await {
            Ok(result) => result,
            Err(_) => Err(Outcome::BodyTimeout),
        }
    }

    /// A place among the guests that may run at once; whoever asked first gets it first.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Outcome> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let limits = &self.host.config().limits;
        let _waiting = self.metrics.waiting.enter();
        if self.metrics.waiting.value() > i64::from(limits.queue) {
            return Err(Outcome::Busy);
        }
        match timeout(limits.timeout, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Outcome::Busy),
        }
    }

    async fn run(
        &self,
        number: u64,
        variables: &Variables,
        body: Bytes,
        _place: OwnedSemaphorePermit,
    ) -> Result<Ended, Outcome> {
        let _running = self.metrics.running.enter();
        let task = self.host.task(variables, body).map_err(|error| {
            self.log.line(format_args!("request {number}: {error}"));
            Outcome::Internal
        })?;
        let ended = self.host.run(task).await;
        self.metrics
            .fork_bytes
            .record(ended.files.peak_private_bytes);
        self.metrics.guest_memory.record(ended.memory as u64);
        Ok(ended)
    }

    /// Makes a response of what the guest left. The client learns nothing of a failure but that there was one; the log has the rest.
    fn judge(&self, number: u64, head: &Parts, ended: Ended) -> Result<Response<Bytes>, Outcome> {
        self.log_errors(number, &ended);
        // The query may hold secrets, and all of it may be long.
        let failed = |outcome, why: &dyn std::fmt::Display| {
            self.log.line(format_args!(
                "request {number}, {:.20} {:.200}: {why}",
                head.method.as_str(),
                head.uri.path()
            ));
            Err(outcome)
        };
        let code = match ended.result {
            Ok(Exit::Code(code)) => code,
            Ok(exit @ Exit::DeadlineExceeded) => return failed(Outcome::Deadline, &exit),
            Ok(exit @ Exit::Cancelled) => return failed(Outcome::Cancelled, &exit),
            Ok(exit @ Exit::Raised(_)) => return failed(Outcome::Trap, &exit),
            Err(error) => return failed(Outcome::Trap, &Ended::reason(&error)),
        };
        if ended.output_refused {
            return failed(Outcome::AnswerTooLarge, &"the guest printed too much");
        }
        match cgi::parse(ended.output, &head.method) {
            Err(error) => failed(
                Outcome::BadAnswer,
                &format_args!("the guest printed no answer: {error}"),
            ),
            // The answer may be cut short. A guest that says itself that it failed, as php-cgi does, has said all.
            Ok(answer) if code != 0 && !answer.status().is_server_error() => failed(
                Outcome::ExitCode,
                &format_args!("the guest exited with code {code}"),
            ),
            Ok(answer) => Ok(answer),
        }
    }

    /// A guest's lines may hold anything: what is no printable character is escaped, so that none can be taken for a line of ours, nor reorder or end one.
    fn log_errors(&self, number: u64, ended: &Ended) {
        let text = String::from_utf8_lossy(&ended.errors);
        for line in text.lines() {
            let line: String = line.chars().flat_map(escape).collect();
            self.log
                .line(format_args!("request {number}, guest: {line}"));
        }
        if ended.errors_refused {
            self.log.line(format_args!(
                "request {number}, guest: (and more, which was not kept)"
            ));
        }
    }
}

/// Copies a body into one piece. Its frames are not kept: each holds on to the buffer that it was received in, and a client may send a byte in each.
async fn collect(body: impl Body<Data = Bytes>, limit: usize) -> Result<Bytes, Outcome> {
    let mut body = pin!(body);
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Outcome::BodyFailed)?;
        // Trailers are no part of it.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > limit - collected.len() {
            return Err(Outcome::BodyTooLarge);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.into())
}

/// As `{:?}` does, but for quotes. Backslashes are escaped too, so that what is no escape doesn't look like one.
fn escape(character: char) -> impl Iterator<Item = char> {
    let quote = ['\'', '"'].contains(&character);
    let escaped = (!quote).then(|| character.escape_debug());
    escaped
        .into_iter()
        .flatten()
        .chain(quote.then_some(character))
}

/// The answer to a request that no guest answered.
fn refusal(outcome: Outcome) -> Response<Bytes> {
    let (status, text) = match outcome {
        Outcome::BadRequest | Outcome::BodyFailed => (StatusCode::BAD_REQUEST, "bad request\n"),
        Outcome::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n"),
        Outcome::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "the body took too long\n"),
        Outcome::Busy | Outcome::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "come back later\n"),
        Outcome::Deadline => (StatusCode::GATEWAY_TIMEOUT, "the answer took too long\n"),
        Outcome::Trap | Outcome::ExitCode | Outcome::BadAnswer | Outcome::AnswerTooLarge => {
            (StatusCode::BAD_GATEWAY, "there is no answer\n")
        }
        Outcome::Answered | Outcome::Internal | Outcome::Cancelled => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "something is wrong here\n",
        ),
    };
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Counts a request when it is over, also when its future is dropped.
struct Record<'a> {
    metrics: &'a Metrics,
    begun: Instant,
    outcome: Outcome,
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.metrics.record(self.outcome, self.begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::AtomicUsize;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    /// A body of single bytes, each in a buffer of its own.
    struct Drips {
        left: usize,
        buffers: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    struct Buffer(Arc<AtomicUsize>);

    impl AsRef<[u8]> for Buffer {
        fn as_ref(&self) -> &[u8] {
            b"x"
        }
    }

    impl Drop for Buffer {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Body for Drips {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            self.left -= 1;
            let buffers = self.buffers.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(buffers, Ordering::SeqCst);
            let data = Bytes::from_owner(Buffer(Arc::clone(&self.buffers)));
            Poll::Ready(Some(Ok(Frame::data(data))))
        }
    }

    /// What `collect` makes of so many single bytes, and how many buffers it had at once.
    fn collected(count: usize, limit: usize) -> (Result<Bytes, Outcome>, usize) {
        let most = Arc::new(AtomicUsize::new(0));
        let drips = Drips {
            left: count,
            buffers: Arc::default(),
            most: Arc::clone(&most),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let result = runtime.unwrap().block_on(collect(drips, limit));
        (result, most.load(Ordering::SeqCst))
    }

    /// A body of 1 MiB in chunks of one byte took tens of megabytes.
    #[test]
    fn a_body_of_many_frames_takes_no_more_memory_than_one() {
        let (body, buffers) = collected(1000, 1000);
        assert_eq!((body.unwrap(), buffers), (vec![b'x'; 1000].into(), 1));
        let (body, buffers) = collected(1001, 1000);
        assert_eq!((body.unwrap_err(), buffers), (Outcome::BodyTooLarge, 1));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let escaped = |text: &str| text.chars().flat_map(escape).collect::<String>();
        assert_eq!(escaped("a 'b' \"c\" é 宿"), "a 'b' \"c\" é 宿");
        assert_eq!(
            escaped("\x1b[31m\r\0\u{9b}\u{202e}\u{2028}\\u{1b}"),
            r"\u{1b}[31m\r\0\u{9b}\u{202e}\u{2028}\\u{1b}"
        );
    }
}
