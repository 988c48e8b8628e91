//! Composes the guest's tree of what the command line asks for.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use guesthouse_vfs::{
    DevFs, FileSystem, HostFs, Limits, MemFs, MissingParents, MountFs, MountOptions, OpenDir,
    ReadOnlyFs, Usage,
};

use guesthouse_wasi::OsRandom;

use crate::args::{LimitArgs, MountArgs};
use crate::copy;
use crate::failure::Failure;
use crate::mount_spec::{DirMount, GuestPath, Preopen, TmpMount};

/// What the guest gets to see.
pub(crate) struct GuestTree {
    /// The one tree, preopened as `/`.
    pub(crate) root: Arc<dyn FileSystem>,
    /// The memory filesystems in the tree, each with its place.
    pub(crate) memories: Vec<(GuestPath, Arc<MemFs>)>,
}

/// One thing to mount.
enum Part<'a> {
    Dir(&'a DirMount),
    Copy(&'a DirMount),
    Tmp(&'a TmpMount),
    /// The default `/dev`.
    Devices,
}

pub(crate) fn compose(args: &MountArgs, limits: &LimitArgs) -> Result<GuestTree, Failure> {
    let parts = plan(args)?;
    let mut composer = Composer {
        limits: memory_limits(limits),
        mounted: Vec::new(),
        memories: Vec::new(),
    };
    let mut parts = parts.into_iter().peekable();
    let root = match parts.next_if(|(place, _)| place.is_root()) {
        Some((place, part)) => composer.file_system(&place, part)?,
        None => composer.default_root(args.bare)?,
    };
    let mut builder = MountFs::builder_with(Arc::clone(&root.fs), root.options);
    composer.mounted.push((GuestPath::root(), root));
    for (place, part) in parts {
        if composer.copy_into_memory(&place, &part)? {
            continue;
        }
        let mount = composer.file_system(&place, part)?;
        builder = builder
            .mount_with(place.as_str(), Arc::clone(&mount.fs), mount.options)
            .map_err(|error| Failure::new(format!("cannot mount {}: {error}", place.as_str())))?;
        composer.mounted.push((place, mount));
    }
    Ok(GuestTree {
        root: builder.build(),
        memories: composer.memories,
    })
}

impl GuestTree {
    /// The sum over the memory filesystems.
    pub(crate) fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for usage in self.memories.iter().map(|(_, memory)| memory.usage()) {
            sum.private_bytes += usage.private_bytes;
            sum.peak_private_bytes += usage.peak_private_bytes;
            sum.logical_bytes += usage.logical_bytes;
            sum.nodes += usage.nodes;
            sum.names += usage.names;
        }
        sum
    }
}

/// What is to be mounted, outer places before inner ones, whatever the order on the command line.
fn plan(args: &MountArgs) -> Result<Vec<(GuestPath, Part<'_>)>, Failure> {
    let dirs = args.dirs.iter().map(|m| (m.guest.clone(), Part::Dir(m)));
    let copies = args.copies.iter().map(|m| (m.guest.clone(), Part::Copy(m)));
    let tmps = args.tmps.iter().map(|m| (m.guest.clone(), Part::Tmp(m)));
    let mut parts: Vec<_> = dirs.chain(copies).chain(tmps).collect();
    let mut seen = HashSet::new();
    for (place, _) in &parts {
        if !seen.insert(place.as_str().to_owned()) {
            return Err(
                Failure::usage(format!("two mounts claim {}", place.as_str()))
                    .advise("give each its own GUEST, as in --dir a::/a --dir b::/b"),
            );
        }
    }
    // A root of the user's own is taken as it is; the default one has devices.
    if !args.bare && !seen.contains("/") && !seen.contains("/dev") {
        parts.push((GuestPath::new("/dev").map_err(Failure::new)?, Part::Devices));
    }
    parts.sort_by_key(|(place, _)| place.depth());
    Ok(parts)
}

fn memory_limits(args: &LimitArgs) -> Limits {
    let default = Limits::default();
    Limits {
        private_bytes: args
            .fs_bytes
            .map_or(default.private_bytes, |size| size.as_u64()),
        nodes: args.fs_nodes.unwrap_or(default.nodes),
        names: args.fs_nodes.unwrap_or(default.names),
        ..default
    }
}

struct Mounted {
    fs: Arc<dyn FileSystem>,
    options: MountOptions,
    /// The filesystem, if it is a memory filesystem that may be written.
    memory: Option<Arc<MemFs>>,
}

struct Composer {
    limits: Limits,
    mounted: Vec<(GuestPath, Mounted)>,
    memories: Vec<(GuestPath, Arc<MemFs>)>,
}

impl Composer {
    fn default_root(&mut self, bare: bool) -> Result<Mounted, Failure> {
        let memory = self.memory(&GuestPath::root(), self.limits);
        if !bare {
            copy::make_tmp(&memory)?;
        }
        Ok(writable(memory))
    }

    fn file_system(&mut self, place: &GuestPath, part: Part<'_>) -> Result<Mounted, Failure> {
        match part {
            Part::Dir(mount) => {
                let options = MountOptions {
                    read_only: mount.read_only,
                    folds_case: cfg!(any(windows, target_os = "macos")),
                    ..MountOptions::default()
                };
                Ok(Mounted {
                    fs: open_host(&mount.host)?,
                    options,
                    memory: None,
                })
            }
            Part::Copy(mount) => {
                let memory = self.memory(place, self.limits);
                copy::copy_in(&mount.host, &memory, &GuestPath::root(), place)?;
                let mut mounted = writable(memory);
                if mount.read_only {
                    mounted.options.read_only = true;
                    mounted.memory = None;
                }
                Ok(mounted)
            }
            Part::Tmp(mount) => {
                let private_bytes = mount.size.unwrap_or(self.limits.private_bytes);
                Ok(writable(self.memory(
                    place,
                    Limits {
                        private_bytes,
                        ..self.limits
                    },
                )))
            }
            Part::Devices => {
                let fs = DevFs::new(Arc::new(OsRandom));
                Ok(Mounted {
                    fs,
                    options: MountOptions::default(),
                    memory: None,
                })
            }
        }
    }

    /// Loads a copy into the memory filesystem that its place lies in, if it lies in one, so that renames and hard links between the two work.
    fn copy_into_memory(&self, place: &GuestPath, part: &Part<'_>) -> Result<bool, Failure> {
        let Part::Copy(
            mount @ DirMount {
                read_only: false, ..
            },
        ) = part
        else {
            return Ok(false);
        };
        let enclosing = self
            .mounted
            .iter()
            .filter(|(outer, _)| place.starts_with(outer))
            .max_by_key(|(outer, _)| outer.depth());
        let Some((
            outer,
            Mounted {
                memory: Some(memory),
                ..
            },
        )) = enclosing
        else {
            return Ok(false);
        };
        copy::copy_in(&mount.host, memory, &place.below(outer), place)?;
        Ok(true)
    }

    fn memory(&mut self, place: &GuestPath, limits: Limits) -> Arc<MemFs> {
        let memory = MemFs::builder().limits(limits).build();
        self.memories.push((place.clone(), Arc::clone(&memory)));
        memory
    }
}

fn writable(memory: Arc<MemFs>) -> Mounted {
    let options = MountOptions {
        missing_parents: MissingParents::Create,
        ..MountOptions::default()
    };
    Mounted {
        fs: Arc::clone(&memory) as Arc<dyn FileSystem>,
        options,
        memory: Some(memory),
    }
}

/// The directory of a `--preopen`.
pub(crate) fn preopen(preopen: &Preopen) -> Result<OpenDir, Failure> {
    let mut fs: Arc<dyn FileSystem> = open_host(&preopen.host)?;
    if preopen.read_only {
        fs = ReadOnlyFs::new(fs);
    }
    Ok(OpenDir::root(fs))
}

pub(crate) fn open_host(path: &Path) -> Result<Arc<HostFs>, Failure> {
    HostFs::open_ambient(path).map_err(|errno| {
        Failure::new(format!("cannot open the host directory {}: {errno}", path.display()))
            .advise("the part before :: is a directory of this machine, the part after it a place in the guest's tree")
    })
}
