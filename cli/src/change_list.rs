//! What the guest changed, for people: a line each.

use std::fmt::Write as _;

use guesthouse_vfs::{ChangeKind, FileType, Modified};

use crate::changes::{Changes, GuestChange};

/// The text of `--changes`.
pub(crate) fn text(changes: &Changes) -> String {
    let mut text = String::new();
    for change in changes
        .list
        .iter()
        .filter(|change| is_worth_telling(change))
    {
        line(&mut text, change);
    }
    if text.is_empty() {
        text.push_str("nothing was changed\n");
    }
    for place in &changes.not_tracked {
        text.push_str("not tracked: ");
        push_path(&mut text, place);
        text.push('\n');
    }
    text
}

/// That names came and went in a directory is told with the names; if what came went again, its times are all that is left of it.
fn is_worth_telling(change: &GuestChange) -> bool {
    !matches!(
        (&change.kind, change.file_type),
        (
            ChangeKind::Modified(Modified { mode: false, .. }),
            FileType::Dir
        )
    )
}

fn line(text: &mut String, change: &GuestChange) {
    let what = match &change.kind {
        ChangeKind::Removed => "removed",
        ChangeKind::Renamed { .. } => "renamed",
        ChangeKind::Created => "created",
        ChangeKind::Modified(_) => "modified",
    };
    write!(text, "{what:<8}  ").unwrap_or_default();
    if let ChangeKind::Renamed { from } = &change.kind {
        push_path(text, from);
        text.push_str(" -> ");
    }
    push_path(text, &change.path);
    let mut notes = Vec::new();
    match change.file_type {
        FileType::Dir => notes.push("directory"),
        FileType::Symlink => notes.push("symbolic link"),
        _ => {}
    }
    if let ChangeKind::Modified(modified) = &change.kind {
        notes.extend(aspects(*modified));
    }
    if !notes.is_empty() {
        write!(text, " ({})", notes.join(", ")).unwrap_or_default();
    }
    text.push('\n');
}

/// What differs, in words.
pub(crate) fn aspects(modified: Modified) -> impl Iterator<Item = &'static str> {
    let all = [
        (modified.contents, "contents"),
        (modified.mode, "mode"),
        (modified.times, "times"),
    ];
    all.into_iter()
        .filter_map(|(differs, aspect)| differs.then_some(aspect))
}

/// Adds a path as it is if nothing in it could be taken for something else, and otherwise in quotes and escaped.
fn push_path(text: &mut String, path: &[u8]) {
    let start = text.len();
    let mut plain = !path.iter().any(u8::is_ascii_whitespace);
    for chunk in path.utf8_chunks() {
        // An apostrophe is the one character that is escaped for code only.
        for (index, piece) in chunk.valid().split('\'').enumerate() {
            text.push_str(if index > 0 { "'" } else { "" });
            // Escapes what is not printable, such as control characters and those that turn the direction of text.
            text.extend(piece.escape_debug());
            plain &= piece.escape_debug().eq(piece.chars());
        }
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").unwrap_or_default();
            plain = false;
        }
    }
    if !plain {
        text.insert(start, '"');
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &[u8], kind: ChangeKind, file_type: FileType) -> GuestChange {
        GuestChange {
            path: path.to_vec(),
            kind,
            file_type,
        }
    }

    fn renamed(from: &[u8]) -> ChangeKind {
        ChangeKind::Renamed { from: from.into() }
    }

    fn modified(contents: bool, mode: bool, times: bool) -> ChangeKind {
        ChangeKind::Modified(Modified {
            contents,
            mode,
            times,
        })
    }

    #[test]
    fn a_line_for_each_change_that_is_worth_one() {
        use FileType::{Dir, File, Symlink};
        let list = vec![
            change(b"/", modified(true, false, true), Dir),
            change(b"/a", ChangeKind::Created, File),
            change(b"/b", modified(true, true, true), File),
            change(b"/c", renamed(b"/d"), File),
            change(b"/e", ChangeKind::Removed, Dir),
            change(b"/f", modified(false, false, true), Dir),
            change(b"/g", modified(true, true, false), Dir),
            change(b"/h", ChangeKind::Created, Symlink),
        ];
        let not_tracked = vec![b"/src".to_vec()];
        let told = text(&Changes { list, not_tracked });
        assert_eq!(
            told,
            "created   /a\n\
             modified  /b (contents, mode, times)\n\
             renamed   /d -> /c\n\
             removed   /e (directory)\n\
             modified  /g (directory, contents, mode)\n\
             created   /h (symbolic link)\n\
             not tracked: /src\n"
        );
        assert_eq!(text(&Changes::default()), "nothing was changed\n");
    }

    #[test]
    fn a_name_forges_no_line_and_sends_nothing_to_the_terminal() {
        let told = |name: &[u8]| {
            let mut text = String::new();
            push_path(&mut text, name);
            text
        };
        assert_eq!(told("/plain/naïve/文件".as_bytes()), "/plain/naïve/文件");
        assert_eq!(told(b"/a -> b (times)"), r#""/a -> b (times)""#);
        assert_eq!(told(b"/x\nremoved  /y"), r#""/x\nremoved  /y""#);
        assert_eq!(told(b"/\x1b[2J\x07"), r#""/\u{1b}[2J\u{7}""#);
        assert_eq!(told("/\u{9b}2J".as_bytes()), r#""/\u{9b}2J""#);
        assert_eq!(told("/\u{202e}txt.exe".as_bytes()), r#""/\u{202e}txt.exe""#);
        assert_eq!(told(b"/a\xff\\\""), r#""/a\xff\\\"""#);
        assert_eq!(told("/a\u{a0}b".as_bytes()), r#""/a\u{a0}b""#);
        assert_eq!(told("/it's e\u{301}".as_bytes()), "\"/it's e\u{301}\"");
        assert_eq!(told("/it's-e\u{301}".as_bytes()), "/it's-e\u{301}");
    }
}
