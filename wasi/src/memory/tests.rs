use std::io::IoSliceMut;

use super::*;

/// A memory as long as one can be, in which every list of buffers is the same: address 0, 2 GiB long.
struct Huge;

impl GuestMemory for Huge {
    fn size(&self) -> u64 {
        1 << 32
    }

    fn read(&self, _address: u32, into: &mut [u8]) -> Result<(), Errno> {
        for (index, byte) in into.iter_mut().enumerate() {
            *byte = if index % 8 == 7 { 0x80 } else { 0 };
        }
        Ok(())
    }

    fn write(&mut self, _address: u32, _bytes: &[u8]) -> Result<(), Errno> {
        Ok(())
    }

    fn slice(&self, _address: u32, _len: u32) -> Option<&[u8]> {
        None
    }

    fn slice_mut(&mut self, _address: u32, _len: u32) -> Option<&mut [u8]> {
        None
    }
}

#[test]
fn more_bytes_than_a_u32_can_say_are_invalid() {
    assert!(Iovecs::<8>::read(&Huge, 0, 1).is_ok());
    assert!(matches!(Iovecs::<8>::read(&Huge, 0, 2), Err(Errno::Inval)));
}

#[test]
fn more_buffers_than_there_is_room_for_are_invalid() {
    let memory = vec![0; 65536];
    assert!(Iovecs::<8>::read(&*memory, 0, 8).is_ok());
    for count in [9, u32::MAX] {
        let list = Iovecs::<8>::read(&*memory, 0, count);
        assert!(matches!(list, Err(Errno::Inval)));
    }
}

#[test]
fn ranges_are_checked_at_both_ends_of_the_address_space() {
    let memory = vec![0; 65536];
    for (address, len, inside) in [
        (0, 0, true),
        (65536, 0, true),
        (65537, 0, false),
        (65535, 1, true),
        (65535, 2, false),
        (0, 65536, true),
        (0, 65537, false),
        (u32::MAX, u32::MAX, false),
        (u32::MAX, 1, false),
        (1, u32::MAX, false),
    ] {
        assert_eq!(check(&*memory, address, len).is_ok(), inside);
        let whole = memory.slice(address, len);
        assert_eq!(whole.is_some(), inside, "{address} {len}");
    }
    assert!(check(&Huge, u32::MAX, 1).is_ok());
    assert!(check(&Huge, u32::MAX, 2).is_err());
}

#[test]
fn arrays_of_any_length_are_checked_as_a_whole() {
    let memory = vec![0; 65536];
    assert!(Array::<48>::new(&*memory, 0, 1365).is_ok());
    assert!(Array::<48>::new(&*memory, 0, 1366).is_err());
    for len in [1 << 28, 1 << 29, u32::MAX] {
        assert!(Array::<48>::new(&*memory, 0, len).is_err());
    }
    let array = Array::<4>::new(&*memory, 65532, 1).unwrap();
    assert_eq!(array.get(&*memory, 0), Ok([0; 4]));
    assert_eq!(array.get(&*memory, 1), Err(Errno::Fault));
}

/// A memory of one page that begins with this list of buffers.
fn memory_with(list: &[(u32, u32)]) -> Vec<u8> {
    let mut memory = vec![0; 65536];
    for (place, (address, len)) in memory.chunks_exact_mut(8).zip(list) {
        place[..4].copy_from_slice(&address.to_le_bytes());
        place[4..].copy_from_slice(&len.to_le_bytes());
    }
    memory
}

/// Fills the buffers by one call or by several, and returns the lengths that each call was given.
fn calls(list: &[(u32, u32)]) -> (Vec<Vec<usize>>, Vec<u8>) {
    let mut memory = memory_with(list);
    let count = u32::try_from(list.len()).unwrap();
    let iovecs = Iovecs::<8>::read(&*memory, 0, count).unwrap();
    let mut calls = Vec::new();
    let mut next = 0;
    let filled = iovecs.scatter_at_once(&mut *memory, |bufs, _| {
        calls.push(bufs.iter().map(|buf| buf.len()).collect());
        let mut count = 0;
        for byte in bufs.iter_mut().flat_map(|buf| buf.iter_mut()) {
            next += 1;
            *byte = next;
            count += 1;
        }
        Ok::<usize, Errno>(count)
    });
    assert_eq!(filled, Ok(iovecs.total()));
    (calls, memory)
}

#[test]
fn buffers_that_do_not_overlap_are_filled_at_once_whatever_their_order() {
    let (lengths, memory) = calls(&[(1004, 2), (1000, 4), (0, 0), (2000, 1), (1006, 3)]);
    assert_eq!(lengths, [[2, 4, 0, 1, 3]]);
    assert_eq!(memory[1000..1009], [3, 4, 5, 6, 1, 2, 8, 9, 10]);
    assert_eq!(memory[2000..2002], [7, 0]);
    assert_eq!(calls(&[(0, 0), (65536, 0)]).0, [[0, 0]]);
}

#[test]
fn buffers_that_overlap_are_filled_one_by_one() {
    for list in [
        [(1000, 4), (1003, 4)],
        [(1003, 4), (1000, 4)],
        [(1000, 8), (1002, 2)],
        [(1002, 2), (1000, 8)],
        [(1000, 4), (1000, 4)],
    ] {
        let (lengths, _) = calls(&list);
        let [(_, first), (_, second)] = list;
        assert_eq!(lengths, [[first as usize], [second as usize]], "{list:?}");
    }
}

/// [`Huge`]'s opposite: a memory of one page that has no slices.
struct Copied(Vec<u8>);

impl GuestMemory for Copied {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Errno> {
        self.0.read(address, into)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.0.write(address, bytes)
    }

    fn slice(&self, _address: u32, _len: u32) -> Option<&[u8]> {
        None
    }

    fn slice_mut(&mut self, _address: u32, _len: u32) -> Option<&mut [u8]> {
        None
    }
}

/// Takes as many bytes from the front of `source` as there is room for in `bufs`.
fn take(source: &[u8], before: u32, bufs: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
    let mut left = &source[(before as usize).min(source.len())..];
    bufs.iter_mut()
        .map(|buf| std::io::Read::read(&mut left, buf).map_err(|_| Errno::Io))
        .sum()
}

#[test]
fn any_list_of_buffers_ends_as_if_it_were_filled_byte_by_byte() {
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % below).unwrap()
    };
    for _ in 0..3000 {
        // Few places for them, so that about half of the lists overlap; now and then one that is longer than what is moved at a time.
        let count = random(9) as usize;
        let list: Vec<(u32, u32)> = (0..count)
            .map(|_| match random(20) {
                0 => (1000 + random(30_000), 5000 + random(9000)),
                _ => (1000 + 16 * random(200), random(40)),
            })
            .collect();
        let source: Vec<u8> = (0..random(60_000)).map(|i| (i % 251) as u8).collect();

        let mut expected = memory_with(&list);
        let places = list.iter().flat_map(|(at, len)| *at..*at + *len);
        let mut filled = 0;
        for (place, byte) in places.zip(&source) {
            expected[place as usize] = *byte;
            filled += 1;
        }

        let count = u32::try_from(count).unwrap();
        let mut memory = memory_with(&list);
        let iovecs = Iovecs::<8>::read(&*memory, 0, count).unwrap();
        let answer =
            iovecs.scatter_at_once(&mut *memory, |bufs, before| take(&source, before, bufs));
        assert_eq!(answer, Ok(filled), "{list:?}");
        assert!(memory == expected, "{list:?}");

        let mut memory = Copied(memory_with(&list));
        let answer =
            iovecs.scatter_at_once(&mut memory, |bufs, before| take(&source, before, bufs));
        assert_eq!(answer, Ok(filled), "{list:?}");
        assert!(memory.0 == expected, "{list:?}");
    }
}
