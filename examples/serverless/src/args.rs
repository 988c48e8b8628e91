use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Parser;
use guesthouse_serverless::{Config, Guest, Limits};

/// Serves HTTP by running a WebAssembly guest for each request, on a fork of an image, the CGI way.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Args {
    /// The directory or archive that becomes every guest's root directory
    #[arg(long, value_name = "PATH")]
    pub(crate) image: PathBuf,

    /// The guest, a WASI preview1 command: a file, or `image:/PATH` for one in the image
    #[arg(long, value_name = "FILE")]
    guest: String,

    /// The script in the image that the guest interprets (`SCRIPT_FILENAME`, for php-cgi): every path is its `PATH_INFO`
    #[arg(long, value_name = "PATH")]
    script: Option<String>,

    /// Sets a variable for every guest
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,

    /// The address to serve on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// The address of /metrics and /healthz; without it there are none
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,

    /// How many guests run at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().guests, value_parser = clap::value_parser!(u32).range(1..=4096))]
    guests: u32,

    /// How many requests may wait for a place among them
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue)]
    queue: u32,

    /// How many connections are open at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,

    /// How long a guest may run, such as 500ms; also how long a request may take to arrive, and to wait for a place
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,

    /// How much memory a guest may have, such as 64MiB
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    memory: ByteSize,

    /// How much a guest may write to its fork of the image
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    fs_bytes: ByteSize,

    /// How many files and directories a guest may make
    #[arg(long, value_name = "N", default_value_t = Limits::default().nodes)]
    fs_nodes: u64,

    /// How large the body of a request may be
    #[arg(long, value_name = "SIZE", default_value = "1MiB")]
    body: ByteSize,

    /// How large an answer may be
    #[arg(long, value_name = "SIZE", default_value = "8MiB")]
    output: ByteSize,

    /// How long requests in flight may take once the server is told to stop (SIGTERM, SIGINT)
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    grace: Duration,
}

impl Args {
    pub(crate) fn config(&self) -> Config {
        let limits = Limits {
            guests: self.guests,
            queue: self.queue,
            connections: self.connections,
            timeout: self.timeout,
            memory: length(self.memory),
            file_bytes: self.fs_bytes.as_u64(),
            nodes: self.fs_nodes,
            body: length(self.body),
            output: length(self.output),
            grace: self.grace,
            ..Limits::default()
        };
        Config {
            limits,
            script: self.script.clone(),
            env: self.env.clone(),
        }
    }

    pub(crate) fn guest(&self) -> Guest {
        match self.guest.strip_prefix("image:") {
            Some(path) => Guest::InImage(path.to_owned()),
            None => Guest::File(PathBuf::from(&self.guest)),
        }
    }
}

/// A time up to a day: what is longer would be no limit.
fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration > Duration::from_secs(24 * 60 * 60) {
        return Err("it is longer than a day".to_owned());
    }
    Ok(duration)
}

fn length(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("there is no `=`")?;
    if name.is_empty() {
        return Err("there is no name".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for arguments in [
            ["--timeout", "25h"],
            ["--timeout", "soon"],
            ["--grace", "1000000000years"],
            ["--guests", "0"],
            ["--guests", "5000"],
            ["--connections", "0"],
            ["--env", "ROOM"],
            ["--env", "=12"],
            ["--memory", "much"],
        ] {
            let required = ["serverless", "--image", "site", "--guest", "guest.wasm"];
            let refused = Args::try_parse_from(required.into_iter().chain(arguments));
            assert!(refused.is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let args = Args::parse_from(["serverless", "--image", "site", "--guest", "guest.wasm"]);
        assert_eq!(
            format!("{:?}", args.config()),
            format!("{:?}", Config::default())
        );
    }
}
