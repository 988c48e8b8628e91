//! What documents cost that are named again and again: a process of its own, so that nothing else shows in its peak.
#![cfg(target_os = "linux")]

use guesthouse_image::{Image, ImageErrorKind, ImageOptions};
use sha2::{Digest, Sha256};

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .expect("a number")
        .trim()
        .parse::<u64>()
        .expect("a number")
        * 1024
}

/// All configurations were kept until one was chosen, and a name for each image: gigabytes out of 8 MiB.
#[test]
fn documents_that_are_named_again_and_again_cost_no_more_than_one() {
    const LIMIT: u64 = 256 << 20;
    let dir = tempfile::tempdir().expect("a directory");
    let write = |path: &str, text: &str| std::fs::write(dir.path().join(path), text);
    let env = vec![r#""""#; 1_300_000].join(",");
    write("c.json", &format!(r#"{{"config":{{"Env":[{env}]}}}}"#)).expect("a file");
    let images = [r#"{"Config":"c.json","Layers":[]}"#; 12].join(",");
    write("manifest.json", &format!("[{images}]")).expect("a file");
    let before = peak();
    let error = Image::open(dir.path(), &ImageOptions::new()).expect_err("many images");
    assert_eq!(error.kind(), ImageErrorKind::NoMatch, "{error}");
    let taken = peak() - before;
    assert!(taken <= LIMIT, "it took {taken} bytes");

    let dir = tempfile::tempdir().expect("a directory");
    let write = |path: &str, text: &str| std::fs::write(dir.path().join(path), text);
    std::fs::create_dir_all(dir.path().join("blobs/sha256")).expect("a directory");
    write("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a file");
    let descriptor = |kind: &str, digest: &str, more: &str| {
        let media_type = format!("application/vnd.oci.image.{kind}.v1+json");
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":LEN{more}}}"#)
    };
    let manifests: Vec<_> = (0..150)
        .map(|at| descriptor("manifest", &at.to_string(), "").replace("LEN", "0"))
        .collect();
    let list = format!(r#"{{"manifests":[{}]}}"#, manifests.join(","));
    let digest: String = Sha256::digest(list.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    write(&format!("blobs/sha256/{digest}"), &list).expect("a file");
    let name = "n".repeat(4_000_000);
    let names = format!(r#","annotations":{{"org.opencontainers.image.ref.name":"{name}"}}"#);
    let index = descriptor("index", &format!("sha256:{digest}"), &names)
        .replace("LEN", &list.len().to_string());
    write("index.json", &format!(r#"{{"manifests":[{index}]}}"#)).expect("a file");
    let before = peak();
    Image::open(dir.path(), &ImageOptions::new()).expect_err("manifests that are not there");
    let taken = peak() - before;
    assert!(taken <= LIMIT, "it took {taken} bytes");
}
