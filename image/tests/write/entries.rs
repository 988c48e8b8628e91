use std::collections::BTreeMap;
use std::io::Read;

use tar::EntryType;

/// An entry of an archive, as the crate `tar` reads it, but for holes, which it does not know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: EntryType,
    pub(crate) mode: u32,
    pub(crate) link: Option<Vec<u8>>,
    /// The length of the file with its holes.
    pub(crate) size: u64,
    /// Empty for a file of a gigabyte and more.
    pub(crate) contents: Vec<u8>,
    /// Nanoseconds since the epoch.
    pub(crate) modified: i64,
    pub(crate) sparse: bool,
}

/// The entries in order.
pub(crate) fn entries(archive: &[u8]) -> Vec<Found> {
    let mut reader = tar::Archive::new(archive);
    let found = reader.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut records = BTreeMap::new();
        for record in entry.pax_extensions().unwrap().into_iter().flatten() {
            let record = record.unwrap();
            let key = record.key().unwrap().to_owned();
            records.insert(key, record.value_bytes().to_vec());
        }
        let header = entry.header();
        let mut found = Found {
            name: entry.path_bytes().into_owned(),
            kind: header.entry_type(),
            mode: header.mode().unwrap(),
            link: entry.link_name_bytes().map(|name| name.into_owned()),
            size: entry.size(),
            contents: Vec::new(),
            modified: header.mtime().unwrap() as i64 * 1_000_000_000,
            sparse: records.contains_key("GNU.sparse.major"),
        };
        if let Some(time) = records.get("mtime") {
            found.modified = nanos_of(str::from_utf8(time).unwrap());
        }
        entry.read_to_end(&mut found.contents).unwrap();
        if found.sparse {
            restore_holes(&mut found, &records);
        }
        found
    });
    found.collect()
}

/// The entries by name; no name may come twice.
pub(crate) fn by_name(archive: &[u8]) -> BTreeMap<Vec<u8>, Found> {
    let mut found = BTreeMap::new();
    for entry in entries(archive) {
        assert_eq!(found.insert(entry.name.clone(), entry), None);
    }
    found
}

fn restore_holes(found: &mut Found, records: &BTreeMap<String, Vec<u8>>) {
    let version = [
        &records["GNU.sparse.major"][..],
        &records["GNU.sparse.minor"],
    ];
    assert_eq!(version, [b"1", b"0"]);
    if let Some(name) = records.get("GNU.sparse.name") {
        assert_eq!(found.name, b"GNUSparseFile.0/file");
        found.name = name.clone();
    }
    found.size = number(&records["GNU.sparse.realsize"]);
    let stored = std::mem::take(&mut found.contents);
    let mut lines = stored.split(|&byte| byte == b'\n').map(<[u8]>::to_vec);
    let mut next = || lines.next().unwrap();
    let count = next();
    let mut list_len = count.len() + 1;
    let mut pieces = Vec::new();
    for _ in 0..number(&count) {
        let (offset, len) = (next(), next());
        list_len += offset.len() + len.len() + 2;
        pieces.push((number(&offset), number(&len)));
    }
    let (list, mut stored) = stored.split_at(list_len.next_multiple_of(512));
    assert!(list[list_len..].iter().all(|&byte| byte == 0));
    assert!(pieces.is_sorted());
    let last = pieces.last().unwrap();
    assert_eq!(last.0 + last.1, found.size);
    if found.size < 1 << 30 {
        found.contents = vec![0; found.size as usize];
        for (offset, len) in pieces {
            let (piece, rest) = stored.split_at(len as usize);
            found.contents[offset as usize..][..piece.len()].copy_from_slice(piece);
            stored = rest;
        }
        assert_eq!(stored, b"");
    }
}

fn number(digits: &[u8]) -> u64 {
    str::from_utf8(digits).unwrap().parse().unwrap()
}

fn nanos_of(decimal: &str) -> i64 {
    let (sign, decimal) = match decimal.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, decimal),
    };
    let (seconds, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let nanos: i128 = format!("{seconds}{fraction:0<9}").parse().unwrap();
    i64::try_from(sign * nanos).unwrap()
}
