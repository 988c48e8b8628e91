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
}

fn ino(dir: &OpenDir) -> u64 {
    let place = Place::dir(dir.node());
    dir.file_system().metadata(place).unwrap().ino
}
