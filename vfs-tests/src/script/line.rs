use guesthouse_vfs::Errno;

use super::{Call, Target, Token};

/// One line of a script.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its number in the case's text, 0 for the first.
    pub(crate) number: usize,
    pub(crate) step: Step,
    pub(crate) expected: Expected,
}

/// What a line does: one call, or something that is made of calls.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Call(Call),
    /// All the contents of the file at a path.
    Cat(Target),
    /// The entries of a directory, by a listing of its own; each is compared with its metadata.
    List(Target),
    /// Remembers a node's times and lets time pass.
    Watch(Target),
    /// Which of a node's times have changed since it was watched.
    Moved(Target),
    /// Passes that many more entries of a stream.
    Take {
        stream: String,
        count: usize,
    },
    /// Passes all further entries of a stream.
    Rest(String),
    /// Goes back to the start of a stream and forgets what it has passed.
    Rewind(String),
    /// A new stream on the same directory, with the cookie of another stream.
    Resume {
        bind: String,
        stream: String,
        dir: String,
    },
    /// The names that a stream has passed.
    Seen(String),
    /// How many names a stream has passed; one passed twice is a failure.
    Count(String),
    /// Unlinks the entry that a stream passed last.
    UnlinkLast {
        stream: String,
        dir: String,
    },
    /// Unlinks all entries that a stream has passed.
    UnlinkSeen {
        stream: String,
        dir: String,
    },
}

/// What a line is expected to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Success,
    Failure(Errno),
    /// Success with a result that says this.
    Result(Vec<Token>),
}
