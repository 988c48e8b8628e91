use std::fmt;
use std::sync::Arc;

use super::dir_chain::DirChain;
use super::error::{TreeError, TreeResult};
use super::listing::{Found, Listing, TreeEntry, join, push_name};
use crate::{Errno, OpenDir};

/// All nodes below a directory, depth first. Directories come before what is in them, names are sorted, links aren't followed.
///
/// As an iterator it passes each node once. It holds some 64 directories open, at depths of thousands up to twice as many, and needs memory only for the names
/// in the directories on the way down. What comes or goes meanwhile may be missing. A directory that can't be listed is an error, after which the walk
/// goes on with what follows it.
pub struct Descent {
    /// From the directory that was walked to where the walk is.
    dirs: DirChain,
    /// What is still to be passed in each of them, last first. Empty once the walk is over.
    rest: Vec<Vec<Found>>,
    /// What each of them but the first was found as.
    entered: Vec<Found>,
    /// The path of what the last step was about. It changes in place: a copy for each node would cost the square of the depth.
    path: Vec<u8>,
    /// How much of it is the path of the last of the directories.
    dir_len: usize,
    /// The length of each one's parent's path.
    parent_lens: Vec<usize>,
    /// The directory that was passed last, and that is entered next.
    entering: Option<Found>,
}

/// What a descent comes to.
pub(super) enum Step {
    /// A node in this directory. A directory is entered with the next step.
    Entry(Arc<OpenDir>, Found),
    /// All that was in a directory has passed; it is itself in this one.
    Leave(Arc<OpenDir>, Found),
}

impl Descent {
    pub(super) fn new(dir: OpenDir, path: &[u8]) -> TreeResult<Self> {
        let mut descent = Self {
            dirs: DirChain::new(dir),
            rest: Vec::new(),
            entered: Vec::new(),
            path: path.to_vec(),
            dir_len: path.len(),
            parent_lens: Vec::new(),
            entering: None,
        };
        let listed = descent.dirs.last().and_then(list);
        descent
            .rest
            .push(listed.map_err(|errno| TreeError::new("list", path, errno))?);
        Ok(descent)
    }

    /// Does not go into the directory that was passed last. After anything else it does nothing.
    pub fn skip_dir(&mut self) {
        self.entering = None;
    }

    /// The directory that holds the node that was passed last. From it the node can be opened by its name alone, however deep it lies; a path has a greatest length.
    ///
    /// # Errors
    /// [`Errno::NoEntry`] and the like if the directory had to be opened again and is gone; the host's.
    pub fn dir(&mut self) -> TreeResult<Arc<OpenDir>> {
        let dir = self.dirs.last();
        dir.map_err(|errno| TreeError::new("list", &self.path, errno))
    }

    /// The path of what the last step was about.
    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The directory that the descent began with.
    pub(super) fn first(&self) -> &OpenDir {
        self.dirs.first()
    }

    pub(super) fn step(&mut self) -> Option<TreeResult<Step>> {
        self.path.truncate(self.dir_len);
        if let Some(found) = self.entering.take()
            && let Err(error) = self.enter(&found)
        {
            return Some(match error.errno() {
                // It was a directory a moment ago, and is none now, or gone: as if it had been empty.
                Errno::NoEntry | Errno::NotDir | Errno::Loop => self.at(found, Step::Leave),
                _ => Err(error),
            });
        }
        if let Some(found) = self.rest.last_mut()?.pop() {
            if found.is_dir() {
                self.entering = Some(found.clone());
            }
            return Some(self.at(found, Step::Entry));
        }
        self.rest.pop();
        let found = self.entered.pop()?;
        self.dirs.leave();
        self.dir_len = self.parent_lens.pop().unwrap_or(0);
        self.path.truncate(self.dir_len);
        Some(self.at(found, Step::Leave))
    }

    /// A step about this node of the last directory.
    fn at(
        &mut self,
        found: Found,
        step: impl FnOnce(Arc<OpenDir>, Found) -> Step,
    ) -> TreeResult<Step> {
        let dir = self.dirs.last();
        let dir = dir.map_err(|errno| TreeError::new("list", &self.path, errno))?;
        push_name(&mut self.path, &found.name);
        Ok(step(dir, found))
    }

    fn enter(&mut self, found: &Found) -> TreeResult<()> {
        let dir = self.dirs.enter(&found.name);
        let entered = dir.is_ok();
        match dir.and_then(list) {
            Ok(rest) => {
                self.rest.push(rest);
                self.entered.push(found.clone());
                self.parent_lens.push(self.dir_len);
                push_name(&mut self.path, &found.name);
                self.dir_len = self.path.len();
                Ok(())
            }
            Err(errno) => {
                if entered {
                    self.dirs.leave();
                }
                Err(TreeError::new(
                    "list",
                    &join(&self.path, &found.name),
                    errno,
                ))
            }
        }
    }
}

impl Iterator for Descent {
    type Item = TreeResult<TreeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok(Step::Entry(_, found)) => {
                    let depth = self.dirs.depth();
                    return Some(Ok(TreeEntry::new(&self.path, found, depth)));
                }
                Ok(Step::Leave(..)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl fmt::Debug for Descent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descent")
            .field("depth", &self.dirs.depth())
            .finish_non_exhaustive()
    }
}

/// What is in a directory, the last name first.
fn list(dir: Arc<OpenDir>) -> Result<Vec<Found>, Errno> {
    let mut found = Listing::new(dir)?.collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, other| other.name.cmp(&one.name));
    Ok(found)
}
