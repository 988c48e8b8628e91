//! Archives that were right once, with random damage: none of them may panic, hang, or pass the limits.

use bytes::Bytes;
use guesthouse_image::{Image, ImageOptions};
use guesthouse_vfs::{Limits, Tree};
use proptest::prelude::*;

use crate::compressed::{gzip, zstd};
use crate::oci::layout;
use crate::oci_bytes::{Layer, LayoutBytes};
use crate::tar_bytes::{TarBytes, sign};
use crate::zip_bytes::{ZipEntry, zip};

const MEMORY: u64 = 1 << 20;

const LIMITS: Limits = Limits {
    private_bytes: 1 << 20,
    logical_bytes: 4 << 20,
    file_size: 1 << 40,
    nodes: 200,
    names: 200,
    links: 50,
};

fn options() -> ImageOptions {
    ImageOptions::new().memory_bytes(MEMORY).limits(LIMITS)
}

/// Reads it, and if it can be read, looks at all of it.
fn check(bytes: Vec<u8>) {
    let Ok(image) = Image::from_bytes(Bytes::from(bytes), &options()) else {
        return;
    };
    let usage = image.file_system().usage();
    assert!(usage.private_bytes <= LIMITS.private_bytes);
    assert!(usage.logical_bytes <= LIMITS.logical_bytes);
    assert!(usage.nodes <= LIMITS.nodes && usage.names <= LIMITS.names);
    assert_eq!(image.file_system().recount(), usage);
    let tree = Tree::new(image.fork());
    for entry in tree.walk("/").expect("a tree") {
        let entry = entry.expect("an entry");
        if entry.is_file() && entry.metadata().size < 1 << 20 {
            let contents = tree.read(entry.path()).expect("a file");
            assert_eq!(contents.len() as u64, entry.metadata().size);
        }
    }
}

fn some_tar() -> TarBytes {
    let mut sparse = TarBytes::new().pax(&[
        ("GNU.sparse.major", b"1"),
        ("GNU.sparse.name", b"sparse"),
        ("GNU.sparse.realsize", b"100000"),
    ]);
    let map = [&b"2\n0\n10\n50000\n10\n"[..], &[0; 497], &[7; 20]].concat();
    sparse = sparse.file("x", map);
    sparse
        .dir("d/")
        .file("d/a", vec![1; 700])
        .hard_link("d/b", "d/a")
        .symlink("l", "d")
        .file("l/c", "through")
        .entry(b'L', b"long", b"", b"d/long/name\0")
        .file("short", "x")
        .file("d/.wh.a", "")
        .entry(b'3', b"null", b"", b"")
}

/// Where the headers of an archive are; the rest is contents.
fn is_header(block: &[u8; 512]) -> bool {
    &block[257..262] == b"ustar"
}

/// Damage: bytes that are set, a piece that is copied over another, and a cut.
#[derive(Clone, Debug)]
struct Damage {
    set: Vec<(prop::sample::Index, u8)>,
    copy: Option<(prop::sample::Index, prop::sample::Index, usize)>,
    cut: Option<prop::sample::Index>,
}

impl Damage {
    fn any() -> impl Strategy<Value = Self> {
        let byte = prop_oneof![
            any::<u8>(),
            prop::sample::select(vec![
                0, 0xff, 0x80, b'/', b'.', b'0', b'7', b'1', b'2', b'5', b'S'
            ]),
        ];
        let set = prop::collection::vec((any::<prop::sample::Index>(), byte), 0..8);
        let copy = prop::option::weighted(
            0.3,
            (
                any::<prop::sample::Index>(),
                any::<prop::sample::Index>(),
                1..600_usize,
            ),
        );
        let cut = prop::option::weighted(0.2, any::<prop::sample::Index>());
        (set, copy, cut).prop_map(|(set, copy, cut)| Self { set, copy, cut })
    }

    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if let Some((from, to, len)) = &self.copy {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let len = (*len).min(bytes.len() - from.max(to));
            bytes.copy_within(from..from + len, to);
        }
        for (at, byte) in &self.set {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = &self.cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    }

    /// The same to a tar archive, whose headers get right checksums, so that what is behind them is reached.
    fn apply_to_tar(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = self.apply(bytes);
        for block in bytes.as_chunks_mut::<512>().0 {
            if is_header(block) {
                sign(block);
            }
        }
        bytes
    }
}

proptest! {
    #[test]
    fn tar(damage in Damage::any()) {
        check(damage.apply_to_tar(&some_tar().end()));
    }

    #[test]
    fn compressed_tar(damage in Damage::any()) {
        let tar = some_tar().end();
        check(damage.apply(&gzip(&tar)));
        check(damage.apply(&zstd(&tar)));
    }

    #[test]
    fn zips(damage in Damage::any()) {
        let entries = [
            ZipEntry::stored("d/", "").mode(0o040_755),
            ZipEntry::stored("d/a", "stored"),
            ZipEntry::deflated("d/b", vec![7; 3000]),
            ZipEntry::stored("l", "d").mode(0o120_777),
            ZipEntry::deflated("l/c", "through"),
        ];
        check(damage.apply(&zip(&entries)));
    }

    #[test]
    fn layouts(damage in Damage::any()) {
        let whole = layout(&[some_tar(), TarBytes::new().file("d/.wh..wh..opq", "")]).tar();
        check(damage.apply_to_tar(&whole));
    }

    #[test]
    fn layers(damage in Damage::any()) {
        let changed = damage.apply_to_tar(&some_tar().0);
        let mut files = LayoutBytes::new();
        let layers = [Layer::plain(&some_tar()), Layer::plain(&TarBytes(changed))];
        let manifest = files.image(("linux", "amd64"), &layers);
        check(files.index(&[manifest]).tar());
    }

    #[test]
    fn documents(damage in Damage::any()) {
        let mut whole = layout(&[TarBytes::new().file("a", "1")]);
        let at = whole.files.len() - 1;
        whole.files[at].1 = damage.apply(&whole.files[at].1);
        check(whole.tar());
    }

    #[test]
    fn anything(bytes in prop::collection::vec(any::<u8>(), 0..2000), magic in 0..5_usize) {
        let magics: [&[u8]; 5] = [b"", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06"];
        check([magics[magic], &bytes].concat());
    }
}
