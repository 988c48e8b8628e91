//! Composes the guest's tree of what the command line asks for.

use std::sync::Arc;

use guesthouse_vfs::{
    DevFs, Errno, FileSystem, Limits, MemFs, MissingParents, MountError, MountFs, MountFsBuilder,
    MountOptions, OverlayFs,
};
use guesthouse_wasi::OsRandom;

use crate::args::{LimitArgs, MountArgs};
use crate::claims::{self, Claims};
use crate::copy;
use crate::failure::Failure;
use crate::guest_path::GuestPath;
use crate::images::{self, Images};
use crate::mount_spec::{DirMount, OverlayMount};
use crate::plan::{Part, plan};
use crate::tree::{self, GuestTree, Origin, Tracked};

pub(crate) fn compose(args: &MountArgs, limits: &LimitArgs) -> Result<GuestTree, Failure> {
    let limits = memory_limits(limits);
    let mut composer = Composer {
        limits,
        images: Images::new(limits, args.image_mmap),
        builder: None,
        claims: Claims::default(),
        mounts: Vec::new(),
        memories: Vec::new(),
        shows_host: false,
    };
    for (place, part) in plan(args)? {
        composer.add(place, &part)?;
    }
    let mut tree = composer.finish()?;
    let writable = args.preopens.iter().filter(|preopen| !preopen.read_only);
    let names = writable.map(|preopen| preopen.name.clone().into_bytes());
    tree.not_tracked.extend(names);
    Ok(tree)
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

struct Composer {
    limits: Limits,
    images: Images,
    builder: Option<MountFsBuilder>,
    claims: Claims,
    /// What was mounted, in this order.
    mounts: Vec<Mounted>,
    memories: Vec<Arc<MemFs>>,
    /// Whether a directory of the host is among them, in place.
    shows_host: bool,
}

struct Mounted {
    place: GuestPath,
    /// Where that is, links resolved; empty for the root.
    at: Vec<u8>,
    fs: Arc<dyn FileSystem>,
    options: MountOptions,
    changes: Changing,
}

/// How it can change while the guest runs.
enum Changing {
    Memory(Arc<MemFs>),
    Overlay(Arc<OverlayFs>),
    /// On the host, in place.
    InPlace,
    Devices,
    Never,
}

impl Composer {
    fn add(&mut self, place: GuestPath, part: &Part<'_>) -> Result<(), Failure> {
        let at = self.resolve(&place, part)?;
        self.claims.claim(&place, &at)?;
        if self.copy_into_mount(&place, &at, part)? {
            return Ok(());
        }
        let mut mounted = self.mounted(place, part)?;
        mounted.at = at;
        if mounted.options.read_only {
            mounted.changes = Changing::Never;
        }
        self.builder = Some(mount(self.builder.take(), &mounted)?);
        self.mounts.push(mounted);
        Ok(())
    }

    /// Where a place leads in what has been mounted so far; empty for the root.
    fn resolve(&self, place: &GuestPath, part: &Part<'_>) -> Result<Vec<u8>, Failure> {
        let Some(builder) = &self.builder else {
            return Ok(Vec::new());
        };
        let devices = matches!(part, Part::Devices);
        let resolve = |place: &str| {
            let path = builder.resolve(place);
            let path = path.map_err(|error| cannot_mount(&error, devices))?;
            Ok(path.strip_suffix(b"/").unwrap_or(&path).to_vec())
        };
        match part {
            // A file takes the place of what has its name, a link included.
            Part::Copy(copy) if !copy.host.is_dir() => {
                let (parent, name) = place.as_str().rsplit_once('/').unwrap_or_default();
                let parent = resolve(if parent.is_empty() { "/" } else { parent })?;
                Ok([&parent, b"/".as_slice(), name.as_bytes()].concat())
            }
            _ => resolve(place.as_str()),
        }
    }

    fn mounted(&mut self, place: GuestPath, part: &Part<'_>) -> Result<Mounted, Failure> {
        let limits = self.limits;
        match part {
            Part::Dir(dir) => self.host_dir(place, dir),
            Part::Copy(dir) => {
                let memory = self.new_memory(limits);
                copy::copy_in(&dir.host, Arc::clone(&memory) as _, b"/", &place)?;
                Ok(in_memory(place, memory, dir.read_only))
            }
            Part::Tmp(tmp) => {
                let private_bytes = tmp.size.unwrap_or(limits.private_bytes);
                let memory = self.new_memory(Limits {
                    private_bytes,
                    ..limits
                });
                Ok(in_memory(place, memory, false))
            }
            Part::Image(image) if image.read_only => {
                Ok(in_memory(place, self.images.shared(&image.file)?, true))
            }
            Part::Image(image) => {
                let memory = self.images.fork(&image.file, limits)?;
                self.memories.push(Arc::clone(&memory));
                Ok(in_memory(place, memory, false))
            }
            Part::Overlay(overlay) => self.overlay(place, overlay),
            Part::Devices => Ok(Mounted {
                place,
                at: Vec::new(),
                fs: DevFs::new(Arc::new(OsRandom)),
                options: MountOptions::default(),
                changes: Changing::Devices,
            }),
            Part::Root { bare } => {
                let memory = self.new_memory(limits);
                if !bare {
                    copy::make_tmp(&memory)?;
                }
                Ok(in_memory(place, memory, false))
            }
        }
    }

    /// Loads a copy into the memory or overlay that its place lies in, if it lies in one, so that renames and hard links between the two work.
    fn copy_into_mount(
        &self,
        place: &GuestPath,
        at: &[u8],
        part: &Part<'_>,
    ) -> Result<bool, Failure> {
        let Part::Copy(
            dir @ DirMount {
                read_only: false, ..
            },
        ) = part
        else {
            return Ok(false);
        };
        let enclosing = self.mounts.iter();
        let enclosing = enclosing
            .filter(|outer| claims::lies_in(at, &outer.at))
            .max_by_key(|outer| outer.at.len());
        let Some(outer) = enclosing else {
            return Ok(false);
        };
        if !matches!(outer.changes, Changing::Memory(_) | Changing::Overlay(_)) {
            return Ok(false);
        }
        let below = at.strip_prefix(outer.at.as_slice()).unwrap_or(at);
        copy::copy_in(&dir.host, Arc::clone(&outer.fs), below, place)?;
        Ok(true)
    }

    fn finish(mut self) -> Result<GuestTree, Failure> {
        self.settle_overlays()?;
        let builder = self.builder.take();
        let root = builder
            .ok_or_else(|| Failure::new("nothing was mounted"))?
            .build();
        let (mut tracked, mut not_tracked, mut default_devices) = (Vec::new(), Vec::new(), false);
        for mounted in self.mounts {
            let place = mounted.at;
            let origin = match mounted.changes {
                Changing::Memory(memory) => {
                    let start = memory.snapshot();
                    Origin::Snapshot(memory, start)
                }
                Changing::Overlay(overlay) => Origin::Lowers(overlay),
                Changing::InPlace => {
                    not_tracked.push(if place.is_empty() {
                        b"/".to_vec()
                    } else {
                        place
                    });
                    continue;
                }
                Changing::Devices => {
                    default_devices = true;
                    continue;
                }
                Changing::Never => continue,
            };
            tracked.push(Tracked { place, origin });
        }
        Ok(GuestTree {
            root,
            memories: self.memories,
            tracked,
            not_tracked,
            shows_host: self.shows_host,
            default_devices,
        })
    }

    fn host_dir(&mut self, place: GuestPath, dir: &DirMount) -> Result<Mounted, Failure> {
        self.shows_host = true;
        Ok(Mounted {
            place,
            at: Vec::new(),
            fs: tree::open_host(&dir.host)?,
            options: MountOptions {
                read_only: dir.read_only,
                folds_case: host_folds_case(),
                ..MountOptions::default()
            },
            changes: Changing::InPlace,
        })
    }

    fn overlay(&mut self, place: GuestPath, overlay: &OverlayMount) -> Result<Mounted, Failure> {
        let mut builder = OverlayFs::builder(self.new_memory(self.limits));
        for lower in &overlay.lowers {
            builder = builder.lower(self.images.lower(lower)?);
        }
        let fs = builder
            .build()
            .map_err(|errno| cannot_overlay(&place, errno))?;
        let mut lowers = overlay.lowers.iter();
        let in_place = lowers.any(|lower| images::is_host_directory(lower));
        self.shows_host |= in_place;
        Ok(Mounted {
            place,
            at: Vec::new(),
            fs: Arc::clone(&fs) as _,
            options: MountOptions {
                read_only: overlay.read_only,
                missing_parents: MissingParents::Create,
                folds_case: in_place && host_folds_case(),
            },
            changes: Changing::Overlay(fs),
        })
    }

    /// What copies and mount points changed in an overlay is part of what the guest finds: it goes under a new overlay, which knows what the guest changes.
    fn settle_overlays(&mut self) -> Result<(), Failure> {
        let mut settled_any = false;
        for mounted in &mut self.mounts {
            let Changing::Overlay(overlay) = &mounted.changes else {
                continue;
            };
            let failed = |errno| cannot_overlay(&mounted.place, errno);
            if overlay.changes().map_err(failed)?.is_empty() {
                continue;
            }
            let upper = MemFs::builder().limits(self.limits).build();
            let settled = OverlayFs::builder(Arc::clone(&upper) as _)
                .lower(Arc::clone(overlay) as _)
                .build()
                .map_err(failed)?;
            self.memories.push(upper);
            mounted.fs = Arc::clone(&settled) as _;
            mounted.changes = Changing::Overlay(settled);
            settled_any = true;
        }
        if settled_any {
            self.builder = None;
            for mounted in &self.mounts {
                self.builder = Some(mount(self.builder.take(), mounted)?);
            }
        }
        Ok(())
    }

    fn new_memory(&mut self, limits: Limits) -> Arc<MemFs> {
        let memory = MemFs::builder().limits(limits).build();
        self.memories.push(Arc::clone(&memory));
        memory
    }
}

fn cannot_overlay(place: &GuestPath, errno: Errno) -> Failure {
    Failure::new(format!("cannot overlay {}: {errno}", place.as_str()))
}

fn in_memory(place: GuestPath, memory: Arc<MemFs>, read_only: bool) -> Mounted {
    Mounted {
        place,
        at: Vec::new(),
        fs: Arc::clone(&memory) as _,
        options: MountOptions {
            read_only,
            missing_parents: if read_only {
                MissingParents::Synthetic
            } else {
                MissingParents::Create
            },
            ..MountOptions::default()
        },
        changes: Changing::Memory(memory),
    }
}

/// The first is the root.
fn mount(builder: Option<MountFsBuilder>, mounted: &Mounted) -> Result<MountFsBuilder, Failure> {
    let fs = Arc::clone(&mounted.fs);
    let Some(builder) = builder else {
        return Ok(MountFs::builder_with(fs, mounted.options));
    };
    let devices = matches!(mounted.changes, Changing::Devices);
    builder
        .mount_with(mounted.place.as_str(), fs, mounted.options)
        .map_err(|error| cannot_mount(&error, devices))
}

fn cannot_mount(error: &MountError, devices: bool) -> Failure {
    let failure = Failure::new(error);
    if devices {
        failure.advise("--bare leaves out the default /dev")
    } else {
        failure
    }
}

fn host_folds_case() -> bool {
    cfg!(any(windows, target_os = "macos"))
}
