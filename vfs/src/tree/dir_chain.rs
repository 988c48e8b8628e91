use std::sync::Arc;

use crate::{Errno, Name, OpenDir, OpenOptions, Opened, Place};

/// At most about this many directories are held open; those further up are opened again on the way back.
const MAX_OPEN_DIRS: usize = 64;

/// So many names are walked in one operation on the way to a directory that was closed: few enough for the host's limit on a path.
const NAMES_A_STEP: usize = 8;

/// A directory below another, and the way from there to it, however long, without holding all of it open.
pub(super) struct DirChain {
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
    pub(super) fn new(first: OpenDir) -> Self {
        Self {
            first: Arc::new(first),
            below: Vec::new(),
        }
    }

    /// The directory where the chain begins.
    pub(super) fn first(&self) -> &OpenDir {
        &self.first
    }

    /// How many names lie between the first directory and the last.
    pub(super) fn depth(&self) -> usize {
        self.below.len()
    }

    /// Those names.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.below.iter().map(|link| &*link.name)
    }

    /// Goes into a directory of the last one. A symbolic link is none.
    pub(super) fn enter(&mut self, name: &[u8]) -> Result<Arc<OpenDir>, Errno> {
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

    /// Goes back from the last directory to the one before it.
    pub(super) fn leave(&mut self) {
        self.below.pop();
    }

    /// The last directory, opened again if it was closed; so are those before it, for the way back.
    pub(super) fn last(&mut self) -> Result<Arc<OpenDir>, Errno> {
        let nearest = self.below.iter().rposition(|link| link.dir.is_some());
        let (open, closed) = self.below.split_at_mut(nearest.map_or(0, |at| at + 1));
        let mut dir = open
            .last()
            .and_then(|link| link.dir.clone())
            .unwrap_or_else(|| self.first.clone());
        let (passed, kept) = closed.split_at_mut(closed.len().saturating_sub(MAX_OPEN_DIRS));
        for step in passed.chunks(NAMES_A_STEP) {
            let names = step.iter().map(Link::name).collect::<Result<Vec<_>, _>>()?;
            dir = Arc::new(open_below(&dir, &names)?);
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
