//! Open files.

use std::io::{IoSlice, IoSliceMut};

use crate::ground::{Ground, READ, READ_WRITE, WRITE, on_every_ground, p, read_at, write_at};
use guesthouse_vfs::{Advice, Errno, FileSystem, OpenOptions, SyncKind};

on_every_ground! {
    reading_and_writing_go_by_offset
    several_buffers_are_one_range
    more_buffers_than_the_kernel_takes_are_a_short_count
    a_gap_reads_as_zeros
    appending_goes_to_the_end
    appends_of_many_threads_do_not_overlap
    appending_moves_no_offset_of_writing
    the_length_can_be_set
    space_can_be_reserved
    a_file_outlives_its_name
    what_is_written_is_synced
    advice_is_taken
    offsets_past_the_largest_are_invalid
}

fn reading_and_writing_go_by_offset(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    assert_eq!(write_at(&file, 0, b"hello world"), 11);
    assert_eq!(write_at(&file, 6, b"there"), 5);
    assert_eq!(read_at(&file, 0, 100), b"hello there");
    assert_eq!(read_at(&file, 11, 100), b"");
    assert_eq!(read_at(&file, 1 << 40, 100), b"");
    assert_eq!(read_at(&file, 3, 2), b"lo");
}

fn several_buffers_are_one_range(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    let written = file.write_at(
        &[
            IoSlice::new(b"ab"),
            IoSlice::new(b""),
            IoSlice::new(b"cdef"),
        ],
        1,
    );
    assert_eq!(written, Ok(6));
    let (mut one, mut two, mut three) = ([0; 3], [0; 0], [0; 9]);
    let mut bufs = [
        IoSliceMut::new(&mut one),
        IoSliceMut::new(&mut two),
        IoSliceMut::new(&mut three),
    ];
    assert_eq!(file.read_at(&mut bufs, 0), Ok(7));
    assert_eq!((&one, &three[..4]), (b"\0ab", &b"cdef"[..]));
    assert_eq!(file.read_at(&mut [], 0), Ok(0));
    assert_eq!(file.write_at(&[], 0), Ok(0));
}

fn more_buffers_than_the_kernel_takes_are_a_short_count(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    let byte = [b'x'];
    let many = vec![IoSlice::new(&byte); 3000];
    let mut written = 0;
    while written < many.len() {
        let count = file.write_at(&many[written..], written as u64);
        let count = count.expect("writing");
        assert!(count > 0);
        written += count;
    }
    assert_eq!(ground.read("file"), "x".repeat(3000));
    let mut bytes = vec![0; 3000];
    let mut bufs: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    let count = file.read_at(&mut bufs, 0).expect("reading");
    assert!(count > 0);
    assert!(bytes[..count].iter().all(|&b| b == b'x'));
    let (end, count) = file.append(&many).expect("appending");
    assert_eq!(end, 3000 + count as u64);
}

fn a_gap_reads_as_zeros(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    write_at(&file, 5, b"x");
    assert_eq!(read_at(&file, 0, 10), b"\0\0\0\0\0x");
}

fn appending_goes_to_the_end(ground: &Ground) {
    ground.put("file", "one");
    let file = ground.file("file", WRITE);
    assert_eq!(file.append(&[IoSlice::new(b"two")]), Ok((6, 3)));
    let pieces = [IoSlice::new(b"three"), IoSlice::new(b"!")];
    assert_eq!(file.append(&pieces), Ok((12, 6)));
    assert_eq!(file.append(&[]), Ok((12, 0)));
    assert_eq!(file.append(&[IoSlice::new(b"")]), Ok((12, 0)));
    assert_eq!(ground.read("file"), "onetwothree!");
    let reading = ground.file("file", READ);
    assert_eq!(reading.append(&[IoSlice::new(b"x")]), Err(Errno::BadFd));
}

/// A hammer: each thread appends through its own handle and through one that all share; every record is whole, and where the call said.
fn appends_of_many_threads_do_not_overlap(ground: &Ground) {
    ground.put("file", "");
    let shared = ground.file("file", WRITE);
    let ends = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let shared = &shared;
                scope.spawn(move || {
                    let own = ground.file("file", WRITE);
                    let mut ends = Vec::new();
                    for round in 0..300 {
                        let record = format!("<{thread}:{round}>");
                        let file = if round % 2 == 0 { shared } else { &own };
                        let (end, written) = file
                            .append(&[IoSlice::new(record.as_bytes())])
                            .expect("appending");
                        assert_eq!(written, record.len());
                        ends.push((end, record));
                    }
                    ends
                })
            })
            .collect();
        let ends = threads.into_iter().map(|t| t.join().expect("a thread"));
        ends.flatten().collect::<Vec<_>>()
    });
    let text = ground.read("file");
    let total: usize = ends.iter().map(|(_, record)| record.len()).sum();
    assert_eq!(text.len(), total);
    for (end, record) in ends {
        let end = usize::try_from(end).expect("a small file");
        assert_eq!(&text[end - record.len()..end], record);
    }
}

fn appending_moves_no_offset_of_writing(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    file.append(&[IoSlice::new(b"aaaa")]).expect("appending");
    write_at(&file, 0, b"b");
    file.append(&[IoSlice::new(b"cc")]).expect("appending");
    assert_eq!(read_at(&file, 0, 10), b"baaacc");
}

fn the_length_can_be_set(ground: &Ground) {
    ground.put("file", "hello");
    let file = ground.file("file", READ_WRITE);
    file.set_len(2).expect("cut");
    assert_eq!(read_at(&file, 0, 10), b"he");
    file.set_len(4).expect("grown");
    assert_eq!(read_at(&file, 0, 10), b"he\0\0");
    let reading = ground.file("file", READ);
    assert_eq!(reading.set_len(0), Err(Errno::Invalid));
}

fn space_can_be_reserved(ground: &Ground) {
    ground.put("file", "hello");
    let file = ground.file("file", READ_WRITE);
    let allocated = file.allocate(2, 10_000);
    if cfg!(all(target_os = "linux", not(guesthouse_portable))) {
        assert_eq!(allocated, Ok(()));
        let metadata = file.metadata().expect("metadata");
        assert_eq!(metadata.size, 10_002);
        assert!(metadata.allocated >= 10_000);
    } else {
        // There is no portable call for it.
        assert_eq!(allocated, Err(Errno::NotSupported));
    }
    assert_eq!(read_at(&file, 0, 5), b"hello");
}

fn a_file_outlives_its_name(ground: &Ground) {
    ground.put("file", "hello");
    let file = ground.file("file", READ_WRITE);
    let fs = &ground.fs;
    fs.unlink(p("file").act(fs.root())).expect("removed");
    write_at(&file, 5, b"!");
    assert_eq!(read_at(&file, 0, 10), b"hello!");
    assert_eq!(file.metadata().expect("metadata").nlink, 0);
}

fn what_is_written_is_synced(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    write_at(&file, 0, b"x");
    file.sync(SyncKind::Data).expect("synced");
    file.sync(SyncKind::All).expect("synced");
}

fn advice_is_taken(ground: &Ground) {
    ground.put("file", "hello");
    let file = ground.file("file", READ);
    for advice in [
        Advice::Normal,
        Advice::Sequential,
        Advice::Random,
        Advice::WillNeed,
        Advice::DontNeed,
        Advice::NoReuse,
    ] {
        file.advise(0, 0, advice).expect("taken");
        file.advise(1, 3, advice).expect("taken");
    }
}

fn offsets_past_the_largest_are_invalid(ground: &Ground) {
    let file = ground.file("file", OpenOptions::create());
    let largest = i64::MAX.unsigned_abs();
    let one = [IoSlice::new(b"x")];
    assert_eq!(file.write_at(&one, largest + 1), Err(Errno::Invalid));
    assert!(matches!(
        file.write_at(&one, largest),
        Err(Errno::FileTooBig | Errno::Invalid)
    ));
    assert_eq!(file.set_len(largest + 1), Err(Errno::Invalid));
    assert_eq!(file.metadata().expect("metadata").size, 0);
}
