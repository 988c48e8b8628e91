//! A tree that is made in two layers.

use std::collections::HashMap;
use std::sync::Arc;

use guesthouse_vfs::{Errno, FileSystem, MemFs, OverlayFs};
use guesthouse_vfs_tests::{Call, OnFileSystem, Outcome, Subject, Target};

/// Makes every directory in both layers, and everything else in one of them by turns; looks at both together.
pub(crate) struct Split {
    layers: [OnFileSystem; 2],
    view: OnFileSystem,
    /// In which layer a path is.
    homes: HashMap<Vec<u8>, usize>,
    /// Where the file lies that is being made.
    making: Option<usize>,
}

impl Split {
    pub(crate) fn of(layers: [Arc<dyn FileSystem>; 2]) -> Self {
        let [top, bottom] = layers.clone();
        let view = OverlayFs::builder(MemFs::new()).lower(top).lower(bottom);
        Self {
            layers: layers.map(OnFileSystem::at_root),
            view: OnFileSystem::at_root(view.build().unwrap()),
            homes: HashMap::new(),
            making: None,
        }
    }

    /// The layer of a new path: the next one in turn.
    fn new_home(&mut self, target: &Target) -> usize {
        let home = self.homes.len() % 2;
        self.homes.insert(path(target), home);
        home
    }
}

fn path(target: &Target) -> Vec<u8> {
    match target {
        Target::Path { path, .. } => path.clone(),
        Target::Handle(_) => panic!("the tree is made by paths"),
    }
}

impl Subject for Split {
    fn perform(&mut self, call: &Call) -> Result<Outcome, Errno> {
        match call {
            Call::CreateDir { .. } => {
                self.layers[0].perform(call)?;
                self.layers[1].perform(call)
            }
            Call::Open {
                target, options, ..
            } if options.create => {
                let home = self.new_home(target);
                self.making = Some(home);
                self.layers[home].perform(call)
            }
            Call::Symlink { target, .. } => {
                let home = self.new_home(target);
                self.layers[home].perform(call)
            }
            Call::Link { old, new, .. } => {
                let home = self.homes[&path(old)];
                self.homes.insert(path(new), home);
                self.layers[home].perform(call)
            }
            Call::SetMode { target, .. } => match self.homes.get(&path(target)) {
                Some(home) => self.layers[*home].perform(call),
                None => {
                    self.layers[0].perform(call)?;
                    self.layers[1].perform(call)
                }
            },
            Call::Write { .. } | Call::SetLen { .. } => {
                let home = self.making.ok_or(Errno::BadFd)?;
                self.layers[home].perform(call)
            }
            Call::Close(_) => match self.making.take() {
                Some(home) => self.layers[home].perform(call),
                None => self.view.perform(call),
            },
            call => self.view.perform(call),
        }
    }

    fn pass_time(&mut self) {
        self.view.pass_time();
    }
}
