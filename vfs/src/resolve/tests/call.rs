use crate::resolve::{self, OpenNode, Start, Symlinks};
use crate::{Errno, OpenDir, OpenOptions, Place, SetTime, SetTimes, Timestamp};

/// One call with its paths, so that the same can be asked of different systems.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Open(Vec<u8>, Symlinks, OpenOptions),
    Metadata(Vec<u8>, Symlinks),
    SetTimes(Vec<u8>, Symlinks),
    SetMode(Vec<u8>),
    ReadLink(Vec<u8>),
    CreateDir(Vec<u8>),
    RemoveDir(Vec<u8>),
    Unlink(Vec<u8>),
    Symlink(Vec<u8>, Vec<u8>),
    Link(Vec<u8>, Symlinks, Vec<u8>),
    Rename(Vec<u8>, Vec<u8>),
}

/// What a call found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    /// The number of the node that was meant.
    Node(u64),
    Target(Vec<u8>),
}

/// The times that every call which sets times sets.
pub(super) const TIMES: SetTimes = SetTimes {
    accessed: SetTime::At(Timestamp::EPOCH),
    modified: SetTime::At(Timestamp::EPOCH),
};

impl Call {
    /// Asks the resolver.
    pub(super) fn resolve(&self, start: Start<'_>) -> Result<Answer, Errno> {
        let done = |()| Answer::Done;
        match self {
            Self::Open(path, symlinks, options) => {
                match resolve::open(start, path, *symlinks, *options)? {
                    OpenNode::Dir(dir) => Ok(Answer::Node(ino(&dir))),
                    OpenNode::File(file) => Ok(Answer::Node(file.metadata()?.ino)),
                }
            }
            Self::Metadata(path, symlinks) => {
                let metadata = resolve::metadata(start, path, *symlinks)?;
                Ok(Answer::Node(metadata.ino))
            }
            Self::SetTimes(path, symlinks) => {
                resolve::set_times(start, path, *symlinks, TIMES).map(done)
            }
            Self::SetMode(path) => {
                resolve::set_mode(start, path, Symlinks::Follow, 0o755).map(done)
            }
            Self::ReadLink(path) => {
                let target = resolve::read_link(start, path)?;
                Ok(Answer::Target(target.into_vec()))
            }
            Self::CreateDir(path) => resolve::create_dir(start, path, 0o755).map(done),
            Self::RemoveDir(path) => resolve::remove_dir(start, path).map(done),
            Self::Unlink(path) => resolve::unlink(start, path).map(done),
            Self::Symlink(target, path) => resolve::symlink(target, start, path).map(done),
            Self::Link(old, symlinks, new) => {
                resolve::link(start, old, *symlinks, start, new).map(done)
            }
            Self::Rename(old, new) => resolve::rename(start, old, start, new).map(done),
        }
    }

    /// Each path with what the call does to a link at its end.
    #[cfg(all(feature = "host", target_os = "linux"))]
    pub(super) fn paths(&self) -> Vec<(&[u8], Symlinks)> {
        let taken = Symlinks::NoFollow;
        match self {
            Self::Open(path, ..) if self.is_exclusive() => vec![(path, taken)],
            Self::Open(path, symlinks, _)
            | Self::Metadata(path, symlinks)
            | Self::SetTimes(path, symlinks) => vec![(path, *symlinks)],
            Self::SetMode(path) => vec![(path, Symlinks::Follow)],
            Self::ReadLink(path)
            | Self::CreateDir(path)
            | Self::RemoveDir(path)
            | Self::Unlink(path)
            | Self::Symlink(_, path) => vec![(path, taken)],
            Self::Link(old, symlinks, new) => vec![(old, *symlinks), (new, taken)],
            Self::Rename(old, new) => vec![(old, taken), (new, taken)],
        }
    }

    #[cfg(all(feature = "host", target_os = "linux"))]
    fn is_exclusive(&self) -> bool {
        matches!(self, Self::Open(_, _, options) if options.exclusive)
    }
}

fn ino(dir: &OpenDir) -> u64 {
    let place = Place::dir(dir.node());
    dir.file_system().metadata(place).unwrap().ino
}
