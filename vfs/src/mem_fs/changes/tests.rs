//! Random trees of forks: what `changes_since` lists of any two of them against a comparison that looks at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IoSlice;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;

use super::super::lock;
use super::*;
use crate::{
    Access, Clock, File, FileSystem, Name as PlainName, OpenOptions, Opened, Place, Timestamp,
};

/// A clock that moves on each time it is asked, so that no two nodes are made at one time.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[derive(Clone, Debug)]
enum Step {
    Mkdir(u8),
    Create(u8),
    Write(u8, u16),
    /// Writes to a file and keeps it open.
    Hold(u8),
    SetLen(u8, u16),
    SetMode(u8, u8),
    Symlink(u8),
    Link(u8, u8),
    Rename(u8, u8),
    Unlink(u8),
    Rmdir(u8),
    /// Moves a node out of its directory, removes that, and moves the node into a new one: both directories may have had the same slot.
    Rehouse(u8, u8),
    Release,
    /// Goes on with another fork, or in a new fork of this one.
    Turn(u8),
    Fork,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = 0u8..PATHS;
    let len = prop_oneof![1u16..100, Just(5000)];
    let step = prop_oneof![
        3 => path.clone().prop_map(Step::Mkdir),
        3 => path.clone().prop_map(Step::Create),
        3 => (path.clone(), len.clone()).prop_map(|(p, n)| Step::Write(p, n)),
        1 => path.clone().prop_map(Step::Hold),
        1 => (path.clone(), len).prop_map(|(p, n)| Step::SetLen(p, n)),
        1 => (path.clone(), 0u8..3).prop_map(|(p, m)| Step::SetMode(p, m)),
        1 => path.clone().prop_map(Step::Symlink),
        3 => (path.clone(), path.clone()).prop_map(|(a, b)| Step::Link(a, b)),
        6 => (path.clone(), path.clone()).prop_map(|(a, b)| Step::Rename(a, b)),
        3 => path.clone().prop_map(Step::Unlink),
        1 => path.prop_map(Step::Rmdir),
        2 => (10u8..20, 0u8..5).prop_map(|(p, to)| Step::Rehouse(p, to)),
        1 => Just(Step::Release),
        1 => any::<u8>().prop_map(Step::Turn),
        2 => Just(Step::Fork),
    ];
    prop::collection::vec(step, 0..60)
}

const PATHS: u8 = 70;

/// A path besides these.
const APART: u8 = 255;

/// Few names at the top, and many in `d`, so that it becomes large.
fn path_of(number: u8) -> Vec<Vec<u8>> {
    let name = |number: u8| vec![b'a' + number % 5];
    match number {
        0..10 => vec![name(number)],
        10..20 => vec![name(number), name(number / 5)],
        20..30 => vec![b"d".to_vec(), name(number), name(number / 5)],
        APART => vec![b"apart".to_vec()],
        _ => vec![b"d".to_vec(), number.to_string().into_bytes()],
    }
}

/// The calls of one filesystem. Whether they succeed does not matter.
struct Subject {
    fs: Arc<MemFs>,
    held: Vec<Arc<dyn File>>,
}

impl Subject {
    fn at<T>(&self, number: u8, call: impl FnOnce(Place<'_>) -> T) -> T {
        let path = path_of(number);
        let names: Vec<_> = path
            .iter()
            .map(|name| PlainName::new(name).unwrap())
            .collect();
        call(Place::act(self.fs.root(), &names))
    }

    fn open(&self, number: u8, options: OpenOptions) -> Option<Arc<dyn File>> {
        match self.at(number, |place| self.fs.open(place, options)) {
            Ok(Opened::File(opened)) => Some(opened.file),
            _ => None,
        }
    }

    fn write(&mut self, number: u8, len: u16, keep: bool) {
        // Never the same bytes twice.
        static WRITTEN: AtomicI64 = AtomicI64::new(1);
        let options = OpenOptions::existing(Access::WRITE);
        let Some(file) = self.open(number, options) else {
            return;
        };
        let mut bytes = vec![0; usize::from(len).max(8)];
        let unique = WRITTEN.fetch_add(1, Ordering::Relaxed);
        bytes[..8].copy_from_slice(&unique.to_le_bytes());
        file.write_at(&[IoSlice::new(&bytes)], 0).unwrap();
        if keep {
            self.held.push(file);
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Mkdir(n) => drop(self.at(n, |place| self.fs.create_dir(place, 0o755))),
            Step::Create(n) => drop(self.open(n, OpenOptions::create())),
            Step::Write(n, len) => self.write(n, len, false),
            Step::Hold(n) => self.write(n, 8, true),
            Step::SetLen(n, len) => {
                let file = self.open(n, OpenOptions::existing(Access::WRITE));
                let _: Option<()> = file.and_then(|file| file.set_len(len.into()).ok());
            }
            Step::SetMode(n, mode) => {
                let mode = 0o600 + u32::from(mode);
                drop(self.at(n, |place| self.fs.set_mode(place, mode)));
            }
            Step::Symlink(n) => drop(self.at(n, |place| self.fs.symlink(b"x", place))),
            Step::Link(a, b) => {
                drop(self.at(a, |old| self.at(b, |new| self.fs.link(old, new))));
            }
            Step::Rename(a, b) => {
                drop(self.at(a, |old| self.at(b, |new| self.fs.rename(old, new))));
            }
            Step::Unlink(n) => drop(self.at(n, |place| self.fs.unlink(place))),
            Step::Rmdir(n) => drop(self.at(n, |place| self.fs.remove_dir(place))),
            Step::Rehouse(n, to) => {
                self.run(&Step::Rename(n, APART));
                self.run(&Step::Rmdir(n % 5));
                self.run(&Step::Mkdir(to));
                self.run(&Step::Rename(APART, n / 5 * 5 + to));
            }
            Step::Release => self.held.clear(),
            Step::Turn(_) | Step::Fork => {}
        }
    }
}

/// What a tree shows, without its own record of names.
#[derive(Default)]
struct Walked {
    /// Each path with the node and that of its directory.
    names: BTreeMap<Vec<u8>, (NodeOf, NodeOf)>,
    nodes: BTreeMap<NodeOf, Seen>,
}

/// A node by the time at which it was made. 0: the root.
type NodeOf = i64;

#[derive(Clone, PartialEq)]
struct Seen {
    bytes: Vec<u8>,
    mode: u16,
    times: (Timestamp, Timestamp),
    entry_type: EntryType,
}

impl Walked {
    fn of(tree: &Tree) -> Self {
        let mut walked = Self::default();
        walked.walk(tree, ROOT, 0, &[]);
        walked
    }

    fn walk(&mut self, tree: &Tree, slot: u32, node: NodeOf, path: &[u8]) {
        let inode = tree.inode(slot).unwrap();
        let mut bytes = Vec::new();
        if let Node::File(contents) = &inode.node {
            bytes = vec![0; usize::try_from(contents.len()).unwrap()];
            contents.read(&mut [std::io::IoSliceMut::new(&mut bytes)], 0);
        }
        let seen = Seen {
            bytes,
            mode: inode.mode,
            times: (inode.times.accessed, inode.times.modified),
            entry_type: inode.entry_type(),
        };
        self.nodes.insert(node, seen);
        let Some(directory) = tree.directory(slot) else {
            return;
        };
        directory.visit_after(0, &mut |_, entry| {
            let mut path = path.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name.as_bytes());
            let created = tree.inode(entry.slot).unwrap().times.created;
            let child = created.as_nanos();
            self.names.insert(path.clone(), (child, node));
            self.walk(tree, entry.slot, child, &path);
            ControlFlow::Continue(())
        });
    }

    /// The names of each node that the other tree has not: the directory and the name count, not where the directory is.
    fn names_not_in(&self, other: &Self) -> BTreeMap<NodeOf, BTreeSet<&[u8]>> {
        let last = |path: &'_ [u8]| path.rsplit(|b| *b == b'/').next().unwrap().to_vec();
        let there: BTreeSet<_> = other
            .names
            .iter()
            .map(|(path, nodes)| (nodes, last(path)))
            .collect();
        let mut found = BTreeMap::<_, BTreeSet<_>>::new();
        for (path, nodes) in &self.names {
            if !there.contains(&(nodes, last(path))) {
                found.entry(nodes.0).or_default().insert(&**path);
            }
        }
        found
    }

    fn modified(&self, new: &Self, node: NodeOf, dirs: &BTreeSet<NodeOf>) -> Option<Modified> {
        let (before, now) = (self.nodes.get(&node)?, new.nodes.get(&node)?);
        let modified = Modified {
            contents: before.bytes != now.bytes || dirs.contains(&node),
            mode: before.mode != now.mode,
            times: before.times != now.times,
        };
        (modified != Modified::default()).then_some(modified)
    }
}

/// Checks a list of changes against all that two trees show.
fn check(old: &Walked, new: &Walked, changes: &[Change]) {
    assert!(changes.is_sorted());
    let (gone, come) = (old.names_not_in(new), new.names_not_in(old));
    let (mut listed_gone, mut listed_come) = (BTreeMap::new(), BTreeMap::new());
    let mut renames = BTreeMap::<NodeOf, usize>::new();
    let (mut renamed, mut modified) = (BTreeSet::new(), BTreeMap::new());
    for change in changes {
        let path = &*change.path;
        let node_in = |tree: &Walked, path: &[u8]| match path {
            [] => 0,
            path => tree.names.get(path).expect("a path of the tree").0,
        };
        let is_gone = matches!(change.kind, ChangeKind::Removed);
        let tree = if is_gone { old } else { new };
        let node = node_in(tree, path);
        let entry_type = tree.nodes.get(&node).unwrap().entry_type;
        assert_eq!(change.file_type, entry_type.file_type());
        match &change.kind {
            ChangeKind::Removed => add(&mut listed_gone, node, path),
            ChangeKind::Created => add(&mut listed_come, node, path),
            ChangeKind::Renamed { from } => {
                assert_eq!(node_in(old, from), node);
                add(&mut listed_gone, node, from);
                add(&mut listed_come, node, path);
                renamed.insert(path);
                *renames.entry(node).or_default() += 1;
            }
            ChangeKind::Modified(what) => {
                assert!(modified.insert(path, *what).is_none());
            }
        }
    }
    assert_eq!(listed_gone, gone);
    assert_eq!(listed_come, come);
    for (node, paths) in &gone {
        let joined = come.get(node).map_or(0, |come| come.len().min(paths.len()));
        assert_eq!(renames.get(node).copied().unwrap_or_default(), joined);
    }
    let dirs = |tree: &Walked, names: &BTreeMap<NodeOf, BTreeSet<&[u8]>>| {
        let paths = names.values().flatten();
        paths
            .map(|path| tree.names.get(*path).unwrap().1)
            .collect::<BTreeSet<_>>()
    };
    let mut dirs_changed = dirs(old, &gone);
    dirs_changed.extend(dirs(new, &come));
    let is_new = |node: &NodeOf, path: &[u8]| come.get(node).is_some_and(|c| c.contains(path));
    let mut expected = BTreeMap::new();
    let root = [(&[][..], 0)];
    let paths = new.names.iter().map(|(path, nodes)| (&**path, nodes.0));
    for (path, node) in paths.chain(root) {
        if !is_new(&node, path) || renamed.contains(path) {
            let what = old.modified(new, node, &dirs_changed);
            let touched = |tree: &Walked| tree.nodes.get(&node).map(|seen| seen.times.1);
            let what = what.map(|mut what| {
                // A file can have been cut and have grown to the same bytes again, in which case either answer is true.
                let is_file = new.nodes.get(&node).unwrap().entry_type == EntryType::File;
                let listed = modified.get(path).is_some_and(|listed| listed.contents);
                what.contents |= listed && is_file && touched(old) != touched(new);
                what
            });
            expected.extend(what.map(|what| (path, what)));
        }
    }
    assert_eq!(modified, expected);
}

fn add<'a>(to: &mut BTreeMap<NodeOf, BTreeSet<&'a [u8]>>, node: NodeOf, path: &'a [u8]) {
    assert!(to.entry(node).or_default().insert(path), "listed twice");
}

/// Each node knows the names that directories have for it, and no others.
fn check_names(tree: &Tree) {
    let mut names = BTreeMap::<u32, BTreeSet<EntryId>>::new();
    tree.for_each(|dir, inode| {
        if let Node::Dir(directory) = &inode.node {
            directory.visit_after(0, &mut |sequence, entry| {
                let id = EntryId { dir, sequence };
                names.entry(entry.slot).or_default().insert(id);
                ControlFlow::Continue(())
            });
        }
    });
    let mut further = 0;
    tree.for_each(|slot, inode| {
        let mut known = BTreeSet::new();
        tree.for_each_name(slot, |id| assert!(known.insert(id)));
        let expected = names.remove(&slot).unwrap_or_default();
        assert_eq!(known, expected);
        further += known.len().saturating_sub(1);
        if !matches!(inode.node, Node::Dir(_)) {
            assert_eq!(inode.nlink as usize, known.len());
        }
    });
    assert_eq!(tree.further_names(), further);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn changes_are_what_a_comparison_of_everything_finds(steps in steps(), filled in any::<bool>()) {
        let clock: Arc<dyn Clock> = Arc::new(Ticking(AtomicI64::new(1)));
        let fs = MemFs::builder().clock(clock).build();
        let mut forks = vec![Subject { fs, held: Vec::new() }];
        let mut at = 0;
        let fill = (30..PATHS).map(Step::Create);
        let fill = std::iter::once(Step::Mkdir(3)).chain(fill).chain([Step::Fork]);
        let fill: Vec<_> = if filled { fill.collect() } else { Vec::new() };
        let mut snapshots = Vec::new();
        for step in fill.iter().chain(&steps) {
            match step {
                Step::Turn(to) => at = usize::from(*to) % forks.len(),
                Step::Fork => {
                    snapshots.push(forks[at].fs.snapshot());
                    let fs = forks[at].fs.fork();
                    forks.push(Subject { fs, held: Vec::new() });
                    at = forks.len() - 1;
                }
                step => forks[at].run(step),
            }
            check_names(&lock::read(&forks[at].fs.shared.state).tree);
        }
        for fork in &forks {
            let snapshot = fork.fs.snapshot();
            let old = match &fork.fs.shared.base {
                Base::Empty(time) => Walked::of(&Tree::new(*time)),
                Base::Fork(base) => Walked::of(base.tree()),
            };
            let new = Walked::of(snapshot.tree());
            check(&old, &new, &fork.fs.changes().unwrap());
            check_names(snapshot.tree());
            snapshots.push(snapshot);
        }
        let walked: Vec<_> = snapshots.iter().map(|snapshot| Walked::of(snapshot.tree())).collect();
        for (old, before) in snapshots.iter().zip(&walked) {
            for (new, now) in snapshots.iter().zip(&walked) {
                check(before, now, &new.changes_since(old).unwrap());
            }
        }
    }
}

/// In an inode there is room for 48 bits of a sequence number.
#[test]
fn a_directory_whose_numbers_are_used_up_takes_no_more_names() {
    let subject = Subject {
        fs: MemFs::new(),
        held: Vec::new(),
    };
    let name = |path: &'static [u8]| [PlainName::new(path).unwrap()];
    let (a, b, c, d) = (name(b"a"), name(b"b"), name(b"c"), name(b"d"));
    let fs = &subject.fs;
    let at = |names| Place::act(fs.root(), names);
    let create = |place| fs.open(place, OpenOptions::create_new()).map(drop);
    fs.create_dir(at(&d), 0o755).unwrap();
    let inside = [d[0], a[0]];
    create(at(&inside)).unwrap();
    {
        let mut state = lock::write(&fs.shared.state);
        let now = Timestamp::from_nanos(0);
        state.tree.touched_directory(ROOT, now).unwrap().use_up(1);
    }
    create(at(&a)).unwrap();
    let full = |errno: crate::Stop| errno.errno() == Errno::NoSpace;
    assert!(create(at(&b)).is_err_and(full));
    assert!(fs.create_dir(at(&b), 0o755).is_err_and(full));
    assert!(fs.link(at(&a), at(&b)).is_err_and(full));
    assert!(fs.rename(at(&inside), at(&b)).is_err_and(full));
    assert!(fs.rename(at(&inside), at(&a)).is_err_and(full));
    // A rename in the directory needs no number, and one out of it a number there.
    fs.rename(at(&a), at(&c)).unwrap();
    fs.rename(at(&c), at(&[d[0], b[0]])).unwrap();
    assert_eq!(fs.usage(), fs.recount());
    let paths: Vec<_> = fs.changes().unwrap().into_iter().map(|c| c.path).collect();
    assert_eq!(paths, [&b""[..], b"d", b"d/a", b"d/b"].map(Box::from));
}
