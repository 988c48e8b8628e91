use super::*;
use crate::abi::functions::FUNCTIONS;
use crate::abi::{Errno, FileType, Filestat};

/// What the trace says of a call of `name`. `during` is what the call does to the guest's memory.
fn line(
    name: &str,
    args: &[u64],
    mem: &mut [u8],
    outcome: CallOutcome,
    during: impl Fn(&mut [u8]),
) -> String {
    line_of(call(name, false, args), mem, outcome, during)
}

fn call<'a>(name: &str, unstable: bool, args: &'a [u64]) -> Call<'a> {
    let index = FUNCTIONS.iter().position(|f| f.name == name).unwrap();
    Call {
        index,
        unstable,
        args,
    }
}

fn line_of(
    call: Call<'_>,
    mem: &mut [u8],
    outcome: CallOutcome,
    during: impl Fn(&mut [u8]),
) -> String {
    let values = call.function().values().count();
    assert_eq!(call.args.len(), values, "{}", call.function().name);
    let mut out = Vec::new();
    let mut trace = Trace::new(&mut out);
    trace.before(call, &&mut *mem);
    during(mem);
    trace.after(call, &&mut *mem, outcome, Duration::ZERO);
    String::from_utf8(out).unwrap()
}

const OK: CallOutcome = CallOutcome::Errno(Errno::Success);

fn put32(mem: &mut [u8], at: usize, values: &[u32]) {
    for (index, value) in values.iter().enumerate() {
        mem[at + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
    }
}

fn nothing(_: &mut [u8]) {}

#[test]
fn a_path_that_is_opened() {
    let mut mem = vec![0; 256];
    mem[8..15].copy_from_slice(b"a/\xc3\xa9.t\n");
    let args = [3, 1, 8, 7, 1 | 8, 0b100_0010 | 1 << 21, 0, 5, 64];
    let text = line("path_open", &args, &mut mem, OK, |mem| put32(mem, 64, &[7]));
    assert_eq!(
        text,
        "path_open(3, symlink_follow, \"a/é.t\\n\", creat|trunc, rw+1, --+0, append|nonblock) = fd 7\n"
    );
    let text = line(
        "path_open",
        &args,
        &mut mem,
        CallOutcome::Errno(Errno::Noent),
        nothing,
    );
    assert!(text.ends_with(" = ENOENT\n"), "{text}");
}

#[test]
fn data_that_is_written_is_cut_short() {
    let mut mem = vec![b'x'; 256];
    put32(&mut mem, 0, &[64, 4, 100, 40]);
    mem[64..68].copy_from_slice(b"\x1b[0\xff");
    let text = line("fd_write", &[1, 0, 2, 32], &mut mem, OK, |mem| {
        put32(mem, 32, &[44]);
    });
    let shown = "x".repeat(28);
    assert_eq!(
        text,
        format!("fd_write(1, \"\\x1b[0\\xff{shown}\"..., 44 bytes) = 44\n")
    );
}

#[test]
fn data_that_was_read_stands_with_the_result() {
    let mut mem = vec![0; 256];
    put32(&mut mem, 0, &[64, 2, 100, 40]);
    let text = line("fd_read", &[0, 0, 2, 32], &mut mem, OK, |mem| {
        mem[64..66].copy_from_slice(b"ab");
        mem[100] = b'c';
        put32(mem, 32, &[3]);
    });
    assert_eq!(text, "fd_read(0, 42) = 3 \"abc\"\n");
}

#[test]
fn a_listing_shows_its_names() {
    let mut mem = vec![0; 256];
    let text = line("fd_readdir", &[4, 16, 100, 0, 8], &mut mem, OK, |mem| {
        put32(mem, 8, &[24 + 1 + 24 + 2 + 10]);
        put32(mem, 16 + 16, &[1]);
        mem[16 + 24] = b'.';
        put32(mem, 16 + 25 + 16, &[2]);
        mem[16 + 49..16 + 51].copy_from_slice(b"ab");
    });
    assert_eq!(text, "fd_readdir(4, 100, 0) = 61 [\".\", \"ab\"]\n");
}

#[test]
fn a_stat_a_seek_and_a_call_without_results() {
    let mut mem = vec![0; 256];
    mem[0] = b'f';
    let stat = Filestat {
        ino: 9,
        size: 12,
        mtim: 34,
        ..Filestat::of_type(FileType::RegularFile)
    };
    let text = line(
        "path_filestat_get",
        &[3, 0, 0, 1, 64],
        &mut mem,
        OK,
        |mem| {
            mem[64..128].copy_from_slice(&stat.encode());
        },
    );
    assert_eq!(
        text,
        "path_filestat_get(3, 0, \"f\") = {regular_file, ino 9, size 12, mtim 34 ns}\n"
    );
    let text = line(
        "fd_seek",
        &[3, (-5_i64).cast_unsigned(), 2, 64],
        &mut mem,
        OK,
        |mem| {
            mem[64..72].copy_from_slice(&7_u64.to_le_bytes());
        },
    );
    assert_eq!(text, "fd_seek(3, -5, end) = 7\n");
    assert_eq!(
        line("fd_close", &[3], &mut mem, OK, nothing),
        "fd_close(3) = ok\n"
    );
}

#[test]
fn a_poll_shows_what_it_waits_for_and_what_came() {
    let mut mem = vec![0; 512];
    mem[16] = 0; // The clock, monotonic, in 5 ns.
    put32(&mut mem, 16, &[1]);
    mem[24] = 5;
    mem[48 + 8] = 1; // Reading descriptor 2.
    put32(&mut mem, 48 + 16, &[2]);
    let text = line("poll_oneoff", &[0, 128, 2, 256], &mut mem, OK, |mem| {
        put32(mem, 256, &[1]);
        mem[128 + 8] = 8;
        mem[128 + 10] = 1;
    });
    assert_eq!(
        text,
        "poll_oneoff([monotonic +5 ns, read 2], 2) = 1 [fd_read: EBADF]\n"
    );
}

#[test]
fn the_name_of_a_preopen_is_its_result() {
    let mut mem = vec![0; 16];
    let text = line("fd_prestat_dir_name", &[3, 8, 1], &mut mem, OK, |mem| {
        mem[8] = b'/';
    });
    assert_eq!(text, "fd_prestat_dir_name(3, 1) = \"/\"\n");
}

#[test]
fn the_older_abi_counts_whence_otherwise() {
    let mut mem = vec![0; 16];
    let text = line_of(call("fd_seek", true, &[4, 6, 0, 0]), &mut mem, OK, nothing);
    assert_eq!(text, "unstable fd_seek(4, 6, cur) = 0\n");
}

#[test]
fn an_end_is_an_end() {
    let mut mem = vec![0; 16];
    let text = line(
        "proc_exit",
        &[3],
        &mut mem,
        CallOutcome::Exit(Exit::Code(3)),
        nothing,
    );
    assert_eq!(text, "proc_exit(3) = ? (the guest ends)\n");
}

/// Every function with addresses that lead nowhere, huge counts, and numbers without a meaning: a line each, and no panic.
#[test]
fn hostile_arguments_are_shown_too() {
    for value in [0, 1, 15, 16, 255, u64::from(u32::MAX), u64::MAX] {
        for function in &FUNCTIONS {
            let args: Vec<u64> = function
                .values()
                .map(|v| {
                    if v == crate::abi::functions::ValueType::I32 {
                        value & 0xffff_ffff
                    } else {
                        value
                    }
                })
                .collect();
            for outcome in [OK, CallOutcome::Errno(Errno::Fault)] {
                let mut mem = vec![0xff; 300];
                let text = line(function.name, &args, &mut mem, outcome, nothing);
                assert!(
                    text.starts_with(function.name) && text.ends_with('\n'),
                    "{text}"
                );
                assert_eq!(text.lines().count(), 1, "{text}");
                assert!(
                    text.len() < 8192,
                    "{} is {} bytes long",
                    function.name,
                    text.len()
                );
            }
        }
    }
}
