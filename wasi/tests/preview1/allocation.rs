//! What a call may allocate on the host: nothing where bytes are moved, and little anywhere.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use guesthouse_wasi::abi::Whence;
use guesthouse_wasi::{Stop, WasiCtx};

use crate::faulty_fs::Faulty;
use crate::guest::{Guest, MemoryKind, Open, ROOT};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts what each thread asks for.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: usize) {
    // A thread that is ending counts no more.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    let _ = BYTES.try_with(|total| total.set(total.get().saturating_add(bytes)));
}

// SAFETY: each method passes its arguments on to the system's allocator as they are.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`; the memory came from the system's allocator.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size);
        // SAFETY: the caller keeps the contract of `realloc`; the memory came from the system's allocator.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

/// What a call answered, and how often and how many bytes it allocated.
pub(crate) fn measured(
    guest: &mut Guest,
    name: &str,
    args: &[u64],
) -> (Result<(), Stop>, usize, usize) {
    let before = (COUNT.get(), BYTES.get());
    let answer = guest.stop(name, args);
    (answer, COUNT.get() - before.0, BYTES.get() - before.1)
}

fn allocations(guest: &mut Guest, name: &str, args: &[u64]) -> usize {
    let (answer, count, _) = measured(guest, name, args);
    assert!(answer.is_ok(), "{name} answered {answer:?}");
    count
}

#[test]
fn the_counter_counts() {
    let before = COUNT.get();
    drop(vec![1_u8; 100]);
    assert_eq!(COUNT.get() - before, 1);
}

#[test]
fn moving_bytes_allocates_nothing() {
    for kind in [MemoryKind::Slices, MemoryKind::Copies] {
        let (_, fs) = Faulty::new().into_fs();
        let mut guest = Guest::new(WasiCtx::builder().root(fs), kind);
        let fd = guest.open(ROOT, "file", Open::READ_WRITE).unwrap();
        let large = vec![1; 20_000];
        assert_eq!(guest.pwrite(fd, &[&large], 0), Ok(20_000));
        let fd = u64::from(fd);
        for count in [0, 1, 2, 8, 9, 64, 65, 1024] {
            let at = guest.put(&[7; 16]);
            let [iovs, len] = guest.iovecs(&vec![(at, 16); count]);
            for (name, args) in [
                ("fd_pread", &[fd, iovs, len, 0, 64][..]),
                ("fd_pwrite", &[fd, iovs, len, 0, 64]),
                ("fd_seek", &[fd, 0, Whence::Set.to_wire().into(), 64]),
                ("fd_read", &[fd, iovs, len, 64]),
                ("fd_seek", &[fd, 0, Whence::Set.to_wire().into(), 64]),
                ("fd_write", &[fd, iovs, len, 64]),
                ("fd_seek", &[fd, 0, Whence::End.to_wire().into(), 64]),
                ("fd_read", &[0, iovs, len, 64]),
                ("fd_write", &[1, iovs, len, 64]),
            ] {
                let allocated = allocations(&mut guest, name, args);
                assert_eq!(allocated, 0, "{name} with {count} buffers, {kind:?}");
            }
        }
        let buffer = guest.room(20_000);
        let [iovs, len] = guest.iovecs(&[(buffer, 20_000)]);
        assert_eq!(
            allocations(&mut guest, "fd_pread", &[fd, iovs, len, 0, 64]),
            0
        );
        assert_eq!(
            allocations(&mut guest, "fd_pwrite", &[fd, iovs, len, 0, 64]),
            0
        );
    }
}

#[test]
fn small_calls_allocate_nothing() {
    let (_, fs) = Faulty::new().into_fs();
    let mut guest = Guest::new(WasiCtx::builder().root(fs).arg("a"), MemoryKind::Slices);
    let fd = guest.open(ROOT, "file", Open::READ_WRITE).unwrap();
    for (name, args) in [
        ("args_get", &[64, 128][..]),
        ("args_sizes_get", &[64, 68]),
        ("clock_time_get", &[1, 0, 64]),
        ("clock_res_get", &[1, 64]),
        ("fd_fdstat_get", &[fd.into(), 64]),
        ("fd_fdstat_set_flags", &[fd.into(), 0]),
        ("fd_filestat_get", &[fd.into(), 64]),
        ("fd_prestat_get", &[3, 64]),
        ("fd_prestat_dir_name", &[3, 64, 1]),
        ("fd_tell", &[fd.into(), 64]),
        ("random_get", &[64, 100]),
        ("fd_close", &[2]),
    ] {
        assert_eq!(allocations(&mut guest, name, args), 0, "{name}");
    }
}
