//! `--changes`: what the guest changed.

use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use guesthouse_vfs::{ChangeKind, FileType};

use crate::failure::Failure;
use crate::tree::GuestTree;
use crate::whole_file::{self, Directory};
use crate::{change_json, change_list, output};

/// `FORMAT[:FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangesReport {
    format: Format,
    /// Standard error, unless this says another place.
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    List,
    Json,
}

/// What the guest changed in its tree, and where that is not known.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Sorted by path.
    pub(crate) list: Vec<GuestChange>,
    /// The places in the tree at which it could change what nobody keeps account of.
    pub(crate) not_tracked: Vec<Vec<u8>>,
}

/// A change as the guest sees it: paths begin at its `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GuestChange {
    pub(crate) path: Vec<u8>,
    pub(crate) kind: ChangeKind,
    pub(crate) file_type: FileType,
}

impl FromStr for ChangesReport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once(':') {
            None => (text, None),
            Some((_, "")) => return Err("the file's name is empty".into()),
            Some((format, file)) => (format, Some(file.into())),
        };
        let format = match format {
            "list" => Format::List,
            "json" => Format::Json,
            other => {
                return Err(format!(
                    "`{other}` is no format; there are `list` and `json`, and each takes a file, as in json:changes.json"
                ));
            }
        };
        Ok(Self { format, file })
    }
}

/// Tells what was asked for.
pub(crate) fn report(tree: &GuestTree, report: &ChangesReport) -> Result<(), Failure> {
    let changes = tree.changes()?;
    let text = match report.format {
        Format::List => change_list::text(&changes),
        Format::Json => change_json::text(&changes),
    };
    let Some(file) = &report.file else {
        output::report(&text.trim_end());
        return Ok(());
    };
    whole_file::write(file, Directory::Unwatched, |out| {
        out.write_all(text.as_bytes())
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_and_a_file() {
        let parse = |text: &str| text.parse::<ChangesReport>();
        let report = |format, file: Option<&str>| {
            let file = file.map(Into::into);
            Ok(ChangesReport { format, file })
        };
        assert_eq!(parse("list"), report(Format::List, None));
        assert_eq!(parse("json"), report(Format::Json, None));
        assert_eq!(parse("json:C:\\x"), report(Format::Json, Some("C:\\x")));
        assert_eq!(parse("list:a.txt"), report(Format::List, Some("a.txt")));
        assert!(parse("json:").unwrap_err().contains("empty"));
        for text in ["", "yaml", "out.json"] {
            assert!(parse(text).unwrap_err().contains("`json`"), "{text}");
        }
    }
}
