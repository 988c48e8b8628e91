//! Writes a file as a whole or not at all.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;

/// What else looks at the directory in which a file is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    /// Nothing that matters.
    Unwatched,
    /// The contents may be made of all that is in it: until they are complete they have no name there.
    PartOfContents,
}

/// Writes `path`. What is there is replaced when all has been written, and stays as it is if that fails; a pipe or device is written as it is.
pub(crate) fn write<T>(
    path: &Path,
    directory: Directory,
    contents: impl FnOnce(&mut BufWriter<&File>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed =
        |error: io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    let target = Target::new(path)?;
    if let Target::Stream(path) = &target {
        let file = File::options().append(true).open(path).map_err(failed)?;
        return fill(&file, contents, failed);
    }
    let (mut partial, written);
    if directory == Directory::PartOfContents {
        let mut nameless = tempfile::tempfile_in(target.directory()).map_err(failed)?;
        written = fill(&nameless, contents, failed)?;
        nameless.rewind().map_err(failed)?;
        partial = target.partial().map_err(failed)?;
        io::copy(&mut nameless, partial.as_file_mut()).map_err(failed)?;
    } else {
        partial = target.partial().map_err(failed)?;
        written = fill(partial.as_file(), contents, failed)?;
    }
    // Or a crash of the machine could leave the new name with half of the contents.
    partial.as_file().sync_all().map_err(failed)?;
    partial
        .persist(target.path())
        .map_err(|error| failed(error.error))?;
    Ok(written)
}

/// Says early what would go wrong at the end for certain. Returns the file's name without links and `..`, unless it is a pipe or device, to which several can write.
pub(crate) fn check(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let target = Target::new(path)?;
    if matches!(target, Target::Stream(_)) {
        return Ok(None);
    }
    let directory = target.directory();
    // Whether one can be made there, only the system knows.
    tempfile::tempfile_in(directory).map_err(|error| {
        let (path, directory) = (path.display(), directory.display());
        let kind = error.kind();
        Failure::new(format!(
            "cannot write {path}: no file can be made in {directory}: {kind}"
        ))
    })?;
    let name = target.path().file_name().unwrap_or_default();
    let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    Ok(Some(directory.join(name)))
}

fn fill<T>(
    file: &File,
    contents: impl FnOnce(&mut BufWriter<&File>) -> Result<T, Failure>,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<T, Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let written = contents(&mut out)?;
    out.flush().map_err(failed)?;
    Ok(written)
}

/// Where the file will be, links followed.
enum Target {
    /// There is nothing yet.
    New(PathBuf),
    /// A regular file with these permissions is replaced.
    Old(PathBuf, Permissions),
    /// A pipe, a device or a descriptor of this process, which cannot be replaced.
    Stream(PathBuf),
}

impl Target {
    fn new(path: &Path) -> Result<Self, Failure> {
        // /dev/stdout may be a regular file that this process is still writing, under another name.
        if path.starts_with("/dev") || path.starts_with("/proc") {
            return Ok(Self::Stream(path.to_owned()));
        }
        if let Ok(metadata) = fs::metadata(path) {
            return Self::existing(path, &metadata);
        }
        if fs::symlink_metadata(path).is_ok() {
            return Err(Failure::new(format!(
                "cannot write {}: it is a link that leads nowhere",
                path.display()
            )));
        }
        let target = Self::New(path.to_owned());
        if target.directory().is_dir() {
            return Ok(target);
        }
        Err(Failure::new(format!(
            "cannot write {}: there is no directory {}",
            path.display(),
            target.directory().display()
        ))
        .advise("make it first"))
    }

    fn existing(path: &Path, metadata: &Metadata) -> Result<Self, Failure> {
        if metadata.is_dir() {
            return Err(Failure::new(format!("{} is a directory", path.display()))
                .advise("name a file in it; it is made, or replaced, when the guest has ended"));
        }
        match fs::canonicalize(path) {
            Ok(path) if metadata.is_file() => Ok(Self::Old(path, metadata.permissions())),
            _ => Ok(Self::Stream(path.to_owned())),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::New(path) | Self::Old(path, _) | Self::Stream(path) => path,
        }
    }

    fn directory(&self) -> &Path {
        match self.path().parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        }
    }

    /// A new file beside it, which is gone unless it is given its name.
    fn partial(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".guesthouse-").suffix(".partial");
        // As any new file; only a secret's would be the owner's alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let partial = builder.tempfile_in(self.directory())?;
        if let Self::Old(_, permissions) = self {
            partial.as_file().set_permissions(permissions.clone())?;
        }
        Ok(partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
        write(path, Directory::Unwatched, |out| {
            out.write_all(text.as_bytes()).map_err(Failure::new)
        })
    }

    #[test]
    fn a_failure_leaves_what_was_there_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let fail = |out: &mut BufWriter<&File>| {
            out.write_all(&[b'x'; 100_000]).map_err(Failure::new)?;
            Err::<(), _>(Failure::new("no more"))
        };
        for directory in [Directory::Unwatched, Directory::PartOfContents] {
            write(&path, directory, fail).unwrap_err();
            assert_eq!(names(dir.path()), [""; 0]);
        }
        write_text(&path, "one").unwrap();
        write(&path, Directory::PartOfContents, fail).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_text(&path, "two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["file"]);
    }

    #[test]
    fn what_a_directory_holds_can_be_written_into_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let seen = write(&path, Directory::PartOfContents, |out| {
            out.write_all(&[b'x'; 100_000]).map_err(Failure::new)?;
            Ok(names(dir.path()))
        });
        assert_eq!(seen.unwrap(), [""; 0]);
        assert_eq!(fs::read(&path).unwrap(), [b'x'; 100_000]);
        assert_eq!(names(dir.path()), ["file"]);
    }

    #[test]
    fn what_cannot_be_written_is_known_before() {
        let dir = tempfile::tempdir().unwrap();
        check(&dir.path().join("new")).unwrap();
        let error = check(&dir.path().join("missing/new")).unwrap_err();
        assert!(error.to_string().contains("no directory"), "{error}");
        let error = check(dir.path()).unwrap_err();
        assert!(error.to_string().contains("is a directory"), "{error}");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        write_text(&link, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        check(&dir.path().join("dangling")).unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt;
        write_text(Path::new("/dev/null"), "gone").unwrap();
        let metadata = fs::metadata("/dev/null").unwrap();
        assert!(metadata.file_type().is_char_device());
    }
}
