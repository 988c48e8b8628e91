use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use guesthouse_vfs::{FileType, Metadata, Timestamp};

use crate::script::{Step, Token, number, quoted};
use crate::{Call, Entry, Outcome};

/// What a line gave.
#[derive(Debug)]
pub(crate) enum Got {
    Outcome(Outcome),
    Names(Vec<Entry>),
    Number(u64),
    /// A node's metadata when it was watched and now.
    Moved(Metadata, Metadata),
}

impl Got {
    /// Refuses a short write, of which the script says nothing.
    pub(crate) fn whole(&self, step: &Step) -> Result<(), String> {
        let (Self::Outcome(outcome), Step::Call(call)) = (self, step) else {
            return Ok(());
        };
        let (Call::Write { buffers, .. } | Call::Append { buffers, .. }) = call else {
            return Ok(());
        };
        let length: usize = buffers.iter().map(Vec::len).sum();
        match outcome {
            Outcome::Written(count) | Outcome::Appended(count, _) if *count == length => Ok(()),
            other => Err(format!("{other:?} of {length} bytes")),
        }
    }
}

/// Compares a result with what the script says about it.
///
/// # Errors
/// The result in the script's own words.
pub(crate) fn show(
    got: &Got,
    expected: &[Token],
    variables: &mut BTreeMap<String, u64>,
) -> Result<(), String> {
    match got {
        Got::Outcome(Outcome::Done) => Err("success and no result".into()),
        Got::Outcome(Outcome::Opened(kind)) => same(kind_word(*kind), expected),
        Got::Outcome(Outcome::Written(count)) => same_number(*count as u64, expected),
        Got::Outcome(Outcome::Appended(_, end)) => same_number(*end, expected),
        Got::Number(count) => same_number(*count, expected),
        Got::Outcome(Outcome::Bytes(bytes)) => {
            let expected: Vec<u8> = expected
                .iter()
                .flat_map(|token| token.bytes.clone())
                .collect();
            if *bytes == expected {
                Ok(())
            } else {
                Err(quoted(bytes))
            }
        }
        Got::Outcome(Outcome::Stat(metadata)) => stat(metadata, expected, variables),
        Got::Outcome(Outcome::Entries(entries)) | Got::Names(entries) => names(entries, expected),
        Got::Moved(before, now) => moved(before, now, expected),
    }
}

fn same(got: &str, expected: &[Token]) -> Result<(), String> {
    match expected {
        [token] if token.word() == got => Ok(()),
        _ => Err(got.to_owned()),
    }
}

fn same_number(got: u64, expected: &[Token]) -> Result<(), String> {
    match expected {
        [token] if number(token.word()) == Ok(got) => Ok(()),
        _ => Err(got.to_string()),
    }
}

fn kind_word(kind: FileType) -> &'static str {
    match kind {
        FileType::File => "file",
        FileType::Dir => "dir",
        FileType::Symlink => "symlink",
        FileType::CharDevice => "char-device",
        FileType::BlockDevice => "block-device",
        FileType::Socket => "socket",
        FileType::Unknown => "unknown",
    }
}

/// Each word of `expected` says something about the metadata: the kind alone, or `key=value`, where a value `$name` is bound or compared.
fn stat(
    metadata: &Metadata,
    expected: &[Token],
    variables: &mut BTreeMap<String, u64>,
) -> Result<(), String> {
    let mut right = true;
    let mut words = Vec::new();
    for token in expected {
        let Some((key, value)) = token.word().split_once('=') else {
            let kind = kind_word(metadata.file_type);
            right &= token.word() == kind;
            words.push(kind.to_owned());
            continue;
        };
        let (key, unequal) = match key.strip_suffix('!') {
            Some(key) => (key, true),
            None => (key, false),
        };
        let got = field(metadata, key)?;
        let shown = if key == "mode" {
            format!("{got:04o}")
        } else {
            got.to_string()
        };
        let equal = match (value, variables.get(value)) {
            (_, Some(known)) => got == i128::from(*known),
            ("now", _) => is_recent(got),
            (_, None) if value.starts_with('$') => {
                let got = u64::try_from(got).map_err(|_| format!("{key}={got}"))?;
                variables.insert(value.to_owned(), got);
                true
            }
            (_, None) if key == "mode" => shown == value,
            (_, None) => match value.strip_prefix('-') {
                Some(value) => number(value).map(|value| -i128::from(value)) == Ok(got),
                None => number(value).map(i128::from) == Ok(got),
            },
        };
        right &= equal != unequal;
        words.push(match variables.get(value) {
            Some(known) => format!("{key}={shown} ({value} is {known})"),
            None => format!("{key}={shown}"),
        });
    }
    if right { Ok(()) } else { Err(words.join(" ")) }
}

fn field(metadata: &Metadata, key: &str) -> Result<i128, String> {
    let nanos = |time: Timestamp| i128::from(time.as_nanos());
    Ok(match key {
        "dev" => metadata.dev.into(),
        "ino" => metadata.ino.into(),
        "mode" => metadata.mode.into(),
        "nlink" => metadata.nlink.into(),
        "size" => metadata.size.into(),
        "allocated" => metadata.allocated.into(),
        "atime" => nanos(metadata.accessed),
        "mtime" => nanos(metadata.modified),
        "ctime" => nanos(metadata.changed),
        _ => return Err(format!("metadata has no {key:?}")),
    })
}

/// Whether the time lies within ten minutes of the system's.
fn is_recent(nanos: i128) -> bool {
    let time = SystemTime::from(Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(0)));
    let now = SystemTime::now();
    let distance = now
        .duration_since(time)
        .unwrap_or_else(|later| later.duration());
    distance < Duration::from_secs(600)
}

/// Names in any order, each with `/` after a directory's and `@` after a link's; `nothing` for none. Each is passed once, `?name` at most once, and
/// `*name` any number of times.
fn names(entries: &[Entry], expected: &[Token]) -> Result<(), String> {
    let mut got: Vec<Vec<u8>> = entries.iter().map(suffixed).collect();
    got.sort_unstable();
    let mut right = true;
    let mut known = 0;
    for token in expected {
        let (name, least, most) = match token.bytes.split_first() {
            Some((b'?', name)) if !token.quoted => (name, 0, 1),
            Some((b'*', name)) if !token.quoted => (name, 0, usize::MAX),
            _ if token.word() == "nothing" => continue,
            _ => (token.bytes.as_slice(), 1, 1),
        };
        let count = got.iter().filter(|got| *got == name).count();
        right &= (least..=most).contains(&count);
        known += count;
    }
    if right && known == got.len() {
        return Ok(());
    }
    let words: Vec<String> = got
        .iter()
        .map(|name| name.escape_ascii().to_string())
        .collect();
    Err(if words.is_empty() {
        "nothing".into()
    } else {
        words.join(" ")
    })
}

fn suffixed(entry: &Entry) -> Vec<u8> {
    let mut name = entry.name.clone();
    match entry.file_type {
        FileType::Dir => name.push(b'/'),
        FileType::Symlink => name.push(b'@'),
        _ => {}
    }
    name
}

/// The words `mtime` and `ctime` of the times that are later now, or `nothing`. When reading moves atime is the host's choice (`relatime`).
fn moved(before: &Metadata, now: &Metadata, expected: &[Token]) -> Result<(), String> {
    let times = [
        ("mtime", before.modified, now.modified),
        ("ctime", before.changed, now.changed),
    ];
    if let Some((name, ..)) = times.iter().find(|(_, before, now)| now < before) {
        return Err(format!("{name} went back"));
    }
    let moved = times.iter().filter(|(_, before, now)| before < now);
    let mut words: Vec<&str> = moved.map(|(name, ..)| *name).collect();
    if words.is_empty() {
        words.push("nothing");
    }
    let mut expected: Vec<&str> = expected.iter().map(Token::word).collect();
    expected.sort_unstable();
    words.sort_unstable();
    if words == expected {
        Ok(())
    } else {
        Err(words.join(" "))
    }
}
