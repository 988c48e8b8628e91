use super::MountEntry;
use super::builder::{Anchor, Branch};
use super::synthetic::synthetic_dir;
use super::trie::{Trie, TrieNode, Volume};

/// Lays the branches out as the trie they form, breadth first, and numbers the mounts.
pub(super) fn flatten(root: Branch) -> (Trie, Vec<MountEntry>) {
    let mut flat = Flat::default();
    flat.push(Box::default(), root, Above::default());
    let mut index = 0;
    while let Some(waiting) = flat.waiting.get_mut(index) {
        let (above, children) = (waiting.below.clone(), std::mem::take(&mut waiting.children));
        let first = flat.nodes.len();
        for (name, branch) in children {
            flat.push(name, branch, above.clone());
        }
        let end = flat.nodes.len();
        if let Some(node) = flat.nodes.get_mut(index) {
            node.children = first..end;
        }
        index += 1;
    }
    flat.finish()
}

#[derive(Default)]
struct Flat {
    nodes: Vec<TrieNode>,
    volumes: Vec<Volume>,
    /// For each node its children that are not laid out yet.
    waiting: Vec<Waiting>,
    mounts: Vec<NumberedMount>,
}

struct Waiting {
    children: std::collections::BTreeMap<Box<[u8]>, Branch>,
    below: Above,
}

/// What lies above a branch.
#[derive(Clone, Default)]
struct Above {
    path: Vec<u8>,
    /// The volume in which the branch's name lies.
    volume: usize,
    /// The mount in which it lies, in [`Flat::volumes`].
    mount: usize,
}

struct NumberedMount {
    order: usize,
    volume: usize,
    path: Vec<u8>,
}

impl Flat {
    fn push(&mut self, name: Box<[u8]>, branch: Branch, above: Above) {
        let index = self.nodes.len();
        let mut path = above.path;
        if index > 0 {
            path.push(b'/');
            path.extend_from_slice(&name);
        }
        let new_volume = self.volumes.len();
        let (volume, mount, dir, ino, pin) = match branch.at {
            Anchor::Mount(mounted) => {
                self.mounts.push(NumberedMount {
                    order: mounted.order,
                    volume: new_volume,
                    path: path.clone(),
                });
                let dir = mounted.fs.root();
                self.volumes.push(Volume {
                    fs: mounted.fs,
                    dev: 0,
                    read_only: mounted.options.read_only,
                    synthetic: false,
                });
                (new_volume, new_volume, dir, mounted.ino, None)
            }
            Anchor::Dir { dir, ino } => (above.mount, above.mount, dir.node(), ino, Some(dir)),
            Anchor::Synthetic => {
                let (fs, ino) = synthetic_dir(as_u64(index), as_u64(branch.children.len()));
                let dir = fs.root();
                self.volumes.push(Volume {
                    fs,
                    // The mount's volume for now; `finish` puts its number here.
                    dev: as_u64(above.mount),
                    read_only: false,
                    synthetic: true,
                });
                (new_volume, above.mount, dir, ino, None)
            }
        };
        self.nodes.push(TrieNode {
            name,
            children: 0..0,
            volume,
            parent_volume: above.volume,
            dir,
            ino,
            _pin: pin,
        });
        self.waiting.push(Waiting {
            children: branch.children,
            below: Above {
                path,
                volume,
                mount,
            },
        });
    }

    /// Numbers the mounts: the root is 0, the others follow in the order in which they were mounted.
    fn finish(mut self) -> (Trie, Vec<MountEntry>) {
        self.mounts
            .sort_by_key(|mount| (mount.volume != 0, mount.order));
        let mut devs = vec![0; self.volumes.len()];
        let mut entries = Vec::with_capacity(self.mounts.len());
        for (dev, mount) in (0u64..).zip(self.mounts) {
            let Some(volume) = self.volumes.get_mut(mount.volume) else {
                continue;
            };
            volume.dev = dev;
            if let Some(slot) = devs.get_mut(mount.volume) {
                *slot = dev;
            }
            let path = if mount.path.is_empty() {
                b"/".to_vec()
            } else {
                mount.path
            };
            entries.push(MountEntry {
                path: path.into(),
                dev,
                read_only: volume.read_only,
            });
        }
        for volume in self.volumes.iter_mut().filter(|volume| volume.synthetic) {
            let mount = usize::try_from(volume.dev).ok();
            volume.dev = mount
                .and_then(|mount| devs.get(mount).copied())
                .unwrap_or(0);
        }
        let trie = Trie::new(self.nodes, self.volumes, as_u64(entries.len()));
        (trie, entries)
    }
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
