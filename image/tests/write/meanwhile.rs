//! What happens to a tree while it is written, and to what it is written to.

use std::io::{self, Write};

use guesthouse_image::{ImageErrorKind, TarNoteReason, TarOptions, TarReport, write_tar};
use guesthouse_vfs::{MemFs, Tree};

use crate::entries::by_name;

const LEN: usize = 1 << 20;

/// Does something when the first bytes come.
struct Then<F> {
    first: Option<F>,
    bytes: Vec<u8>,
}

impl<F: FnOnce()> Write for Then<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(first) = self.first.take() {
            first();
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a tree of two files, the first of a mebibyte; when a part of it has been written, something happens.
fn written_while(happens: impl FnOnce(&Tree)) -> (Vec<u8>, TarReport) {
    let tree = Tree::new(MemFs::new());
    let steps = tree.build().file("a", vec![b'a'; LEN]);
    let steps = steps.file("b", "bb").symlink("c", "b");
    steps.finish().unwrap();
    let mut out = Then {
        first: Some(|| happens(&tree)),
        bytes: Vec::new(),
    };
    let report = write_tar(&tree, "/", &mut out, &TarOptions::default()).unwrap();
    (out.bytes, report)
}

#[test]
fn a_file_that_is_cut_keeps_its_length_and_what_follows_its_place() {
    let (archive, report) = written_while(|tree| {
        let file = tree
            .open_with("a", guesthouse_vfs::OpenOptions::create())
            .unwrap();
        file.set_len(300_000).unwrap();
    });
    let found = by_name(&archive);
    let a = &found[&b"a"[..]].contents;
    assert_eq!(a.len(), LEN);
    assert!(a[..300_000].iter().all(|&byte| byte == b'a'));
    assert!(a[300_000..].iter().all(|&byte| byte == 0));
    assert_eq!(found[&b"b"[..]].contents, b"bb");
    assert_eq!(report.notes.len(), 1);
    assert_eq!(&*report.notes[0].path, b"/a");
    assert_eq!(report.notes[0].reason, TarNoteReason::Changed);
    assert_eq!(
        report.notes[0].to_string(),
        "/a: it changed while it was read"
    );
}

#[test]
fn a_file_that_grows_has_the_length_it_had() {
    let (archive, report) = written_while(|tree| {
        let mut file = tree.append("a").unwrap();
        file.write_all(&[b'x'; 5000]).unwrap();
    });
    let found = by_name(&archive);
    assert_eq!(found[&b"a"[..]].contents, vec![b'a'; LEN]);
    assert_eq!(found[&b"b"[..]].contents, b"bb");
    assert_eq!(report.notes[0].reason, TarNoteReason::Changed);
}

#[test]
fn what_goes_away_or_becomes_something_else_is_left_out_and_noted() {
    let (archive, report) = written_while(|tree| {
        tree.remove_file("b").unwrap();
        tree.remove_file("c").unwrap();
        tree.write("c", "a file now").unwrap();
    });
    let found = by_name(&archive);
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [&b"./"[..], b"a"]);
    let notes: Vec<_> = report
        .notes
        .iter()
        .map(|note| (&*note.path, note.reason))
        .collect();
    let vanished = TarNoteReason::Vanished;
    assert_eq!(notes, [(&b"/b"[..], vanished), (b"/c", vanished)]);
}

#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    let (archive, report) = written_while(|tree| {
        tree.remove_file("b").unwrap();
        tree.symlink("b", "a").unwrap();
    });
    assert!(!by_name(&archive).contains_key(&b"b"[..]));
    assert_eq!(report.notes[0].reason, TarNoteReason::Vanished);
}

#[test]
fn a_disk_that_is_full_is_an_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.0);
            self.0 -= fits;
            match fits {
                0 => Err(io::ErrorKind::StorageFull.into()),
                _ => Ok(fits),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let tree = Tree::new(MemFs::new());
    tree.write("a", vec![b'a'; LEN]).unwrap();
    for room in [0, 1000, LEN, LEN + 2000] {
        let error = write_tar(&tree, "/", Full(room), &TarOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ImageErrorKind::Io);
        let text = error.to_string();
        assert_eq!(text, "cannot write the archive: no storage space", "{room}");
    }
}
