use super::Tree;
use super::builder::make_parent;
use super::contents::copy_contents;
use super::copy_options::{AbsoluteLinks, CopyOptions, CopyProgress};
use super::copy_report::{CopyReport, LeftOutReason};
use super::descent::{Descent, Step};
use super::dir_chain::DirChain;
use super::error::{TreeError, TreeResult};
use super::linked_nodes::LinkedNodes;
use super::listing::{Found, join};
use super::node_copy::{MODE_BITS, make_dir, make_room, open_source, optional, times_of};
use super::tree_path::{in_tree, last_name};
use crate::resolve::{self, PATH_MAX, Start, Symlinks};
use crate::{
    Access, Errno, FileType, Metadata, Name, OpenDir, OpenFile, OpenOptions, Opened, Place,
};

impl Tree {
    /// Copies a file, or what is in a directory with all below it, to a place in another tree or in this one.
    ///
    /// A directory becomes the directory `to_path`, which is made with its parents if it is missing, and what is in both is merged: files
    /// and links replace files and links. A file becomes the file `to_path`. Contents are copied with their holes, hard links among the copied files are kept, and so
    /// are permission bits (`0o777`; set-user-id, set-group-id and sticky bits are not) and the times of access and modification.
    ///
    /// Symbolic links below a directory are copied, never followed, neither where the copy comes from nor where it goes to; `path` and `to_path` themselves are followed. A link that
    /// leads out of the directory, or would once its target is there, or whose way is too long to be sure, is left out and reported; so are FIFOs, sockets and devices.
    ///
    /// # Errors
    /// [`Errno::NoEntry`]; [`Errno::Invalid`] for a directory onto itself; [`Errno::IsDir`] where a directory is in the way of a file or link, and [`Errno::Exist`] or [`Errno::NotDir`]
    /// where something else is in the way of a directory; whatever reading and writing answer. What was copied by then stays.
    ///
    /// # Examples
    /// ```
    /// # use guesthouse_vfs::{CopyOptions, MemFs, Tree, TreeResult};
    /// # fn main() -> TreeResult<()> {
    /// let template = Tree::new(MemFs::new());
    /// template.build().file("etc/motd", "Welcome.\n").symlink("motd", "etc/motd").finish()?;
    /// let tree = Tree::new(MemFs::new());
    /// let report = template.copy_to("/", &tree, "/guests/one", CopyOptions::default())?;
    /// assert_eq!(tree.read_to_string("/guests/one/motd")?, "Welcome.\n");
    /// assert_eq!((report.files, report.symlinks), (1, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_to(
        &self,
        path: impl AsRef<[u8]>,
        to: &Self,
        to_path: impl AsRef<[u8]>,
        options: CopyOptions<'_>,
    ) -> TreeResult<CopyReport> {
        let (path, to_path) = (path.as_ref(), to_path.as_ref());
        copy(self.end(path), to.end(to_path), options)
    }

    pub(super) const fn end<'a>(&'a self, path: &'a [u8]) -> End<'a> {
        End {
            tree: self,
            path,
            shown: path,
        }
    }
}

/// Where a copy comes from or goes to.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) tree: &'a Tree,
    pub(super) path: &'a [u8],
    /// What errors and reports call the path.
    pub(super) shown: &'a [u8],
}

/// Copies what is at one end to the other.
pub(super) fn copy(from: End<'_>, to: End<'_>, options: CopyOptions<'_>) -> TreeResult<CopyReport> {
    let failed = |errno| TreeError::between("copy", from.shown, to.shown, errno);
    let again = |error: TreeError| failed(error.errno());
    let metadata = from.tree.metadata(from.path).map_err(again)?;
    let file_name = if metadata.file_type == FileType::Dir {
        to.tree.create_dir_all(to.path).map_err(again)?;
        None
    } else {
        make_parent(to.tree, to.path).map_err(again)?;
        Some(last_name(to.path).ok_or_else(|| failed(Errno::IsDir))?)
    };
    let into = file_name.map_or(in_tree(to.path), |(parent, _)| parent);
    let into = to.tree.open_dir(into).map_err(failed)?;
    let keep = options.absolute_links == AbsoluteLinks::Keep;
    let mut copy = Copy {
        from,
        to,
        root: keep.then_some(from.tree.root()),
        into: DirChain::new(into),
        options,
        linked: LinkedNodes::default(),
        report: CopyReport::default(),
    };
    match file_name {
        None => {
            let dir = from.tree.open_dir(from.path).map_err(failed)?;
            copy.copy_dir(dir, metadata)?;
        }
        Some((_, name)) => copy.copy_one(name, metadata).map_err(failed)?,
    }
    Ok(copy.report)
}

/// A copy that is under way.
struct Copy<'a, 'o> {
    from: End<'a>,
    to: End<'a>,
    /// Where absolute links lead, if they are kept.
    root: Option<&'a OpenDir>,
    /// From the directory that is copied to, to where the copy is.
    into: DirChain,
    options: CopyOptions<'o>,
    /// Below the directory that is copied to.
    linked: LinkedNodes,
    report: CopyReport,
}

impl Copy<'_, '_> {
    /// Copies what is in a directory, and what is known of it itself.
    fn copy_dir(&mut self, from: OpenDir, metadata: Metadata) -> TreeResult<()> {
        let failed = |errno| TreeError::between("copy", self.from.shown, self.to.shown, errno);
        let here = self.destination_in(&from).map_err(failed)?;
        if here == Some((metadata.dev, metadata.ino)) {
            return Err(failed(Errno::Invalid));
        }
        let mut descent = Descent::new(from, self.from.shown)?;
        while let Some(step) = descent.step() {
            match step? {
                Step::Entry(dir, found) => {
                    let path = descent.path();
                    self.report_progress(path);
                    if here == Some((found.metadata.dev, found.metadata.ino)) {
                        self.leave_out(path, LeftOutReason::Destination);
                        descent.skip_dir();
                        continue;
                    }
                    self.copy_entry(&dir, &found, path, descent.first())
                        .map_err(|errno| self.error(path, &found, errno))?;
                }
                Step::Leave(_, found) => {
                    let finished = self.finish_dir(found.metadata);
                    self.into.leave();
                    finished.map_err(|errno| self.error(descent.path(), &found, errno))?;
                }
            }
        }
        self.finish_dir(metadata)
            .map_err(|errno| TreeError::between("copy", self.from.shown, self.to.shown, errno))
    }

    /// Copies what the path leads to, which is no directory, under this name.
    fn copy_one(&mut self, name: &[u8], metadata: Metadata) -> Result<(), Errno> {
        let from = self.from;
        self.report_progress(from.shown);
        if metadata.file_type != FileType::File {
            self.leave_out(from.shown, LeftOutReason::Special(metadata.file_type));
            return Ok(());
        }
        let source = from
            .tree
            .open_file(from.path, OpenOptions::existing(Access::READ))?;
        let into = self.into.last()?;
        let name = Name::new(name).ok_or(Errno::IsDir)?;
        self.copy_file(&source, &into, name, from.shown, metadata)
    }

    fn copy_entry(
        &mut self,
        dir: &OpenDir,
        found: &Found,
        path: &[u8],
        first: &OpenDir,
    ) -> Result<(), Errno> {
        let into = self.into.last()?;
        let name = found.plain_name()?;
        match found.metadata.file_type {
            FileType::Dir => {
                make_dir(&into, name, found.metadata.mode)?;
                self.into.enter(name.as_bytes()).map(drop)
            }
            _ if self.link_again(&into, name, &found.metadata)? => Ok(()),
            FileType::File => {
                let source = open_source(dir, name)?;
                self.copy_file(&source, &into, name, path, found.metadata)
            }
            FileType::Symlink => self.copy_symlink(dir, &into, found, path, first),
            other => {
                self.leave_out(path, LeftOutReason::Special(other));
                Ok(())
            }
        }
    }

    fn copy_file(
        &mut self,
        source: &OpenFile,
        into: &OpenDir,
        name: Name<'_>,
        path: &[u8],
        metadata: Metadata,
    ) -> Result<(), Errno> {
        make_room(into, name)?;
        let names = [name];
        let options = OpenOptions {
            mode: (metadata.mode | 0o200) & MODE_BITS,
            ..OpenOptions::create_new()
        };
        let place = Place::act(into.node(), &names);
        let opened = into.file_system().open(place, options);
        let target = match opened.map_err(|stop| stop.errno())? {
            Opened::File(file) => OpenFile::new(file, options.access),
            Opened::Dir(node) => {
                drop(OpenDir::from_opened(into.file_system().clone(), node));
                return Err(Errno::IsDir);
            }
        };
        let (nodes, before) = (self.report.nodes(), self.report.bytes);
        let progress = &mut self.options.progress;
        let bytes = copy_contents(source, &target, &metadata, |bytes| {
            if let Some(progress) = progress {
                progress(&CopyProgress {
                    path,
                    nodes,
                    bytes: before + bytes,
                });
            }
        })?;
        optional(target.set_mode(metadata.mode & MODE_BITS))?;
        optional(target.set_times(times_of(&metadata)))?;
        self.report.bytes += bytes;
        self.report.files += 1;
        self.remember(name, &metadata);
        Ok(())
    }

    fn copy_symlink(
        &mut self,
        dir: &OpenDir,
        into: &OpenDir,
        found: &Found,
        path: &[u8],
        first: &OpenDir,
    ) -> Result<(), Errno> {
        let names = [found.plain_name()?];
        let link = Place::act(dir.node(), &names);
        let target = dir.file_system().read_link(link);
        let target = target.map_err(|stop| stop.errno())?;
        if self.leads_outside(&target, found, first)? {
            self.leave_out(path, LeftOutReason::LeadsOutside(target));
            return Ok(());
        }
        let [name] = names;
        make_room(into, name)?;
        let place = Place::act(into.node(), &names);
        let fs = into.file_system();
        fs.symlink(&target, place).map_err(|stop| stop.errno())?;
        let times = fs.set_times(place, times_of(&found.metadata));
        optional(times.map_err(|stop| stop.errno()))?;
        self.report.symlinks += 1;
        self.remember(name, &found.metadata);
        Ok(())
    }

    /// Whether a link leads out of what is copied, or will when what its target names is made one day.
    fn leads_outside(&self, target: &[u8], found: &Found, first: &OpenDir) -> Result<bool, Errno> {
        if target.first() == Some(&b'/') {
            return Ok(self.root.is_none());
        }
        let mut depth = self.into.depth();
        for component in target.split(|&byte| byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." if depth == 0 => return Ok(true),
                b".." => depth -= 1,
                _ => depth += 1,
            }
        }
        // Other links on its way may lead outside, too, and so deep down there is no following them: each name is two bytes of a path at least.
        if 2 * self.into.depth() >= PATH_MAX {
            return Ok(true);
        }
        let start = Start {
            dir: first,
            root: self.root,
        };
        let path = below(&self.into, &found.name);
        match resolve::metadata(start, &path, Symlinks::Follow) {
            // It leads to something inside, or the way inside comes to an end.
            Ok(_) | Err(Errno::NoEntry | Errno::NotDir | Errno::Loop) => Ok(false),
            // It leads outside, or so far or to such a place that we can't follow it to the end. A system whose limits are wider could.
            Err(Errno::Permission | Errno::NameTooLong | Errno::Access) => Ok(true),
            // Where it leads is not known: the filesystem failed.
            Err(errno) => Err(errno),
        }
    }

    /// Gives a node that was copied before its further name.
    fn link_again(
        &mut self,
        into: &OpenDir,
        name: Name<'_>,
        metadata: &Metadata,
    ) -> Result<bool, Errno> {
        let Some(first) = self.linked.first_name(metadata) else {
            return Ok(false);
        };
        let first = first?;
        make_room(into, name)?;
        let names = [name];
        let old = Place::act(self.into.first().node(), &first);
        let new = Place::act(into.node(), &names);
        match into
            .file_system()
            .link(old, new)
            .map_err(|stop| stop.errno())
        {
            Ok(()) => {
                self.report.hard_links += 1;
                Ok(true)
            }
            // The place that is copied to can't have this name as well; then it gets a copy.
            Err(
                Errno::NotSupported
                | Errno::Permission
                | Errno::TooManyLinks
                | Errno::CrossDevice
                | Errno::NameTooLong,
            ) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Keeps the first name of a node that has several.
    fn remember(&mut self, name: Name<'_>, metadata: &Metadata) {
        let Self { linked, into, .. } = self;
        linked.remember(metadata, || below(into, name.as_bytes()));
    }

    /// Gives the last directory, with all in it copied, what is known of the one it is a copy of.
    fn finish_dir(&mut self, metadata: Metadata) -> Result<(), Errno> {
        let dir = self.into.last()?;
        let (fs, place) = (dir.file_system(), Place::dir(dir.node()));
        let mode = fs.set_mode(place, metadata.mode & MODE_BITS);
        optional(mode.map_err(|stop| stop.errno()))?;
        let times = fs.set_times(place, times_of(&metadata));
        optional(times.map_err(|stop| stop.errno()))?;
        self.report.dirs += 1;
        Ok(())
    }

    /// Device and inode number of the directory that is copied to, if it is in the filesystem that is copied from.
    fn destination_in(&self, from: &OpenDir) -> Result<Option<(u64, u64)>, Errno> {
        let to = self.into.first();
        if !from.same_file_system(to) {
            return Ok(None);
        }
        let metadata = to.file_system().metadata(Place::dir(to.node()));
        let metadata = metadata.map_err(|stop| stop.errno())?;
        Ok(Some((metadata.dev, metadata.ino)))
    }

    fn leave_out(&mut self, path: &[u8], reason: LeftOutReason) {
        self.report.leave_out(path, reason);
    }

    fn report_progress(&mut self, path: &[u8]) {
        let (nodes, bytes) = (self.report.nodes(), self.report.bytes);
        if let Some(progress) = &mut self.options.progress {
            progress(&CopyProgress { path, nodes, bytes });
        }
    }

    fn error(&self, path: &[u8], found: &Found, errno: Errno) -> TreeError {
        let to = join(self.to.shown, &below(&self.into, &found.name));
        TreeError::between("copy", path, &to, errno)
    }
}

/// The path of a name in the last directory, from where the copy began; it is the same where the copy comes from and where it goes to.
fn below(into: &DirChain, name: &[u8]) -> Vec<u8> {
    let names: Vec<&[u8]> = into.names().chain([name]).collect();
    names.join(&b'/')
}
