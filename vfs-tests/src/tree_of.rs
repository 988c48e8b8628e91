use std::collections::{BTreeMap, HashMap};

use guesthouse_vfs::{Access, FileType, Metadata, OpenOptions};

use crate::script::{Content, Node, Tree, quoted};
use crate::{Call, Entry, Outcome, Subject, Target};

/// Longer files are compared by their length only.
const LONGEST_COMPARED: u64 = 16 << 20;

/// The handle that these functions use.
const OWN: &str = "%tree";

/// Makes the tree in the working directory.
///
/// # Errors
/// The call that failed and its errno.
pub(crate) fn build(tree: &Tree, subject: &mut dyn Subject) -> Result<(), String> {
    let mut links = Vec::new();
    for (path, node) in tree.nodes() {
        let target = Target::path(path);
        match &node.content {
            Content::Dir => {
                call(
                    subject,
                    Call::CreateDir {
                        target,
                        mode: 0o755,
                    },
                )?;
            }
            Content::File(bytes) => {
                create(subject, path)?;
                let write = Call::Write {
                    file: OWN.into(),
                    offset: 0,
                    buffers: vec![bytes.clone()],
                };
                if !bytes.is_empty() && call(subject, write)? != Outcome::Written(bytes.len()) {
                    return Err(format!("a short write of {}", quoted(path)));
                }
                close(subject)?;
            }
            Content::Sized(len) => {
                create(subject, path)?;
                let file = OWN.into();
                call(subject, Call::SetLen { file, len: *len })?;
                close(subject)?;
            }
            Content::Symlink(to) => {
                let to = to.clone();
                call(subject, Call::Symlink { to, target })?;
            }
            Content::Same(other) => links.push(Call::Link {
                old: Target::path(other.as_slice()),
                follow: false,
                new: target,
            }),
            Content::Other => return Err("special files cannot be made".into()),
        }
    }
    for link in links {
        call(subject, link)?;
    }
    for (path, node) in tree.nodes() {
        if let Some(mode) = node.mode {
            let target = Target::path(path);
            call(
                subject,
                Call::SetMode {
                    target,
                    follow: true,
                    mode,
                },
            )?;
        }
    }
    Ok(())
}

/// The tree in the working directory, after checks that hold in every tree: a listing agrees with the metadata, links are counted truly, and
/// lengths are those of the contents.
///
/// # Errors
/// The call that failed and its errno, or what does not agree.
pub(crate) fn tree_of(subject: &mut dyn Subject) -> Result<Tree, String> {
    let mut tree = Tree::default();
    let mut dirs = vec![Vec::new()];
    let mut files: BTreeMap<_, Vec<Vec<u8>>> = BTreeMap::new();
    while let Some(dir) = dirs.pop() {
        let target = Target::path(if dir.is_empty() {
            b".".to_vec()
        } else {
            dir.clone()
        });
        for (entry, metadata) in entries_of(&target, subject)? {
            let mut path = dir.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend(&entry.name);
            let content = content_of(&path, &metadata, subject)?;
            match metadata.file_type {
                FileType::Dir => dirs.push(path.clone()),
                _ => {
                    let file = (metadata.dev, metadata.ino, metadata.nlink);
                    files.entry(file).or_default().push(path.clone());
                }
            }
            let mode = Some(metadata.mode);
            tree.insert(path, Node { content, mode });
        }
    }
    for ((_, _, nlink), mut names) in files {
        names.sort();
        if names.len() as u64 != nlink {
            return Err(format!(
                "{} has nlink={nlink} but {} names",
                quoted(&names[0]),
                names.len()
            ));
        }
        for name in &names[1..] {
            let mode = tree.get(name).and_then(|node| node.mode);
            let content = Content::Same(names[0].clone());
            tree.insert(name.clone(), Node { content, mode });
        }
    }
    Ok(tree)
}

/// The entries of a directory in the order of the listing, each with its metadata, with which it agrees.
///
/// # Errors
/// The call that failed and its errno, or what does not agree.
pub(crate) fn entries_of(
    dir: &Target,
    subject: &mut dyn Subject,
) -> Result<Vec<(Entry, Metadata)>, String> {
    let target = dir.clone();
    let options = OpenOptions::directory();
    call(
        subject,
        Call::Open {
            bind: OWN.into(),
            target,
            follow: true,
            options,
        },
    )?;
    let bind = OWN.to_owned();
    call(
        subject,
        Call::OpenStream {
            dir: bind.clone(),
            bind: bind.clone(),
        },
    )?;
    let all = Call::NextEntries {
        stream: bind,
        cookie: 0,
        limit: usize::MAX,
    };
    let Outcome::Entries(entries) = call(subject, all)? else {
        return Err("a listing gives no entries".into());
    };
    let mut names = HashMap::new();
    let mut cookies = HashMap::new();
    let mut found = Vec::new();
    for entry in entries {
        let name = quoted(&entry.name);
        let follow = false;
        let target = Target::below(OWN, entry.name.clone());
        let Outcome::Stat(metadata) = call(subject, Call::Stat { target, follow })? else {
            return Err("stat gives no metadata".into());
        };
        if entry.ino != metadata.ino || entry.file_type != metadata.file_type {
            return Err(format!(
                "the entry of {name} is {entry:?}, but stat says {metadata:?}"
            ));
        }
        if entry.next == 0 {
            return Err(format!("the cookie after {name} is 0"));
        }
        if names.insert(entry.name.clone(), ()).is_some() {
            return Err(format!("{name} is listed twice"));
        }
        if let Some(other) = cookies.insert(entry.next, name.clone()) {
            return Err(format!("{name} and {other} have the same cookie"));
        }
        found.push((entry, metadata));
    }
    close(subject)?;
    Ok(found)
}

/// The metadata of the working directory.
///
/// # Errors
/// The call that failed and its errno.
pub(crate) fn root_of(subject: &mut dyn Subject) -> Result<Metadata, String> {
    let (target, follow) = (Target::path("."), false);
    match call(subject, Call::Stat { target, follow })? {
        Outcome::Stat(metadata) => Ok(metadata),
        other => Err(format!("stat gives {other:?}")),
    }
}

/// The metadata of every node of the tree, and of the working directory.
///
/// # Errors
/// The call that failed and its errno.
pub(crate) fn nodes_of(
    tree: &Tree,
    subject: &mut dyn Subject,
) -> Result<Vec<(Vec<u8>, Metadata)>, String> {
    let mut nodes = Vec::new();
    for path in std::iter::once(&b"."[..]).chain(tree.nodes().map(|(path, _)| path)) {
        let (target, follow) = (Target::path(path), false);
        match call(subject, Call::Stat { target, follow })? {
            Outcome::Stat(metadata) => nodes.push((path.to_vec(), metadata)),
            other => return Err(format!("stat gives {other:?}")),
        }
    }
    Ok(nodes)
}

/// What a node holds, whose metadata is known.
///
/// # Errors
/// The call that failed and its errno, or that the length is not that of the contents.
pub(crate) fn content_of(
    path: &[u8],
    metadata: &Metadata,
    subject: &mut dyn Subject,
) -> Result<Content, String> {
    let (content, length) = match metadata.file_type {
        FileType::Dir => return Ok(Content::Dir),
        FileType::File if metadata.size > LONGEST_COMPARED => {
            return Ok(Content::Sized(metadata.size));
        }
        FileType::File => {
            let bytes = bytes_of(&Target::path(path), subject)?;
            let length = bytes.len();
            (Content::File(bytes), length)
        }
        FileType::Symlink => match call(subject, Call::ReadLink(Target::path(path)))? {
            Outcome::Bytes(to) => (Content::Symlink(to.clone()), to.len()),
            other => return Err(format!("readlink gives {other:?}")),
        },
        _ => return Ok(Content::Other),
    };
    if length as u64 == metadata.size {
        Ok(content)
    } else {
        Err(format!(
            "{} has size={}, but holds {length} bytes",
            quoted(path),
            metadata.size
        ))
    }
}

/// The contents of the file at a path.
///
/// # Errors
/// The call that failed and its errno.
pub(crate) fn bytes_of(target: &Target, subject: &mut dyn Subject) -> Result<Vec<u8>, String> {
    let target = target.clone();
    let options = OpenOptions::existing(Access::READ);
    call(
        subject,
        Call::Open {
            bind: OWN.into(),
            target,
            follow: true,
            options,
        },
    )?;
    let mut contents = Vec::new();
    loop {
        let read = Call::Read {
            file: OWN.into(),
            offset: contents.len() as u64,
            lengths: vec![1 << 16],
        };
        match call(subject, read)? {
            Outcome::Bytes(bytes) if bytes.is_empty() => break,
            Outcome::Bytes(bytes) => contents.extend(bytes),
            other => return Err(format!("read gives {other:?}")),
        }
    }
    close(subject)?;
    Ok(contents)
}

fn create(subject: &mut dyn Subject, path: &[u8]) -> Result<(), String> {
    let target = Target::path(path);
    let options = OpenOptions::create_new();
    call(
        subject,
        Call::Open {
            bind: OWN.into(),
            target,
            follow: false,
            options,
        },
    )
    .map(drop)
}

fn close(subject: &mut dyn Subject) -> Result<(), String> {
    call(subject, Call::Close(OWN.into())).map(drop)
}

fn call(subject: &mut dyn Subject, call: Call) -> Result<Outcome, String> {
    subject
        .perform(&call)
        .map_err(|errno| format!("{} for {call}", errno.describe().0))
}
