//! Builds small archives and container images of every format, honest and hostile ones.
#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a name in an archive stands for.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Dir,
    File(&'a str),
    Symlink(&'a str),
    HardLink(&'a str),
    Device,
}

/// The time of last modification of everything, in seconds.
pub(crate) const MODIFIED: u64 = 1_000_000_000;

/// A tar with these entries, whatever their names are.
pub(crate) fn tar<N: AsRef<[u8]>>(entries: &[(N, Item<'_>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, item) in entries {
        let (kind, mode, contents, target) = match item {
            Item::Dir => (tar::EntryType::Directory, 0o755, "", ""),
            Item::File(contents) => (tar::EntryType::Regular, 0o644, *contents, ""),
            Item::Symlink(target) => (tar::EntryType::Symlink, 0o777, "", *target),
            Item::HardLink(target) => (tar::EntryType::Link, 0o644, "", *target),
            Item::Device => (tar::EntryType::Char, 0o666, "", ""),
        };
        let name = name.as_ref();
        let mut header = tar::Header::new_ustar();
        // Past the checks of `set_path`: hostile names are wanted, too.
        let fields = header.as_ustar_mut().expect("a header of this kind");
        fields.name[..name.len()].copy_from_slice(name);
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(MODIFIED);
        header.set_size(contents.len() as u64);
        header.set_cksum();
        archive
            .append(&header, contents.as_bytes())
            .expect("written to memory");
    }
    archive.into_inner().expect("written to memory")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("written to memory");
    gzip.finish().expect("written to memory")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// A zip with these files, stored as they are.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, contents) in files {
        let mut crc = Crc::new();
        crc.update(contents.as_bytes());
        let (offset, size) = (as_u32(body.len()), as_u32(contents.len()).to_le_bytes());
        // Version 2.0, no flags, stored, 2001-09-09.
        let mut fields = [20, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x2b].to_vec();
        fields.extend(crc.sum().to_le_bytes());
        fields.extend(size.iter().chain(&size));
        fields.extend(as_u16(name.len()).to_le_bytes());
        fields.extend([0, 0]);
        body.extend(b"PK\x03\x04");
        body.extend(&fields);
        body.extend(name.bytes().chain(contents.bytes()));
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
    }
    let count = as_u16(files.len()).to_le_bytes();
    let (at, len) = (as_u32(body.len()), as_u32(directory.len()));
    body.extend(directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend(count.iter().chain(&count));
    body.extend(len.to_le_bytes());
    body.extend(at.to_le_bytes());
    body.extend([0, 0]);
    body
}

fn as_u16(number: usize) -> u16 {
    number.try_into().expect("a small archive")
}

fn as_u32(number: usize) -> u32 {
    number.try_into().expect("a small archive")
}

/// Makes an OCI image layout in `dir` of these layers, the lowest first.
pub(crate) fn oci_layout(dir: &Path, layers: &[Vec<u8>]) {
    let blobs = dir.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("a folder");
    let blob = |bytes: &[u8], media_type: &str| -> Value {
        let digest = hex(bytes);
        fs::write(blobs.join(&digest), bytes).expect("a blob");
        json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len()})
    };
    let config = json!({
        "architecture": "wasm", "os": "wasip1", "config": {"Env": ["A=1"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids(layers)},
    });
    let config = blob(
        config.to_string().as_bytes(),
        "application/vnd.oci.image.config.v1+json",
    );
    let layers: Vec<Value> = layers
        .iter()
        .map(|layer| blob(&gzip(layer), "application/vnd.oci.image.layer.v1.tar+gzip"))
        .collect();
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers});
    let manifest = blob(manifest.to_string().as_bytes(), manifest_type);
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    fs::write(dir.join("index.json"), index.to_string()).expect("the index");
    fs::write(dir.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("the mark");
}

/// The same as an archive of the older kind that `docker save` writes.
pub(crate) fn docker_save(layers: &[Vec<u8>]) -> Vec<u8> {
    let names: Vec<String> = (0..layers.len())
        .map(|index| format!("{index}/layer.tar"))
        .collect();
    let config = json!({
        "architecture": "wasm", "os": "wasip1",
        "rootfs": {"type": "layers", "diff_ids": diff_ids(layers)},
    });
    let manifest = json!([{"Config": "config.json", "RepoTags": ["app:1"], "Layers": names}]);
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, bytes)
            .expect("written to memory");
    };
    for (name, layer) in names.iter().zip(layers) {
        add(name, layer);
    }
    add("config.json", config.to_string().as_bytes());
    add("manifest.json", manifest.to_string().as_bytes());
    archive.into_inner().expect("written to memory")
}

/// A directory of the host as a tar.
pub(crate) fn tar_of_dir(dir: &Path) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_dir_all(".", dir).expect("a readable folder");
    archive.into_inner().expect("written to memory")
}

fn diff_ids(layers: &[Vec<u8>]) -> Vec<String> {
    layers
        .iter()
        .map(|layer| format!("sha256:{}", hex(layer)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
