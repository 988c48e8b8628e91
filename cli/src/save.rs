//! `--save`: a part of the guest's tree as an archive.

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use guesthouse_image::{TarOptions, TarReport, write_tar};
use guesthouse_vfs::Tree;

use crate::failure::Failure;
use crate::guest_path::GuestPath;
use crate::output;
use crate::tree::GuestTree;
use crate::whole_file::{self, Directory};

/// How many of the nodes that are not in the archive as they are in the tree are named.
const NOTES_SHOWN: usize = 10;

/// `GUEST::FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Save {
    pub(crate) guest: GuestPath,
    pub(crate) file: PathBuf,
    pub(crate) gzip: bool,
}

impl FromStr for Save {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (guest, file) = text
            .split_once("::")
            .ok_or("it needs both sides: GUEST::FILE, as in /out::out.tar")?;
        if file.is_empty() {
            return Err("the file's name is empty".into());
        }
        let name = file.to_ascii_lowercase();
        let gzip = if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            true
        } else if name.ends_with(".tar") {
            false
        } else {
            return Err(format!(
                "the name of `{file}` does not say what it is to be: .tar, .tar.gz or .tgz"
            ));
        };
        Ok(Self {
            guest: GuestPath::new(guest)?,
            file: file.into(),
            gzip,
        })
    }
}

/// Writes a part of the guest's tree to an archive.
pub(crate) fn save(tree: &GuestTree, save: &Save) -> Result<(), Failure> {
    let title = format!("saving {} to {}", save.guest.as_str(), save.file.display());
    let directory = if tree.shows_host {
        Directory::PartOfContents
    } else {
        Directory::Unwatched
    };
    let report = whole_file::write(&save.file, directory, |out| {
        write_archive(tree, save, out).map_err(|error| Failure::new(format!("{title}: {error}")))
    })?;
    tell_notes(tree, save, &title, &report);
    Ok(())
}

fn write_archive(tree: &GuestTree, save: &Save, out: &mut impl Write) -> io::Result<TarReport> {
    let (whole, options) = (Tree::new(Arc::clone(&tree.root)), TarOptions::default());
    let path = save.guest.as_str();
    if !save.gzip {
        return write_tar(&whole, path, out, &options).map_err(io::Error::other);
    }
    let mut gzip = GzEncoder::new(out, Compression::default());
    let report = write_tar(&whole, path, &mut gzip, &options).map_err(io::Error::other)?;
    gzip.finish()?;
    Ok(report)
}

fn tell_notes(tree: &GuestTree, save: &Save, title: &str, report: &TarReport) {
    let notes = report.notes.iter();
    let notes: Vec<_> = notes
        .filter(|note| !tree.is_expected_to_stay(&save.guest, &note.path))
        .collect();
    for note in notes.iter().take(NOTES_SHOWN) {
        output::note(&format_args!("{title}: {note}"));
    }
    let hidden = notes.len().saturating_sub(NOTES_SHOWN);
    let more = report
        .notes_besides
        .saturating_add(u64::try_from(hidden).unwrap_or(u64::MAX));
    if more > 0 {
        output::note(&format_args!("{title}: {more} more such notes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        let gzip = |text: &str| text.parse::<Save>().map(|save| save.gzip);
        assert_eq!(gzip("/out::a.tar"), Ok(false));
        assert_eq!(gzip("/::b/A.TAR"), Ok(false));
        assert_eq!(gzip("/out::a.tar.gz"), Ok(true));
        assert_eq!(gzip("out::a.tgz"), Ok(true));
        for (text, said) in [
            ("/out", "GUEST::FILE"),
            ("::a.tar", "guest's path is empty"),
            ("/out::", "name is empty"),
            ("/out::a.zip", ".tar.gz or .tgz"),
            ("/out::a.tar.zst", ".tar.gz or .tgz"),
            ("/out::dir", "`dir`"),
        ] {
            let error = gzip(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
