use std::fmt;
use std::sync::Arc;

use crate::{Errno, Name, OpenDir, OpenOptions, Opened, Place};

/// So many directories at the end of the chain are held open; those further up are opened again on the way back.
const MAX_OPEN_DIRS: usize = 64;

/// So many of the directories that are passed on the way to one that was closed stay open, evenly spaced. The next way back begins at one of them. Without them each
/// 64 levels of the way up would cost the whole way down, and a guest could keep a host that removes its tree busy for hours.
const WAYMARKS: usize = 16;

/// So many names are walked in one operation on the way to a directory that was closed: few enough for the host's limit on a path.
const NAMES_A_STEP: usize = 8;

/// A directory below another, and the way from there to it, however long, without holding all of it open.
///
/// What goes through a tree with it needs neither a path, which has a greatest length, nor a handle for each level. It holds some 64 directories open, at
/// depths of thousands up to twice as many. A directory that is replaced meanwhile may be found as what it is now.
///
/// # Examples
/// ```
/// # use guesthouse_vfs::{DirChain, MemFs, OpenDir, Tree};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fs = MemFs::new();
/// Tree::new(fs.clone()).build().file("a/b/f", "").finish()?;
/// let mut chain = DirChain::new(OpenDir::root(fs));
/// chain.enter(b"a")?;
/// chain.enter(b"b")?;
/// assert_eq!(chain.names().collect::<Vec<_>>(), [b"a", b"b"]);
/// chain.leave();
/// assert_eq!(chain.depth(), 1);
/// # Ok(())
/// # }
/// ```
pub struct DirChain {
    /// Always open: all others can be reached from it.
    first: Arc<OpenDir>,
    below: Vec<Link>,
}

struct Link {
    name: Box<[u8]>,
    /// The directory, unless it was closed to keep few open.
    dir: Option<Arc<OpenDir>>,
}

impl DirChain {
    /// The way that begins and ends at this directory.
    #[must_use]
    pub fn new(first: OpenDir) -> Self {
        Self {
            first: Arc::new(first),
            below: Vec::new(),
        }
    }

    /// The directory where the chain begins.
    #[must_use]
    pub fn first(&self) -> &OpenDir {
        &self.first
    }

    /// How many names lie between the first directory and the last.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.below.len()
    }

    /// Those names.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.below.iter().map(|link| &*link.name)
    }

    /// Goes into a directory of the last one. A symbolic link is none.
    ///
    /// # Errors
    /// [`Errno::Io`] for what is no plain name; [`Errno::NoEntry`]; [`Errno::Loop`] for a symbolic link; [`Errno::NotDir`]; the host's. Then the way is as it was.
    pub fn enter(&mut self, name: &[u8]) -> Result<Arc<OpenDir>, Errno> {
        let plain = Name::new(name).ok_or(Errno::Io)?;
        let dir = Arc::new(open_below(&*self.last()?, &[plain])?);
        if let Some(far) = self.below.len().checked_sub(MAX_OPEN_DIRS)
            && let Some(link) = self.below.get_mut(far)
        {
            link.dir = None;
        }
        self.below.push(Link {
            name: name.into(),
            dir: Some(dir.clone()),
        });
        Ok(dir)
    }

    /// Goes back from the last directory to the one before it. At the first it does nothing.
    pub fn leave(&mut self) {
        self.below.pop();
    }

    /// The last directory, opened again if it was closed; so are those before it, for the way back.
    ///
    /// # Errors
    /// As [`enter`](Self::enter), if it had to be opened again and one on the way to it is gone.
    pub fn last(&mut self) -> Result<Arc<OpenDir>, Errno> {
        let nearest = self.below.iter().rposition(|link| link.dir.is_some());
        let (open, closed) = self.below.split_at_mut(nearest.map_or(0, |at| at + 1));
        let mut dir = open
            .last()
            .and_then(|link| link.dir.clone())
            .unwrap_or_else(|| self.first.clone());
        let (passed, kept) = closed.split_at_mut(closed.len().saturating_sub(MAX_OPEN_DIRS));
        let spacing = (passed.len() / WAYMARKS).max(MAX_OPEN_DIRS);
        let mut since_mark = 0;
        for step in passed.chunks_mut(NAMES_A_STEP) {
            let names = step.iter().map(Link::name).collect::<Result<Vec<_>, _>>()?;
            dir = Arc::new(open_below(&dir, &names)?);
            since_mark += step.len();
            if since_mark >= spacing
                && let Some(mark) = step.last_mut()
            {
                mark.dir = Some(dir.clone());
                since_mark = 0;
            }
        }
        for link in kept {
            dir = Arc::new(open_below(&dir, &[link.name()?])?);
            link.dir = Some(dir.clone());
        }
        Ok(dir)
    }
}

impl Link {
    fn name(&self) -> Result<Name<'_>, Errno> {
        Name::new(&self.name).ok_or(Errno::Io)
    }
}

impl fmt::Debug for DirChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirChain")
            .field("depth", &self.depth())
            .finish_non_exhaustive()
    }
}

/// Opens the directory that these names lead to, following no link.
fn open_below(dir: &OpenDir, names: &[Name<'_>]) -> Result<OpenDir, Errno> {
    let fs = dir.file_system();
    let place = Place::act(dir.node(), names);
    match fs.open(place, OpenOptions::directory()) {
        Ok(Opened::Dir(node)) => Ok(OpenDir::from_opened(fs.clone(), node)),
        Ok(Opened::File(_)) => Err(Errno::NotDir),
        Err(stop) => Err(stop.errno()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileSystem, MemFs};

    /// The way up cost the way down once for each 64 levels: a tree of a million levels, which a guest makes in a second, took a host some billion opens to remove.
    #[test]
    fn the_way_back_is_opened_once_and_not_from_the_start_each_time() {
        const DEPTH: usize = 20_000;
        let fs: Arc<dyn FileSystem> = MemFs::new();
        let mut chain = DirChain::new(OpenDir::root(fs.clone()));
        let name = [Name::new(b"d").unwrap()];
        for _ in 0..DEPTH {
            let last = chain.last().unwrap();
            fs.create_dir(Place::act(last.node(), &name), 0o755)
                .unwrap();
            chain.enter(b"d").unwrap();
        }
        let (mut names_walked, mut most_open) = (0, 0);
        while chain.depth() > 0 {
            let open = |link: &Link| link.dir.is_some();
            let nearest = chain.below.iter().rposition(open).map_or(0, |at| at + 1);
            names_walked += chain.depth() - nearest;
            chain.last().unwrap();
            most_open = most_open.max(chain.below.iter().filter(|link| open(link)).count());
            chain.leave();
        }
        assert!(names_walked < 5 * DEPTH, "{names_walked}");
        assert!(most_open <= MAX_OPEN_DIRS + 4 * WAYMARKS, "{most_open}");
    }
}
