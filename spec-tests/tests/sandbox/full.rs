//! A guest that meets a limit is told so, keeps what it has, and goes on.

use guesthouse_spec_tests::{Backend, ByHand, ModuleName};
use guesthouse_vfs::{Limits, MemFs, Tree};
use guesthouse_wasi::abi::Errno::{Fbig, Nospc, Success};

use crate::house::check;

/// Not a divisor of the limit, so that the last write is cut short.
const PIECE: usize = 100_000;

#[test]
fn writing_ends_at_the_limit_and_nothing_is_lost() {
    for backend in Backend::ALL
        .into_iter()
        .filter(|backend| backend.is_limited())
    {
        for name in ModuleName::ALL {
            let ground = backend.ground().unwrap();
            let mut guest = ByHand::new(name, ground.fs()).unwrap();
            let fd = guest.open("create tmp/full").unwrap();
            let mut written = Vec::new();
            let last = loop {
                let piece: Vec<u8> = (0..PIECE).map(|i| (written.len() + i) as u8).collect();
                match guest.write(fd, &piece) {
                    Ok(len) => written.extend_from_slice(&piece[..len as usize]),
                    Err(errno) => break errno,
                }
                assert!(written.len() <= 2 * Backend::MEMORY_BYTES as usize);
            };
            assert_eq!(last, Nospc, "{backend:?}");
            assert_eq!(written.len() as u64, Backend::MEMORY_BYTES, "{backend:?}");
            assert!(
                ground.tree().read("/tmp/full").unwrap() == written,
                "{backend:?}"
            );

            // Names cost nothing of this limit, and the file gives its room back when it is gone.
            check(
                backend,
                &mut guest,
                &[
                    ("mkdir tmp/dir", Success),
                    ("rename tmp/full tmp/dir/full", Success),
                    ("create tmp/more", Success),
                ],
            );
            let more = guest.open("write tmp/more").unwrap();
            assert_eq!(guest.write(more, b"more"), Err(Nospc), "{backend:?}");
            check(backend, &mut guest, &[("unlink tmp/dir/full", Success)]);
            assert_eq!(
                guest.write(more, b"more"),
                Err(Nospc),
                "{backend:?}: it is open still"
            );
            guest.close(fd).unwrap();
            assert_eq!(guest.write(more, b"more"), Ok(4), "{backend:?}");
            assert_eq!(
                guest.contents("tmp/more"),
                Ok(b"more".to_vec()),
                "{backend:?}"
            );
        }
    }
}

#[test]
fn the_number_of_nodes_and_the_size_of_a_file_are_limited() {
    for name in ModuleName::ALL {
        let limits = Limits {
            nodes: 5,
            file_size: 1000,
            ..Limits::default()
        };
        let fs = MemFs::builder().limits(limits).build();
        let mut guest = ByHand::new(name, fs.clone()).unwrap();
        // The root is the first of the five.
        check(
            name,
            &mut guest,
            &[
                ("mkdir dir", Success),
                ("create file", Success),
                ("symlink file link", Success),
                ("create dir/last", Success),
                ("create more", Nospc),
                ("mkdir more", Nospc),
                ("symlink file more", Nospc),
                ("rename file renamed", Success),
                ("unlink link", Success),
                ("mkdir more", Success),
            ],
        );
        let fd = guest.open("write renamed").unwrap();
        assert_eq!(guest.write(fd, &[7; 1500]), Ok(1000));
        assert_eq!(guest.write(fd, &[7]), Err(Fbig));
        assert_eq!(guest.set_size(fd, 1001), Err(Fbig));
        assert_eq!(guest.allocate(fd, 0, u64::from(u32::MAX)), Err(Fbig));
        assert_eq!(Tree::new(fs).read("/renamed").unwrap(), [7; 1000]);
    }
}
