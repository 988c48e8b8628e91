//! `guesthouse-serverless --image DIR --guest FILE`: see the package's README.

mod args;

use std::process::ExitCode;
use std::sync::Arc;

use args::Args;
use clap::Parser;
use guesthouse_serverless::{Error, Host, Log, Server, Stopped, executor, load_image};

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
    let _ = writer.join();
    code
}

fn run(args: Args, log: &Log) -> Result<Stopped, Error> {
    let config = args.config();
    let image = load_image(&args.image)?;
    for note in image.notes() {
        log.line(format_args!("{}: {note}", args.image.display()));
    }
    let host = Arc::new(Host::new(image.file_system(), &args.guest(), config)?);
    executor()?.block_on(async {
        let stop = stop_signal()?;
        let server = Server::bind(host, args.listen, args.admin, log.clone()).await?;
        log.line(format_args!("serving on http://{}", server.address()?));
        if let Some(admin) = server.admin_address() {
            log.line(format_args!("metrics on http://{admin}/metrics"));
        }
        Ok(server.run(stop).await)
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

/// Ready when the process is asked to end.
///
/// # Errors
/// The system has no more signal handlers.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
