use guesthouse_vfs::Metadata;

use crate::script::{Content, quoted};
use crate::tree_of::{content_of, entries_of, root_of};
use crate::{Subject, Target};

/// All that can be seen of a tree: every node with its contents and all its metadata, directories in the order and with the cookies of their listings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    seen: Vec<Seen>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// Empty for the working directory.
    path: Vec<u8>,
    /// The cookie after it.
    cookie: u64,
    metadata: Metadata,
    content: Content,
}

impl State {
    /// The state of the working directory and all below it.
    ///
    /// # Errors
    /// The call that failed and its errno, or what in the tree does not agree.
    pub(crate) fn of(subject: &mut dyn Subject) -> Result<Self, String> {
        let mut seen = vec![Seen {
            path: Vec::new(),
            cookie: 0,
            metadata: root_of(subject)?,
            content: Content::Dir,
        }];
        let mut dirs = vec![Vec::new()];
        while let Some(dir) = dirs.pop() {
            let target = if dir.is_empty() { b"." } else { &dir[..] };
            for (entry, metadata) in entries_of(&Target::path(target), subject)? {
                let mut path = dir.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend(&entry.name);
                let content = content_of(&path, &metadata, subject)?;
                if content == Content::Dir {
                    dirs.push(path.clone());
                }
                seen.push(Seen {
                    path,
                    cookie: entry.next,
                    metadata,
                    content,
                });
            }
        }
        Ok(Self { seen })
    }

    /// The first node in which the two are different, or the first that only one has.
    pub(crate) fn difference(&self, now: &Self) -> Option<String> {
        let pairs = self.seen.iter().zip(&now.seen);
        let different = pairs.filter(|(before, now)| before != now);
        if let Some((before, now)) = different.into_iter().next() {
            return Some(format!(
                "{}, which was {before:?}, is {now:?}",
                before.name()
            ));
        }
        let common = self.seen.len().min(now.seen.len());
        match (self.seen.get(common), now.seen.get(common)) {
            (Some(gone), _) => Some(format!("{} is gone", gone.name())),
            (_, Some(new)) => Some(format!("{} is new", new.name())),
            (None, None) => None,
        }
    }
}

impl Seen {
    fn name(&self) -> String {
        if self.path.is_empty() {
            "the working directory".into()
        } else {
            quoted(&self.path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, Model, OnFileSystem};

    #[test]
    fn what_is_new_or_gone_or_different_is_told() {
        let mut subject = OnFileSystem::at_root(Model::new());
        let mut perform = |call| {
            subject.perform(&call).unwrap();
            State::of(&mut subject).unwrap()
        };
        let target = || Target::path("d");
        let to = b"x".to_vec();
        let empty = perform(Call::Symlink {
            to,
            target: Target::path("l"),
        });
        let made = perform(Call::CreateDir {
            target: target(),
            mode: 0o755,
        });
        let changed = perform(Call::SetMode {
            target: target(),
            follow: true,
            mode: 0o700,
        });
        assert_eq!(made.difference(&made), None);
        let difference = made.difference(&changed).unwrap();
        assert!(difference.starts_with("\"d\", which was"), "{difference}");
        // A directory has other times when a name comes or goes, so that is told first.
        let difference = empty.difference(&made).unwrap();
        assert!(
            difference.starts_with("the working directory, which was"),
            "{difference}"
        );
        let shorter = State {
            seen: made.seen[..2].to_vec(),
        };
        assert_eq!(shorter.difference(&made).unwrap(), "\"d\" is new");
        assert_eq!(made.difference(&shorter).unwrap(), "\"d\" is gone");
    }
}
