//! What a request costs without HTTP: `cargo bench -p guesthouse-serverless`.
//!
//! `forked` is what the server does: fork the image, instantiate the guest, run it, drop everything. `copied` is the usual way: copy the image to a temporary directory, run the guest
//! on it, delete it. Both use the same engine, and `copied` works in `/dev/shm`, where Linux has it, so that no disk is measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use divan::Bencher;
use guesthouse_serverless::cgi::{Connection, Variables};
use guesthouse_serverless::{Config, Guest, Host, executor, load_image};
use guesthouse_vfs::{CopyOptions, HostFs, MemFs, Tree};
use hyper::Request;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// How many files of 1 KiB the image has besides the site.
const FILES: [usize; 3] = [10, 1000, 10_000];
/// A page without a file, one with three, and a static asset.
const PAGES: [&str; 3] = ["/hello", "/", "/static/style.css"];

fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn image(files: usize) -> Arc<MemFs> {
    let image = load_image(&package("site")).expect("the site is there");
    let tree = Tree::new(image.file_system().clone());
    for number in 0..files {
        let directory = format!("/assets/{}", number / 100);
        tree.create_dir_all(&directory).expect("there is room");
        tree.write(format!("{directory}/{number}.txt"), [b'x'; 1024])
            .expect("there is room");
    }
    image.file_system().clone()
}

struct Setting {
    host: Host,
    executor: Runtime,
    image: Arc<MemFs>,
}

fn setting(files: usize) -> Setting {
    let image = image(files);
    let guest = Guest::File(package("guest/guestbook.wasm"));
    let host = Host::new(&image, &guest, Config::default()).expect("the guest is a module");
    Setting {
        host,
        executor: executor().expect("there are threads"),
        image,
    }
}

fn variables(page: &str) -> Variables {
    let address = "127.0.0.1:80".parse().expect("an address");
    let (head, ()) = Request::get(page)
        .header("Host", "")
        .body(())
        .expect("a request")
        .into_parts();
    Variables::new(
        &head,
        0,
        Connection {
            local: address,
            peer: address,
        },
        None,
    )
    .expect("a path")
}

#[divan::bench(args = PAGES, consts = FILES)]
fn forked<const N: usize>(bencher: Bencher, page: &str) {
    let Setting { host, executor, .. } = setting(N);
    let variables = variables(page);
    bencher.bench_local(|| {
        let task = host
            .task(&variables, Bytes::new())
            .expect("the variables are few");
        let ended = executor.block_on(host.run(task));
        assert!(ended.result.is_ok());
        ended.output
    });
}

/// The fork alone, made and dropped.
#[divan::bench(args = FILES)]
fn fork_only(bencher: Bencher, files: usize) {
    let snapshot = image(files).snapshot();
    bencher.bench_local(|| snapshot.fork());
}

#[divan::bench(args = PAGES, consts = FILES)]
fn copied<const N: usize>(bencher: Bencher, page: &str) {
    let Setting {
        host,
        executor,
        image,
    } = setting(N);
    let variables = variables(page);
    let shared_memory = Path::new("/dev/shm");
    let scratch = if shared_memory.is_dir() {
        tempfile::tempdir_in(shared_memory)
    } else {
        tempfile::tempdir()
    }
    .expect("there is room");
    let (original, copy) = (scratch.path().join("original"), scratch.path().join("copy"));
    Tree::new(image)
        .copy_out("/", &original, CopyOptions::default())
        .expect("there is room");
    bencher.bench_local(|| {
        copy_dir(&original, &copy);
        let root = HostFs::open_ambient(&copy).expect("it is there");
        let task = host
            .task_on(root, &variables, Bytes::new())
            .expect("the variables are few");
        let ended = executor.block_on(host.run(task));
        assert!(ended.result.is_ok());
        fs::remove_dir_all(&copy).expect("it is ours");
        ended.output
    });
}

/// As `cp -r`.
fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir(to).expect("there is room");
    for entry in fs::read_dir(from).expect("it is there") {
        let entry = entry.expect("it is there");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("it is there").is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("there is room");
        }
    }
}
