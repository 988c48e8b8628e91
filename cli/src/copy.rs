//! Copies between the host and the guest's tree.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use guesthouse_vfs::{
    CopyOptions, CopyProgress, CopyReport, Errno, FileSystem, MemFs, Tree, TreeError,
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::guest_path::GuestPath;
use crate::mount_spec::CopyOut;
use crate::output;
use crate::tree::GuestTree;

/// A copy that is done sooner shows no progress.
const QUIET: Duration = Duration::from_secs(1);
/// How many of the nodes that were left out are named.
const LEFT_OUT_SHOWN: usize = 10;

/// Makes `/tmp`, writable by everybody, as guests that look at its mode expect it.
pub(crate) fn make_tmp(memory: &Arc<MemFs>) -> Result<(), Failure> {
    let tree = Tree::new(Arc::clone(memory) as _);
    tree.create_dir("/tmp")
        .and_then(|()| tree.set_mode("/tmp", 0o1777))
        .map_err(|error| {
            Failure::new(error).advise("raise --fs-nodes, or leave out /tmp with --bare")
        })
}

/// Loads the host's tree into `fs` at `at`, which the guest sees at `shown`.
pub(crate) fn copy_in(
    host: &Path,
    fs: Arc<dyn FileSystem>,
    at: &[u8],
    shown: &GuestPath,
) -> Result<(), Failure> {
    let title = format!("copying {} to {}", host.display(), shown.as_str());
    let tree = Tree::new(fs);
    let count = || count_nodes(&Tree::open_host(host).ok()?, "/");
    let report = with_progress(&title, count, |options| tree.copy_in(host, at, options)).map_err(
        |error| {
            let failure = Failure::new(format!("{title}: {error}"));
            match error.errno() {
                Errno::NoSpace => failure
                    .advise("it does not fit into memory's limits; raise --fs-bytes or --fs-nodes"),
                _ => failure,
            }
        },
    )?;
    tell_left_out(&title, &report);
    Ok(())
}

/// Writes a part of the guest's tree to the host.
pub(crate) fn copy_out(tree: &GuestTree, spec: &CopyOut) -> Result<(), Failure> {
    let title = format!(
        "copying {} out to {}",
        spec.guest.as_str(),
        spec.host.display()
    );
    let whole = Tree::new(Arc::clone(&tree.root));
    let count = || count_nodes(&whole, spec.guest.as_str());
    let mut report = with_progress(&title, count, |options| {
        whole.copy_out(spec.guest.as_str(), &spec.host, options)
    })
    .map_err(|error| Failure::new(format!("{title}: {error}")))?;
    let told = |path: &[u8]| !tree.is_expected_to_stay(&spec.guest, path);
    report.left_out.retain(|left_out| told(&left_out.path));
    tell_left_out(&title, &report);
    Ok(())
}

/// Copies, and shows on a terminal how far the copy has come. `count` says how many nodes there are in all, if that can be told.
fn with_progress(
    title: &str,
    count: impl Fn() -> Option<u64>,
    copy: impl FnOnce(CopyOptions<'_>) -> Result<CopyReport, TreeError>,
) -> Result<CopyReport, TreeError> {
    if !io::stderr().is_terminal() {
        return copy(CopyOptions::default());
    }
    let begun = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    let mut progress = |so_far: &CopyProgress<'_>| {
        if begun.elapsed() < QUIET {
            return;
        }
        let bar = bar.get_or_insert_with(|| new_bar(title, count()));
        bar.set_message(ByteSize::b(so_far.bytes).to_string());
        bar.set_position(so_far.nodes);
    };
    let result = copy(CopyOptions {
        progress: Some(&mut progress),
        ..CopyOptions::default()
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    result
}

fn new_bar(title: &str, nodes: Option<u64>) -> ProgressBar {
    let (bar, template) = match nodes {
        Some(nodes) => (
            ProgressBar::new(nodes),
            "{prefix} {wide_bar} {pos}/{len} files, {msg}",
        ),
        None => (
            ProgressBar::no_length(),
            "{prefix} {spinner} {pos} files, {msg}",
        ),
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_prefix(title.to_owned())
}

/// How many nodes are in a directory, itself included.
fn count_nodes(tree: &Tree, path: &str) -> Option<u64> {
    let below = tree.walk(path).ok()?.filter(Result::is_ok).count();
    u64::try_from(below).ok()?.checked_add(1)
}

fn tell_left_out(title: &str, report: &CopyReport) {
    for left_out in report.left_out.iter().take(LEFT_OUT_SHOWN) {
        output::note(&format_args!("{title}: left out {left_out}"));
    }
    let hidden = report.left_out.len().saturating_sub(LEFT_OUT_SHOWN);
    let more = report
        .left_out_besides
        .saturating_add(u64::try_from(hidden).unwrap_or(u64::MAX));
    if more > 0 {
        output::note(&format_args!("{title}: left out {more} more"));
    }
}
