//! What the guest gets besides its tree: arguments, environment, standard streams, listeners.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::sync::Arc;

use guesthouse_wasi::socket::HostListener;
use guesthouse_wasi::stdio::{Inherited, Null};
use guesthouse_wasi::{WasiCtx, WasiCtxBuilder};

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::tree::{self, GuestTree};

pub(crate) fn build(args: &RunArgs, tree: &GuestTree) -> Result<WasiCtx, Failure> {
    let mut builder = WasiCtx::builder().arg(argv0(args)?);
    if !args.mounts.no_root {
        builder = builder.root(Arc::clone(&tree.root));
    }
    // With --invoke they are the function's.
    if args.program.invoke.is_none() {
        for arg in args.guest_args() {
            builder = builder.arg(bytes(arg)?);
        }
    }
    for variable in &args.program.env {
        builder = environment(builder, variable)?;
    }
    for preopen in &args.mounts.preopens {
        builder = builder.preopen(tree::preopen(preopen)?, &preopen.name);
    }
    for address in &args.program.listen {
        let listener = TcpListener::bind(address)
            .and_then(HostListener::try_from)
            .map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))?;
        builder = builder.listener(listener);
    }
    standard_streams(builder)
        .build()
        .map_err(|error| Failure::new(format!("cannot set up the guest: {error}")))
}

fn argv0(args: &RunArgs) -> Result<Vec<u8>, Failure> {
    match (&args.program.argv0, args.guest().file_name()) {
        (Some(name), _) => Ok(name.clone().into_bytes()),
        (None, Some(name)) => bytes(name),
        (None, None) => Ok(Vec::new()),
    }
}

/// A stream that this process does not have is an empty one.
fn standard_streams(builder: WasiCtxBuilder) -> WasiCtxBuilder {
    let builder = match Inherited::stdin() {
        Ok(stream) => builder.stdin(stream),
        Err(_) => builder.stdin(Null),
    };
    let builder = match Inherited::stdout() {
        Ok(stream) => builder.stdout(stream),
        Err(_) => builder.stdout(Null),
    };
    match Inherited::stderr() {
        Ok(stream) => builder.stderr(stream),
        Err(_) => builder.stderr(Null),
    }
}

fn environment(builder: WasiCtxBuilder, variable: &str) -> Result<WasiCtxBuilder, Failure> {
    match variable.split_once('=') {
        Some(("", _)) => {
            return Err(Failure::usage(format!("--env {variable} has no name"))
                .advise("give one before the `=`: --env NAME=VALUE"));
        }
        Some((name, value)) => return Ok(builder.env(name, value)),
        None => {}
    }
    match std::env::var_os(variable) {
        Some(value) => Ok(builder.env(variable, bytes(&value)?)),
        None => Err(Failure::usage(format!(
            "--env {variable}: this process has no such variable"
        ))
        .advise(format!("give a value: --env {variable}=VALUE"))),
    }
}

/// The bytes that a guest on this system would get.
fn bytes(text: &OsStr) -> Result<Vec<u8>, Failure> {
    if cfg!(unix) {
        return Ok(text.as_encoded_bytes().to_vec());
    }
    match text.to_str() {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(Failure::usage(format!("{} is not Unicode", text.display()))),
    }
}
