//! `--invoke`: calls one exported function with numbers.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use guesthouse_wasi::Exit;
use guesthouse_wasi::wasmtime::Guest;
use wasmtime::{Func, Val, ValType};

use crate::ending::Ending;
use crate::failure::Failure;
use crate::run::Host;

pub(crate) fn invoke(guest: &mut Guest<Host>, name: &str, args: &[OsString]) -> Ending {
    if let Err(error) = guest.initialize() {
        return Ending::of(Err(error));
    }
    let (function, params, results) = match find(guest, name, args) {
        Ok(found) => found,
        Err(failure) => return Ending::Failed(failure),
    };
    let mut results = results;
    if let Err(error) = function.call(guest.store_mut(), &params, &mut results) {
        return Ending::of(Err(error));
    }
    match print(&results) {
        Ok(()) => Ending::Exit(Exit::Code(0)),
        Err(failure) => Ending::Failed(failure),
    }
}

/// The function, its arguments, and room for its results.
fn find(
    guest: &mut Guest<Host>,
    name: &str,
    args: &[OsString],
) -> Result<(Func, Vec<Val>, Vec<Val>), Failure> {
    let instance = guest.instance();
    let Some(function) = instance.get_func(guest.store_mut(), name) else {
        return Err(
            Failure::new(format!("the guest exports no function `{name}`")).advise(exported(guest)),
        );
    };
    let kind = function.ty(guest.store());
    if kind.params().len() != args.len() {
        return Err(Failure::usage(format!(
            "`{name}` takes {} arguments, not {}",
            kind.params().len(),
            args.len()
        )));
    }
    let params = kind
        .params()
        .zip(args)
        .map(|(kind, arg)| parse(&kind, arg))
        .collect::<Result<_, _>>()?;
    let results = vec![Val::I32(0); kind.results().len()];
    Ok((function, params, results))
}

fn exported(guest: &mut Guest<Host>) -> String {
    let instance = guest.instance();
    let names: Vec<String> = instance
        .exports(guest.store_mut())
        .filter_map(|export| {
            let name = export.name().to_owned();
            export.into_func().map(|_| name)
        })
        .collect();
    format!("it exports: {}", names.join(", "))
}

fn parse(kind: &ValType, arg: &OsString) -> Result<Val, Failure> {
    let text = arg.to_string_lossy();
    let value = match kind {
        // Both signed and unsigned numbers are welcome: they are the same bits.
        ValType::I32 => text
            .parse::<i32>()
            .ok()
            .or_else(|| text.parse::<u32>().ok().map(u32::cast_signed))
            .map(Val::I32),
        ValType::I64 => text
            .parse::<i64>()
            .ok()
            .or_else(|| text.parse::<u64>().ok().map(u64::cast_signed))
            .map(Val::I64),
        ValType::F32 => text.parse::<f32>().ok().map(Val::from),
        ValType::F64 => text.parse::<f64>().ok().map(Val::from),
        other => {
            return Err(Failure::new(format!(
                "a parameter of type {other} cannot be given on the command line"
            )));
        }
    };
    value.ok_or_else(|| Failure::usage(format!("`{text}` is not a number of type {kind}")))
}

/// Prints each result on a line of its own.
fn print(results: &[Val]) -> Result<(), Failure> {
    let mut text = String::new();
    for result in results {
        match result {
            Val::I32(value) => writeln!(text, "{value}"),
            Val::I64(value) => writeln!(text, "{value}"),
            Val::F32(bits) => writeln!(text, "{}", f32::from_bits(*bits)),
            Val::F64(bits) => writeln!(text, "{}", f64::from_bits(*bits)),
            other => writeln!(text, "{other:?}"),
        }
        .unwrap_or_default();
    }
    std::io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::new(format!("cannot write the results: {error}")))
}
