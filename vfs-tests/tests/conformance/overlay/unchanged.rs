//! That a lower layer stays as it is.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use guesthouse_vfs::resolve::{self, OpenNode, Start, Symlinks};
use guesthouse_vfs::{Access, Errno, FileSystem, FileType, Metadata, OpenDir, OpenOptions};
use guesthouse_vfs_tests::{Call, Outcome, Subject};

/// Everything that a layer shows, but for times of access, which are the host's business, and for all but the beginning of contents: what changes more of them moves times.
type State = BTreeMap<Vec<u8>, (Metadata, Vec<u8>)>;

fn state(fs: &Arc<dyn FileSystem>) -> State {
    let root = OpenDir::root(fs.clone());
    let mut state = State::new();
    let mut dirs = vec![b".".to_vec()];
    while let Some(dir) = dirs.pop() {
        let options = OpenOptions::directory();
        let opened = resolve::open(Start::at_root(&root), &dir, Symlinks::Follow, options);
        let Ok(OpenNode::Dir(opened)) = opened else {
            panic!("a directory of a lower layer cannot be opened")
        };
        let mut names = vec![b".".to_vec()];
        let mut stream = fs.open_dir_stream(opened.node()).unwrap();
        let listed = stream.next_from(0, &mut |entry| {
            names.push(entry.name.to_vec());
            ControlFlow::Continue(())
        });
        listed.unwrap();
        for name in names {
            let at = Start {
                dir: &opened,
                root: None,
            };
            let metadata = resolve::metadata(at, &name, Symlinks::NoFollow).unwrap();
            let path = [&dir[..], b"/", &name].concat();
            if metadata.file_type == FileType::Dir && name != b"." {
                dirs.push(path.clone());
            }
            let contents = contents(at, &name, metadata.file_type).unwrap();
            let accessed = metadata.modified;
            state.insert(
                path,
                (
                    Metadata {
                        accessed,
                        ..metadata
                    },
                    contents,
                ),
            );
        }
    }
    state
}

fn contents(at: Start<'_>, name: &[u8], file_type: FileType) -> Result<Vec<u8>, Errno> {
    match file_type {
        FileType::Symlink => resolve::read_link(at, name).map(Vec::from),
        FileType::File => {
            let options = OpenOptions::existing(Access::READ);
            let Ok(OpenNode::File(file)) = resolve::open(at, name, Symlinks::NoFollow, options)
            else {
                // Its mode forbids it.
                return Ok(Vec::new());
            };
            let mut bytes = vec![0; 1 << 16];
            let read = file.read_at(&mut [std::io::IoSliceMut::new(&mut bytes)], 0)?;
            bytes.truncate(read);
            Ok(bytes)
        }
        _ => Ok(Vec::new()),
    }
}

/// Passes calls on, and fails when it is dropped if the lower layers are not what they were before the first call.
pub(crate) struct LowersUnchanged<S: Subject> {
    subject: S,
    lowers: Vec<Arc<dyn FileSystem>>,
    before: Option<Vec<State>>,
}

impl<S: Subject> LowersUnchanged<S> {
    pub(crate) fn new(subject: S, lowers: Vec<Arc<dyn FileSystem>>) -> Self {
        Self {
            subject,
            lowers,
            before: None,
        }
    }
}

impl<S: Subject> Subject for LowersUnchanged<S> {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        if self.before.is_none() {
            self.before = Some(self.lowers.iter().map(state).collect());
        }
        self.subject.perform(call)
    }

    fn pass_time(&mut self) {
        self.subject.pass_time();
    }
}

impl<S: Subject> Drop for LowersUnchanged<S> {
    fn drop(&mut self) {
        if let Some(before) = &self.before
            && !std::thread::panicking()
        {
            let after: Vec<State> = self.lowers.iter().map(state).collect();
            assert!(*before == after, "a lower layer was changed");
        }
    }
}
