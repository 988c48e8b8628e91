//! `guesthouse-serverless --image DIR --guest FILE`: see the package's README.

mod args;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use args::Args;
use clap::Parser;
use guesthouse_serverless::{Error, Host, Log, Server, Stopped, executor, load_image};

/// How long the end of the log may take.
const LAST_LINES: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let args = Args::parse();
    let (log, writer) = match Log::new(std::io::stderr()) {
        Ok(log) => log,
        Err(_) => return ExitCode::FAILURE,
    };
    let code = match run(args, &log) {
        Ok(Stopped::Finished) => ExitCode::SUCCESS,
        Ok(Stopped::Cancelled) => {
            log.line("stopped; some requests were cancelled");
            ExitCode::FAILURE
        }
        Err(error) => {
            log.line(format_args!("error: {}", with_causes(&*error)));
            ExitCode::FAILURE
        }
    };
    drop(log);
    finish(&writer);
    code
}

/// Waits until the log is written, but not for a terminal or pipe that nobody reads.
fn finish(writer: &JoinHandle<()>) {
    let begun = Instant::now();
    while !writer.is_finished() && begun.elapsed() < LAST_LINES {
        sleep(Duration::from_millis(5));
    }
}

fn run(args: Args, log: &Log) -> Result<Stopped, Error> {
    let config = args.config();
    let image = load_image(&args.image)?;
    for note in image.notes() {
        log.line(format_args!("{}: {note}", args.image.display()));
    }
    let host = Arc::new(Host::new(image.file_system(), &args.guest(), config)?);
    executor()?.block_on(async {
        let (stop, end) = (signals(1)?, signals(2)?);
        let server = Server::bind(host, args.listen, args.admin, log.clone()).await?;
        log.line(format_args!("serving on http://{}", server.address()?));
        if let Some(admin) = server.admin_address() {
            log.line(format_args!("metrics on http://{admin}/metrics"));
        }
        Ok(tokio::select! {
            stopped = server.run(stop) => stopped,
            () = end => Stopped::Cancelled,
        })
    })
}

/// What went wrong, and why, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some tell of their cause themselves.
        let error_text = error.to_string();
        if !text.contains(&error_text) {
            text = format!("{text}: {error_text}");
        }
        cause = error.source();
    }
    text
}

/// Ready when the process has been asked so many times to end.
///
/// # Errors
/// The system has no more signal handlers.
#[cfg(unix)]
fn signals(count: u32) -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        for _ in 0..count {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    })
}

#[cfg(not(unix))]
fn signals(count: u32) -> Result<impl Future<Output = ()>, Error> {
    Ok(async move {
        for _ in 0..count {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    })
}
