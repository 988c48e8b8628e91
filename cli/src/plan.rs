//! What is to be mounted, and in which order.

use std::collections::HashSet;

use crate::args::MountArgs;
use crate::failure::Failure;
use crate::guest_path::GuestPath;
use crate::mount_spec::{DirMount, ImageMount, OverlayMount, TmpMount};

/// One thing to mount.
pub(crate) enum Part<'a> {
    Dir(&'a DirMount),
    Copy(&'a DirMount),
    Tmp(&'a TmpMount),
    Image(&'a ImageMount),
    Overlay(&'a OverlayMount),
    /// The default `/dev`.
    Devices,
    /// The default `/`, with or without `/tmp`.
    Root {
        bare: bool,
    },
}

/// What is to be mounted, outer places before inner ones, whatever the order on the command line.
pub(crate) fn plan(args: &MountArgs) -> Result<Vec<(GuestPath, Part<'_>)>, Failure> {
    let mut parts: Vec<(GuestPath, Part<'_>)> = Vec::new();
    parts.extend(args.dirs.iter().map(|m| (m.guest.clone(), Part::Dir(m))));
    parts.extend(args.copies.iter().map(|m| (m.guest.clone(), Part::Copy(m))));
    parts.extend(args.tmps.iter().map(|m| (m.guest.clone(), Part::Tmp(m))));
    parts.extend(
        args.images
            .iter()
            .map(|m| (m.guest.clone(), Part::Image(m))),
    );
    let overlays = args.overlays.iter();
    parts.extend(overlays.map(|m| (m.guest.clone(), Part::Overlay(m))));
    let mut seen = HashSet::new();
    for (place, _) in &parts {
        if !seen.insert(place.clone()) {
            return Err(
                Failure::usage(format!("two mounts claim {}", place.as_str()))
                    .advise("give each its own GUEST, as in --dir a::/a --dir b::/b; --overlay shows several as one"),
            );
        }
    }
    let root = parts.iter().find(|(place, _)| place.is_root());
    // A directory of the user's own is taken as it is; the root of a system, which an image is, needs devices that no archive can hold.
    let devices = !args.bare
        && match root {
            None => true,
            Some((_, part)) => matches!(part, Part::Image(_) | Part::Overlay(_)),
        };
    let default_root = root.is_none();
    let dev = GuestPath::new("/dev").map_err(Failure::new)?;
    if devices && !seen.contains(&dev) {
        parts.push((dev, Part::Devices));
    }
    if default_root {
        parts.push((GuestPath::root(), Part::Root { bare: args.bare }));
    }
    parts.sort_by_key(|(place, _)| place.depth());
    Ok(parts)
}
