//! Files of the host that are neither regular nor directories: they are seen, and never opened.

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use guesthouse_spec_tests::{ByHand, ModuleName};
use guesthouse_vfs::{HostFs, MemFs, MountFs};
use guesthouse_wasi::abi::Errno::{Exist, Inval, Notdir, Notsup, Success};

use crate::house::{House, Layout, check, in_layouts};

/// How long a test takes at most. It takes that long only where something is opened that blocks.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test that must not block.
#[track_caller]
fn without_blocking(test: impl FnOnce() + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    let running = thread::spawn(move || {
        test();
        done.send(()).unwrap();
    });
    match waiting.recv_timeout(PATIENCE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the guest is blocked"),
        _ => running.join().unwrap(),
    }
}

fn fifo(house: &House, path: &str) {
    let made = Command::new("mkfifo").arg(house.inside(path)).status();
    assert!(made.unwrap().success());
}

/// Every way to open it.
fn not_opened(layout: Layout, guest: &mut ByHand, path: &str) {
    for call in [
        "open",
        "open-follow",
        "write",
        "create",
        "truncate",
        "truncate-reading",
        "write-follow",
        "create-follow",
    ] {
        check(layout, guest, &[(&format!("{call} {path}"), Notsup)]);
    }
    check(
        layout,
        guest,
        &[
            (&format!("open-dir {path}"), Notdir),
            (&format!("open {path}/"), Notdir),
            (&format!("open {path}/x"), Notdir),
            (&format!("create-new {path}"), Exist),
            (&format!("mkdir {path}"), Exist),
            (&format!("readlink {path}"), Inval),
            (&format!("rmdir {path}"), Notdir),
            (&format!("stat {path}"), Success),
            (&format!("stat-follow {path}"), Success),
        ],
    );
}

#[test]
fn a_fifo_is_neither_opened_nor_waited_for() {
    without_blocking(|| {
        in_layouts(&Layout::ON_HOST, |layout, house, guest| {
            fifo(house, "fifo");
            not_opened(layout, guest, "fifo");
            check(
                layout,
                guest,
                &[
                    ("symlink fifo link", Success),
                    ("open-follow link", Notsup),
                    ("rename fifo dir/fifo", Success),
                    ("unlink dir/fifo", Success),
                ],
            );
        });
    });
}

#[test]
fn a_socket_is_not_opened() {
    without_blocking(|| {
        in_layouts(&Layout::ON_HOST, |layout, house, guest| {
            let listener = UnixListener::bind(house.inside("socket")).unwrap();
            listener.set_nonblocking(true).unwrap();
            not_opened(layout, guest, "socket");
            assert!(listener.accept().is_err(), "nobody connected");
        });
    });
}

/// `/dev` of the host as a directory: a mistake that must not let a guest act on the machine.
#[test]
fn a_device_of_the_host_is_not_opened() {
    without_blocking(|| {
        for name in ModuleName::ALL {
            let host = HostFs::open_ambient("/dev").unwrap();
            let mount = MountFs::builder(MemFs::new())
                .mount("/dev", host.clone())
                .unwrap();
            let mut guests = [
                (ByHand::new(name, host).unwrap(), ""),
                (ByHand::new(name, mount.build()).unwrap(), "dev/"),
            ];
            for (guest, prefix) in &mut guests {
                for device in ["null", "zero", "tty"] {
                    for call in ["open", "write", "create", "truncate"] {
                        check(
                            name,
                            guest,
                            &[(&format!("{call} {prefix}{device}"), Notsup)],
                        );
                    }
                    check(name, guest, &[(&format!("stat {prefix}{device}"), Success)]);
                }
            }
        }
    });
}
