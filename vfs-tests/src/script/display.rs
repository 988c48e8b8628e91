//! Calls, written as the lines of a script that would perform them.

use std::fmt::{self, Display, Formatter, Write};

use guesthouse_vfs::{Advice, OpenOptions, SetTime, SyncKind};

use super::parse::UNNAMED;
use super::{Call, Target};

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open {
                bind,
                target,
                follow,
                options,
            } => {
                if bind != UNNAMED {
                    write!(f, "{bind} = ")?;
                }
                write!(f, "open {target}")?;
                flags(f, *follow, options)
            }
            Self::Close(handle) => write!(f, "close {handle}"),
            Self::Stat { target, follow } => write!(f, "{}stat {target}", prefix(*follow)),
            Self::SetTimes {
                target,
                follow,
                times,
            } => {
                let (accessed, modified) = (Time(times.accessed), Time(times.modified));
                write!(f, "{}utime {target} {accessed} {modified}", prefix(*follow))
            }
            Self::SetMode {
                target,
                follow,
                mode,
            } => write!(f, "{}chmod {target} {mode:04o}", prefix(*follow)),
            Self::CreateDir { target, mode } => {
                write!(f, "mkdir {target}")?;
                match mode {
                    0o755 => Ok(()),
                    mode => write!(f, " mode={mode:04o}"),
                }
            }
            Self::RemoveDir(target) => write!(f, "rmdir {target}"),
            Self::Unlink(target) => write!(f, "unlink {target}"),
            Self::ReadLink(target) => write!(f, "readlink {target}"),
            Self::Symlink { to, target } => write!(f, "symlink {} {target}", Text(to)),
            Self::Link { old, follow, new } => {
                let followed = if *follow { "-followed" } else { "" };
                write!(f, "link{followed} {old} {new}")
            }
            Self::Rename { old, new } => write!(f, "rename {old} {new}"),
            call => file_call(f, call),
        }
    }
}

fn file_call(f: &mut Formatter<'_>, call: &Call) -> fmt::Result {
    match call {
        Call::Read {
            file,
            offset,
            lengths,
        } => {
            write!(f, "read {file} {offset} ")?;
            for (index, length) in lengths.iter().enumerate() {
                let plus = if index == 0 { "" } else { "+" };
                write!(f, "{plus}{length}")?;
            }
            Ok(())
        }
        Call::Write {
            file,
            offset,
            buffers,
        } => {
            write!(f, "write {file} {offset}")?;
            buffers
                .iter()
                .try_for_each(|buffer| write!(f, " {}", Text(buffer)))
        }
        Call::Append { file, buffers } => {
            write!(f, "append {file}")?;
            buffers
                .iter()
                .try_for_each(|buffer| write!(f, " {}", Text(buffer)))
        }
        Call::SetLen { file, len } => write!(f, "truncate {file} {len}"),
        Call::Allocate { file, offset, len } => write!(f, "allocate {file} {offset} {len}"),
        Call::Sync { handle, kind } => match kind {
            SyncKind::All => write!(f, "sync {handle}"),
            SyncKind::Data => write!(f, "datasync {handle}"),
        },
        Call::Advise {
            file,
            offset,
            len,
            advice,
        } => write!(f, "advise {file} {offset} {len} {}", advice_word(*advice)),
        Call::OpenStream { bind, dir } => write!(f, "{bind} = stream {dir}"),
        Call::NextEntries {
            stream,
            cookie,
            limit,
        } => write!(f, "take {stream} {limit}  # from cookie {cookie}"),
        _ => Ok(()),
    }
}

fn flags(f: &mut Formatter<'_>, follow: bool, options: &OpenOptions) -> fmt::Result {
    for (flag, word) in [
        (options.access.read, " read"),
        (options.access.write, " write"),
        (options.create, " create"),
        (options.exclusive, " excl"),
        (options.truncate, " trunc"),
        (options.directory, " dir"),
        (!follow, " nofollow"),
    ] {
        if flag {
            f.write_str(word)?;
        }
    }
    match options.mode {
        0o644 => Ok(()),
        mode => write!(f, " mode={mode:04o}"),
    }
}

fn prefix(follow: bool) -> &'static str {
    if follow { "" } else { "l" }
}

fn advice_word(advice: Advice) -> &'static str {
    match advice {
        Advice::Normal => "normal",
        Advice::Sequential => "sequential",
        Advice::Random => "random",
        Advice::WillNeed => "willneed",
        Advice::DontNeed => "dontneed",
        Advice::NoReuse => "noreuse",
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(handle) => write!(f, "{handle}:"),
            Self::Path { at, path } => {
                if let Some(at) = at {
                    write!(f, "{at}:")?;
                }
                let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._".contains(byte);
                if path.is_empty() || !path.iter().all(plain) {
                    return write!(f, "{}", Text(path));
                }
                path.iter().try_for_each(|&byte| f.write_char(byte.into()))
            }
        }
    }
}

struct Time(SetTime);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            SetTime::Keep => f.write_str("keep"),
            SetTime::Now => f.write_str("now"),
            SetTime::At(time) => write!(f, "{}", time.as_nanos()),
        }
    }
}

/// Bytes in quotes; long runs of one byte as repetitions.
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for run in self.0.chunk_by(|a, b| a == b) {
            let byte = match run.first() {
                Some(b'\\') => "\\\\".to_owned(),
                Some(byte @ (b'"' | b'{' | b'}')) => format!("\\{}", char::from(*byte)),
                Some(byte @ b' '..=b'~') => char::from(*byte).to_string(),
                Some(byte) => format!("\\x{byte:02x}"),
                None => String::new(),
            };
            match run.len() {
                length @ 0..=8 => f.write_str(&byte.repeat(length))?,
                length => write!(f, "{{{length}*{byte}}}")?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Script, Step, parse_line, tokens};
    use crate::cases;

    #[test]
    fn every_call_of_every_case_is_understood_as_it_is_written() {
        for case in cases::ALL.iter().flat_map(|cases| cases.iter()) {
            for line in Script::parse(case.text).unwrap().lines {
                let Step::Call(call) = line.step else {
                    continue;
                };
                let written = call.to_string();
                let read = parse_line(0, &tokens(&written).unwrap()).unwrap();
                match read.step {
                    Step::Call(read) => assert_eq!(read, call, "{written}"),
                    other => panic!("{written} is understood as {other:?}"),
                }
            }
        }
    }
}
