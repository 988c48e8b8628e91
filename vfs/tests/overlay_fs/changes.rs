use std::sync::Arc;

use guesthouse_vfs::{Change, ChangeKind, OverlayFs, Tree};

use super::{Overlay, memory};

/// The changes as lines: `+` made, `-` removed, `~` modified, `<-` moved.
fn shown(fs: &Arc<OverlayFs>) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let line = |change: &Change| {
        let path = text(&change.path);
        match &change.kind {
            ChangeKind::Removed => format!("- {path}"),
            ChangeKind::Created => format!("+ {path}"),
            ChangeKind::Renamed { from } => format!("{path} <- {}", text(from)),
            ChangeKind::Modified(modified) => {
                let flag = |is, word| if is { word } else { "" };
                let contents = flag(modified.contents, " contents");
                let mode = flag(modified.mode, " mode");
                format!("~ {path}{contents}{mode}")
            }
        }
    };
    fs.changes().unwrap().iter().map(line).collect()
}

#[test]
fn what_is_in_a_removed_directory_is_listed_and_what_left_it_before_is_moved() {
    let overlay = Overlay::over(memory(&[("d/a", "1"), ("d/e/b", "2"), ("d/e/c", "3")]));
    let tree = &overlay.tree;
    tree.rename("d/e/b", "b").unwrap();
    tree.remove_dir_all("d").unwrap();
    let expected = [
        "~  contents",
        "b <- d/e/b",
        "- d",
        "- d/a",
        "- d/e",
        "- d/e/c",
    ];
    assert_eq!(shown(&overlay.fs), expected);
}

#[test]
fn what_is_in_a_moved_directory_has_not_changed() {
    let overlay = Overlay::over(memory(&[("d/a", "1"), ("d/e/b", "2"), ("d/e/c", "3")]));
    let tree = &overlay.tree;
    tree.rename("d", "x").unwrap();
    tree.write("x/e/b", "changed").unwrap();
    tree.remove_file("x/e/c").unwrap();
    tree.write("x/new", "").unwrap();
    let expected = [
        "~  contents",
        "x <- d",
        "~ x contents",
        "~ x/e contents",
        "~ x/e/b contents",
        "+ x/new",
    ];
    let mut got = shown(&overlay.fs);
    got.retain(|line| line != "- d/e/c");
    assert_eq!(got, expected);
    assert!(shown(&overlay.fs).contains(&"- d/e/c".to_owned()));
}

#[test]
fn every_name_of_a_modified_file_is_listed() {
    let lower = memory(&[("d/a", "1"), ("e/", "")]);
    Tree::new(lower.clone()).hard_link("d/a", "e/b").unwrap();
    let overlay = Overlay::over(lower);
    overlay.tree.set_mode("d/a", 0o600).unwrap();
    assert_eq!(shown(&overlay.fs), ["~ d/a mode", "~ e/b mode"]);
    overlay.tree.remove_file("d/a").unwrap();
    let got = shown(&overlay.fs);
    assert_eq!(got, ["~ d contents", "- d/a", "~ e/b mode"]);
}

#[test]
fn reading_and_writing_nothing_changes_nothing() {
    let overlay = Overlay::over(memory(&[("d/a", "1"), ("d/b", "2")]));
    let tree = &overlay.tree;
    let _read = tree.read("d/a").unwrap();
    let _listed = tree.list("d").unwrap();
    let options = guesthouse_vfs::OpenOptions::existing(guesthouse_vfs::Access::READ_WRITE);
    let _open = tree.open_with("d/b", options).unwrap();
    tree.rename("d/a", "d/a").unwrap();
    assert!(shown(&overlay.fs).is_empty());
    assert!(overlay.upper.list(".").unwrap().is_empty());
}

#[test]
fn a_populated_upper_is_a_change() {
    let lower = memory(&[("d/a", "lower"), ("d/b", "lower")]);
    let upper = memory(&[("d/a", "upper"), ("c", "")]);
    let mode = Tree::new(lower.clone()).metadata("d").unwrap().mode;
    Tree::new(upper.clone()).set_mode("d", mode).unwrap();
    let overlay = Overlay::of(upper, lower);
    let mut got = shown(&overlay.fs);
    got.retain(|line| !line.starts_with('~'));
    assert_eq!(got, ["+ c", "- d/a", "+ d/a"]);
}
