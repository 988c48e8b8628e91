//! What the guest changed, for programs: JSON, each change on a line of its own.

use std::fmt::Write as _;

use guesthouse_vfs::{ChangeKind, FileType};

use crate::change_list::aspects;
use crate::changes::{Changes, GuestChange};

/// The text of `--changes=json`.
///
/// A path is `"path"`, a string, or, where it isn't UTF-8, `"path_bytes"`, an array of numbers, so that no program takes one name for another.
pub(crate) fn text(changes: &Changes) -> String {
    let mut text = String::from("{\"changes\":[");
    for (index, change) in changes.list.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        object(&mut text, change);
    }
    text.push_str("\n],\"not_tracked\":[");
    for (index, place) in changes.not_tracked.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push('{');
        path(&mut text, "path", place);
        text.push('}');
    }
    text.push_str("]}\n");
    text
}

fn object(text: &mut String, change: &GuestChange) {
    text.push('{');
    path(text, "path", &change.path);
    let kind = match &change.kind {
        ChangeKind::Removed => "removed",
        ChangeKind::Renamed { .. } => "renamed",
        ChangeKind::Created => "created",
        ChangeKind::Modified(_) => "modified",
    };
    let node = file_type(change.file_type);
    write!(text, ",\"type\":\"{node}\",\"change\":\"{kind}\"").unwrap_or_default();
    match &change.kind {
        ChangeKind::Renamed { from } => {
            text.push(',');
            path(text, "from", from);
        }
        ChangeKind::Modified(modified) => {
            let aspects: Vec<&str> = aspects(*modified).collect();
            write!(text, ",\"modified\":[\"{}\"]", aspects.join("\",\"")).unwrap_or_default();
        }
        ChangeKind::Removed | ChangeKind::Created => {}
    }
    text.push('}');
}

fn file_type(file_type: FileType) -> &'static str {
    match file_type {
        FileType::File => "file",
        FileType::Dir => "directory",
        FileType::Symlink => "symlink",
        FileType::CharDevice => "character_device",
        FileType::BlockDevice => "block_device",
        FileType::Socket => "socket",
        FileType::Unknown => "unknown",
    }
}

fn path(text: &mut String, key: &str, path: &[u8]) {
    if let Ok(path) = std::str::from_utf8(path) {
        write!(text, "\"{key}\":").unwrap_or_default();
        string(text, path);
        return;
    }
    let bytes: Vec<String> = path.iter().map(u8::to_string).collect();
    write!(text, "\"{key}_bytes\":[{}]", bytes.join(",")).unwrap_or_default();
}

/// Adds a string. All control characters are escaped, also those that JSON would take as they are: it may be shown on a terminal.
fn string(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => write!(text, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use guesthouse_vfs::Modified;
    use serde_json::{Value, json};

    fn parsed(list: Vec<GuestChange>, not_tracked: Vec<Vec<u8>>) -> Value {
        let text = text(&Changes { list, not_tracked });
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
        serde_json::from_str(&text).expect("JSON")
    }

    fn change(path: &[u8], kind: ChangeKind) -> GuestChange {
        GuestChange {
            path: path.to_vec(),
            kind,
            file_type: FileType::File,
        }
    }

    #[test]
    fn each_change_is_an_object() {
        let modified = Modified {
            contents: true,
            mode: false,
            times: true,
        };
        let list = vec![
            change(b"/a", ChangeKind::Created),
            change(b"/b", ChangeKind::Modified(modified)),
            change(
                b"/c",
                ChangeKind::Renamed {
                    from: (*b"/d").into(),
                },
            ),
            change(b"/e", ChangeKind::Removed),
        ];
        let expected = json!({
            "changes": [
                {"path": "/a", "type": "file", "change": "created"},
                {"path": "/b", "type": "file", "change": "modified", "modified": ["contents", "times"]},
                {"path": "/c", "type": "file", "change": "renamed", "from": "/d"},
                {"path": "/e", "type": "file", "change": "removed"},
            ],
            "not_tracked": [{"path": "/src"}, {"path": "/x"}],
        });
        let not_tracked = vec![b"/src".to_vec(), b"/x".to_vec()];
        assert_eq!(parsed(list, not_tracked), expected);
        let nothing = json!({"changes": [], "not_tracked": []});
        assert_eq!(parsed(Vec::new(), Vec::new()), nothing);
    }

    #[test]
    fn no_name_is_lost() {
        let odd = "\"\\\n\r\t\u{1b}\u{7f}\u{9b}\u{2028}文";
        let from = (*b"/\xff\0").into();
        let list = vec![
            change(odd.as_bytes(), ChangeKind::Created),
            change(b"/\xfe", ChangeKind::Renamed { from }),
        ];
        let parsed = parsed(list, Vec::new());
        assert_eq!(parsed["changes"][0]["path"], odd);
        assert_eq!(
            parsed["changes"][1],
            json!({"path_bytes": [47, 254], "type": "file", "change": "renamed", "from_bytes": [47, 255, 0]})
        );
    }
}
