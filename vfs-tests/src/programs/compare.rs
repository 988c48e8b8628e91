use std::collections::HashMap;
use std::fmt::{self, Write};

use guesthouse_vfs::{Errno, FileType, Metadata, Timestamp};

use crate::script::Text;
use crate::tree_of::tree_of;
use crate::{Call, Entry, Outcome, Subject, Target};

/// Times before this one can only have been set by the program itself.
const FIRST_REAL_TIME: Timestamp = Timestamp::from_nanos(1_000_000_000_000_000_000);

/// Runs the calls on two subjects in empty directories and compares every result, and the trees at the end.
///
/// Where the other one is not confined to its directory, calls that the reference refuses with `EPERM` are left out. A call on a handle that is not open, or not of the right kind, is left out: descriptors refuse it before a filesystem sees it.
///
/// # Errors
/// The first difference.
pub fn compare(
    calls: &[Call],
    reference: &mut dyn Subject,
    other: &mut dyn Subject,
) -> Result<(), Difference> {
    let mut open = OpenHandles::default();
    let mut script = String::new();
    for call in calls {
        if !open.allow(call) {
            continue;
        }
        let expected = reference.perform(call);
        if !other.is_confined() && expected == Err(Errno::Permission) {
            continue;
        }
        let got = other.perform(call);
        let _infallible = writeln!(script, "{call}{}", Shown(&expected));
        if !same(&expected, &got) {
            let text = format!("the last line gives{}", Shown(&got));
            return Err(Difference { script, text });
        }
        open.note(call, &expected);
    }
    let text = match (tree_of(reference), tree_of(other)) {
        (Ok(expected), Ok(found)) => expected.differences(&found).join("\n"),
        (Err(text), _) | (_, Err(text)) => text,
    };
    if text.is_empty() {
        Ok(())
    } else {
        Err(Difference { script, text })
    }
}

/// Where two subjects differ. Its display is a script that shows it, with the reference's results.
#[derive(Debug)]
pub struct Difference {
    pub(super) script: String,
    pub(super) text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "---\n{}---\n\n{}", self.script, self.text)
    }
}

impl std::error::Error for Difference {}

/// Which handles and streams are open.
#[derive(Default)]
pub(crate) struct OpenHandles {
    kinds: HashMap<String, FileType>,
    /// The directory of each stream.
    streams: HashMap<String, String>,
}

impl OpenHandles {
    fn is(&self, handle: &str, dir: bool) -> bool {
        let kind = self.kinds.get(handle);
        kind.is_some_and(|kind| (*kind == FileType::Dir) == dir)
    }

    fn allow_target(&self, target: &Target) -> bool {
        match target {
            Target::Path { at: None, .. } => true,
            Target::Path { at: Some(at), .. } => self.is(at, true),
            Target::Handle(handle) => self.kinds.contains_key(handle),
        }
    }

    pub(crate) fn allow(&self, call: &Call) -> bool {
        match call {
            Call::Open { target, .. } => match target {
                Target::Handle(handle) => self.is(handle, true),
                path => self.allow_target(path),
            },
            Call::Close(handle) | Call::Sync { handle, .. } => self.kinds.contains_key(handle),
            Call::Stat { target, .. }
            | Call::SetTimes { target, .. }
            | Call::SetMode { target, .. }
            | Call::CreateDir { target, .. }
            | Call::Symlink { target, .. }
            | Call::RemoveDir(target)
            | Call::Unlink(target)
            | Call::ReadLink(target) => self.allow_target(target),
            Call::Link { old, new, .. } | Call::Rename { old, new } => {
                self.allow_target(old) && self.allow_target(new)
            }
            Call::Read { file, .. }
            | Call::Write { file, .. }
            | Call::Append { file, .. }
            | Call::SetLen { file, .. }
            | Call::Allocate { file, .. }
            | Call::Advise { file, .. } => self.is(file, false),
            Call::OpenStream { dir, .. } => self.is(dir, true),
            Call::NextEntries { stream, .. } => self.streams.contains_key(stream),
        }
    }

    /// Forgets all but the open files.
    pub(super) fn keep_files(&mut self) {
        self.kinds.retain(|_, kind| *kind != FileType::Dir);
        self.streams.clear();
    }

    pub(crate) fn note(&mut self, call: &Call, result: &Result<Outcome, Errno>) {
        match (call, result) {
            (Call::Open { bind, .. }, Ok(Outcome::Opened(kind))) => {
                self.streams.retain(|_, dir| dir != bind);
                self.kinds.insert(bind.clone(), *kind);
            }
            (Call::Close(handle), _) => {
                self.streams.retain(|_, dir| dir != handle);
                self.kinds.remove(handle);
            }
            (Call::OpenStream { bind, dir }, Ok(_)) => {
                self.streams.insert(bind.clone(), dir.clone());
            }
            _ => {}
        }
    }
}

pub(crate) fn same(expected: &Result<Outcome, Errno>, got: &Result<Outcome, Errno>) -> bool {
    match (expected, got) {
        (Ok(Outcome::Stat(expected)), Ok(Outcome::Stat(got))) => same_metadata(expected, got),
        (Ok(Outcome::Entries(expected)), Ok(Outcome::Entries(got))) => {
            names(expected) == names(got)
        }
        (expected, got) => expected == got,
    }
}

/// Whether all is the same that does not depend on the time, on how nodes are numbered, and on what each filesystem counts for a directory.
fn same_metadata(expected: &Metadata, got: &Metadata) -> bool {
    let is_dir = expected.file_type == FileType::Dir;
    let is_link = expected.file_type == FileType::Symlink;
    let same_time = |expected: Timestamp, got: Timestamp| {
        expected == got || (expected >= FIRST_REAL_TIME && got >= FIRST_REAL_TIME)
    };
    expected.file_type == got.file_type
        && (is_dir || (expected.size == got.size && expected.nlink == got.nlink))
        && (is_link || expected.mode == got.mode)
        && same_time(expected.modified, got.modified)
}

fn names(entries: &[Entry]) -> Vec<(&[u8], FileType)> {
    let mut names: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.as_slice(), entry.file_type))
        .collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    names
}

/// A result, as a script says what is expected.
pub(crate) struct Shown<'a>(pub(crate) &'a Result<Outcome, Errno>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Err(errno) => write!(f, " -> {}", errno.describe().0),
            Ok(Outcome::Done | Outcome::Opened(_)) => Ok(()),
            Ok(Outcome::Written(count)) => write!(f, " -> {count}"),
            Ok(Outcome::Appended(_, end)) => write!(f, " -> {end}"),
            Ok(Outcome::Bytes(bytes)) => write!(f, " -> {}", Text(bytes)),
            Ok(Outcome::Entries(entries)) => write!(f, " -> {}", entries.len()),
            Ok(Outcome::Stat(metadata)) => {
                let Metadata {
                    file_type,
                    size,
                    nlink,
                    mode,
                    modified,
                    ..
                } = metadata;
                let kind = format!("{file_type:?}").to_lowercase();
                write!(f, " -> {kind}  # size={size} nlink={nlink} mode={mode:04o}")?;
                write!(f, " mtime={}", modified.as_nanos())
            }
        }
    }
}
