use guesthouse_vfs::{Access, Advice, Errno, OpenOptions, SetTime, SetTimes, SyncKind, Timestamp};

use super::{Call, Expected, Line, Problem, Step, Target, Token};

/// The name of the handle that an `open` without a name gets; it is closed at once.
pub(crate) const UNNAMED: &str = "%";

/// Understands one line: `[name =] step arguments [-> expected]`.
pub(crate) fn parse_line(number: usize, tokens: &[Token]) -> Result<Line, Problem> {
    let (left, expected) = match tokens.iter().position(|token| token.word() == "->") {
        Some(arrow) => (&tokens[..arrow], expected(&tokens[arrow + 1..])?),
        None => (tokens, Expected::Success),
    };
    let (bind, left) = match left {
        [name, equals, rest @ ..] if equals.word() == "=" => (Some(name.word().to_owned()), rest),
        _ => (None, left),
    };
    let (verb, arguments) = left.split_first().ok_or("the step is missing")?;
    let binds = matches!(verb.word(), "open" | "stream" | "resume");
    if bind.is_some() && !binds {
        return Err("only open, stream and resume give something a name".into());
    }
    let mut arguments = Arguments(arguments);
    let step = step(verb.word(), bind, &mut arguments)?;
    arguments.end()?;
    Ok(Line {
        number,
        step,
        expected,
    })
}

fn expected(tokens: &[Token]) -> Result<Expected, Problem> {
    match tokens {
        [] => Err("nothing is expected after ->".into()),
        [token] if errno_named(token.word()).is_some() => errno_named(token.word())
            .map(Expected::Failure)
            .ok_or("an errno".into()),
        tokens => Ok(Expected::Result(tokens.to_vec())),
    }
}

fn step(verb: &str, bind: Option<String>, arguments: &mut Arguments<'_>) -> Result<Step, Problem> {
    Ok(match verb {
        "cat" => Step::Cat(arguments.target()?),
        "list" => Step::List(arguments.target()?),
        "watch" => Step::Watch(arguments.target()?),
        "moved" => Step::Moved(arguments.target()?),
        "take" => Step::Take {
            stream: arguments.name()?,
            count: usize::try_from(arguments.number()?).map_err(|_| "too many")?,
        },
        "rest" => Step::Rest(arguments.name()?),
        "rewind" => Step::Rewind(arguments.name()?),
        "resume" => Step::Resume {
            bind: bind.ok_or("a resumed stream needs a name")?,
            stream: arguments.name()?,
            dir: arguments.name()?,
        },
        "seen" => Step::Seen(arguments.name()?),
        "count" => Step::Count(arguments.name()?),
        "unlink-last" => Step::UnlinkLast {
            stream: arguments.name()?,
            dir: arguments.name()?,
        },
        "unlink-seen" => Step::UnlinkSeen {
            stream: arguments.name()?,
            dir: arguments.name()?,
        },
        _ => Step::Call(call(verb, bind, arguments)?),
    })
}

fn call(verb: &str, bind: Option<String>, arguments: &mut Arguments<'_>) -> Result<Call, Problem> {
    let followed = |verb: &str, plain: &str| verb == plain;
    Ok(match verb {
        "open" => open(bind, arguments)?,
        "stream" => Call::OpenStream {
            bind: bind.ok_or("a stream needs a name")?,
            dir: arguments.name()?,
        },
        "close" => Call::Close(arguments.name()?),
        "stat" | "lstat" => Call::Stat {
            target: arguments.target()?,
            follow: followed(verb, "stat"),
        },
        "utime" | "lutime" => Call::SetTimes {
            target: arguments.target()?,
            follow: followed(verb, "utime"),
            times: SetTimes {
                accessed: arguments.time()?,
                modified: arguments.time()?,
            },
        },
        "chmod" | "lchmod" => Call::SetMode {
            target: arguments.target()?,
            follow: followed(verb, "chmod"),
            mode: octal(arguments.word()?)?,
        },
        "mkdir" => Call::CreateDir {
            target: arguments.target()?,
            mode: arguments.mode()?.unwrap_or(0o755),
        },
        "rmdir" => Call::RemoveDir(arguments.target()?),
        "unlink" => Call::Unlink(arguments.target()?),
        "readlink" => Call::ReadLink(arguments.target()?),
        "symlink" => Call::Symlink {
            to: arguments.next()?.bytes.clone(),
            target: arguments.target()?,
        },
        "link" | "link-followed" => Call::Link {
            old: arguments.target()?,
            follow: verb == "link-followed",
            new: arguments.target()?,
        },
        "rename" => Call::Rename {
            old: arguments.target()?,
            new: arguments.target()?,
        },
        _ => return file_call(verb, arguments),
    })
}

fn file_call(verb: &str, arguments: &mut Arguments<'_>) -> Result<Call, Problem> {
    let file = arguments.name()?;
    Ok(match verb {
        "read" => Call::Read {
            file,
            offset: arguments.number()?,
            lengths: arguments
                .word()?
                .split('+')
                .map(|length| number(length).map(|length| usize::try_from(length).unwrap_or(0)))
                .collect::<Result<_, _>>()?,
        },
        "write" => Call::Write {
            file,
            offset: arguments.number()?,
            buffers: arguments.buffers(),
        },
        "append" => Call::Append {
            file,
            buffers: arguments.buffers(),
        },
        "truncate" => Call::SetLen {
            file,
            len: arguments.number()?,
        },
        "allocate" => Call::Allocate {
            file,
            offset: arguments.number()?,
            len: arguments.number()?,
        },
        "sync" | "datasync" => Call::Sync {
            handle: file,
            kind: if verb == "sync" {
                SyncKind::All
            } else {
                SyncKind::Data
            },
        },
        "advise" => Call::Advise {
            file,
            offset: arguments.number()?,
            len: arguments.number()?,
            advice: advice(arguments.word()?)?,
        },
        _ => return Err(format!("there is no step {verb:?}").into()),
    })
}

fn open(bind: Option<String>, arguments: &mut Arguments<'_>) -> Result<Call, Problem> {
    let target = arguments.target()?;
    let mut options = OpenOptions::existing(Access::default());
    let mut follow = true;
    while let Ok(token) = arguments.next() {
        match token.word() {
            "read" => options.access.read = true,
            "write" => options.access.write = true,
            "create" => options.create = true,
            "excl" => options.exclusive = true,
            "trunc" => options.truncate = true,
            "dir" => options.directory = true,
            "nofollow" => follow = false,
            word => match token.value_of("mode") {
                Some(mode) => options.mode = octal(mode)?,
                None => return Err(format!("open knows no {word:?}").into()),
            },
        }
    }
    Ok(Call::Open {
        bind: bind.unwrap_or_else(|| UNNAMED.into()),
        target,
        follow,
        options,
    })
}

/// The arguments of a step that are still to be understood.
struct Arguments<'a>(&'a [Token]);

impl<'a> Arguments<'a> {
    fn next(&mut self) -> Result<&'a Token, Problem> {
        let (first, rest) = self.0.split_first().ok_or("an argument is missing")?;
        self.0 = rest;
        Ok(first)
    }

    fn end(&self) -> Result<(), Problem> {
        match self.0 {
            [] => Ok(()),
            _ => Err("too many arguments".into()),
        }
    }

    fn word(&mut self) -> Result<&'a str, Problem> {
        Ok(self.next()?.word())
    }

    /// The name of a handle or stream, written with or without its colon.
    fn name(&mut self) -> Result<String, Problem> {
        let token = self.next()?;
        match &token.handle {
            Some(handle) if token.bytes.is_empty() && !token.quoted => Ok(handle.clone()),
            None if !token.word().is_empty() => Ok(token.word().to_owned()),
            _ => Err("a handle's name is needed".into()),
        }
    }

    fn target(&mut self) -> Result<Target, Problem> {
        let token = self.next()?;
        Ok(match &token.handle {
            Some(handle) if token.bytes.is_empty() && !token.quoted => {
                Target::Handle(handle.clone())
            }
            at => Target::Path {
                at: at.clone(),
                path: token.bytes.clone(),
            },
        })
    }

    fn number(&mut self) -> Result<u64, Problem> {
        number(self.word()?)
    }

    fn mode(&mut self) -> Result<Option<u32>, Problem> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mode = self.next()?.value_of("mode").ok_or("mode=0700 is meant")?;
        octal(mode).map(Some)
    }

    fn time(&mut self) -> Result<SetTime, Problem> {
        Ok(match self.word()? {
            "keep" => SetTime::Keep,
            "now" => SetTime::Now,
            nanos => SetTime::At(Timestamp::from_nanos(
                nanos
                    .replace('_', "")
                    .parse()
                    .map_err(|_| "a time is keep, now or nanoseconds")?,
            )),
        })
    }

    fn buffers(&mut self) -> Vec<Vec<u8>> {
        let buffers = self.0.iter().map(|token| token.bytes.clone()).collect();
        self.0 = &[];
        buffers
    }
}

/// A number: `12`, `4_096`, `3G` (binary multiples: K, M, G, T), `max` for the largest offset, `endless` for the largest `u64`.
pub(crate) fn number(word: &str) -> Result<u64, Problem> {
    if let "max" | "endless" = word {
        return Ok(if word == "max" {
            i64::MAX as u64
        } else {
            u64::MAX
        });
    }
    let digits = word.trim_end_matches(['K', 'M', 'G', 'T']);
    let shift = match &word[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(format!("{word:?} is no number").into()),
    };
    let plain: u64 = digits
        .replace('_', "")
        .parse()
        .map_err(|_| format!("{word:?} is no number"))?;
    Ok(plain << shift)
}

/// Permission bits: `0644`.
pub(crate) fn octal(word: &str) -> Result<u32, Problem> {
    u32::from_str_radix(word, 8).map_err(|_| "permission bits are octal".into())
}

fn advice(word: &str) -> Result<Advice, Problem> {
    Ok(match word {
        "normal" => Advice::Normal,
        "sequential" => Advice::Sequential,
        "random" => Advice::Random,
        "willneed" => Advice::WillNeed,
        "dontneed" => Advice::DontNeed,
        "noreuse" => Advice::NoReuse,
        _ => return Err("an unknown advice".into()),
    })
}

const ERRNOS: [Errno; 30] = [
    Errno::Access,
    Errno::Again,
    Errno::BadFd,
    Errno::Busy,
    Errno::Quota,
    Errno::Exist,
    Errno::FileTooBig,
    Errno::Interrupted,
    Errno::Invalid,
    Errno::Io,
    Errno::IsDir,
    Errno::Loop,
    Errno::TooManyOpenFiles,
    Errno::TooManyLinks,
    Errno::NameTooLong,
    Errno::SystemFileTableFull,
    Errno::NoDevice,
    Errno::NoEntry,
    Errno::NoMemory,
    Errno::NoSpace,
    Errno::NotDir,
    Errno::NotEmpty,
    Errno::NotSupported,
    Errno::Overflow,
    Errno::Permission,
    Errno::BrokenPipe,
    Errno::ReadOnly,
    Errno::IllegalSeek,
    Errno::TextBusy,
    Errno::CrossDevice,
];

/// The errno of that POSIX name.
pub(crate) fn errno_named(name: &str) -> Option<Errno> {
    ERRNOS.into_iter().find(|errno| errno.describe().0 == name)
}

/// Bytes as a script would write them; long ones are cut.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    match bytes.get(..80) {
        Some(start) if bytes.len() > 100 => {
            format!("\"{}…\" ({} bytes)", start.escape_ascii(), bytes.len())
        }
        _ => format!("\"{}\"", bytes.escape_ascii()),
    }
}
