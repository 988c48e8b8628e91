//! The command `guesthouse`: runs WebAssembly guests on a filesystem that its user composes from memory and host directories.
#![deny(unsafe_code)]

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

mod args;
mod change_json;
mod change_list;
mod changes;
mod claims;
mod composer;
mod context;
mod copy;
mod ending;
mod failure;
mod guest;
mod guest_path;
mod images;
mod invoke;
mod memory_limit;
mod mount_spec;
mod output;
mod plan;
mod reports;
mod run;
mod save;
mod tree;
mod whole_file;

use args::{Cli, Command};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(*args),
        Command::Completions { shell } => output::document(|out| {
            clap_complete::generate(shell, &mut Cli::command(), "guesthouse", out);
            Ok(())
        }),
        Command::Man => output::document(man_pages),
    };
    outcome.unwrap_or_else(|failure| {
        output::report(&failure);
        failure.exit_code()
    })
}

/// The manual of the command and then of its subcommands, one after the other.
fn man_pages(out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(out)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() == "run")
    {
        clap_mangen::Man::new(sub.clone()).render(out)?;
    }
    Ok(())
}
