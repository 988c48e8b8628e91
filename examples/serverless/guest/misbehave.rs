//! What a guest may do wrong. Whatever it is, other requests must not notice.

use std::arch::wasm32::memory_grow;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write};
use std::process;
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::answer::{Answer, Failure};

pub fn page(name: &str) -> Result<Answer, Failure> {
    match name {
        "loop" => loop {
            black_box(());
        },
        "sleep" => {
            thread::sleep(Duration::from_secs(3600));
            Ok(Answer::text("awake\n"))
        }
        "nap" => {
            thread::sleep(Duration::from_millis(300));
            Ok(Answer::text("awake\n"))
        }
        "fill" => fill(),
        "names" => names(),
        "memory" => memory(),
        "remains" => Ok(Answer::text(remains())),
        "crash" => panic!("on purpose"),
        "recurse" => Ok(Answer::text(format!("{}\n", recurse(1)))),
        "exit" => {
            // The answer is well-formed, but its author says that it failed.
            Answer::text("half an ans").write(&mut io::stdout())?;
            process::exit(3)
        }
        "silence" => process::exit(0),
        "garbage" => {
            io::stdout().write_all(b"\x7fELF this is no header\n\nno body")?;
            process::exit(0)
        }
        "split" => {
            io::stdout()
                .write_all(b"Content-Type: text/plain\r\nX-Bad: a\rSet-Cookie: b\r\n\r\nbody")?;
            process::exit(0)
        }
        "flood" => loop {
            io::stdout().write_all(&[b'x'; 4096])?;
        },
        "plenty" => Ok(Answer::text(vec![b'x'; 24 << 20])),
        "noise" => {
            for number in 0..100_000 {
                // The host stops listening at some point, and says so.
                if writeln!(io::stderr(), "complaint {number}\x1b[31m").is_err() {
                    break;
                }
            }
            Ok(Answer::text("quiet now\n"))
        }
        _ => Err(Failure::new(404, "no such page")),
    }
}

/// Writes until the disk is full, and says how much went in.
fn fill() -> Result<Answer, Failure> {
    let mut file = File::create("/filled")?;
    let mut written = 0;
    let error = loop {
        match file.write(&[1; 65536]) {
            Ok(0) => break io::Error::from(io::ErrorKind::WriteZero),
            Ok(len) => written += len,
            Err(error) => break error,
        }
    };
    Ok(Answer::text(format!("{written} bytes: {}\n", error.kind())))
}

/// Makes files until there may be no more, and says how many.
fn names() -> Result<Answer, Failure> {
    fs::create_dir("/names")?;
    let mut made = 0;
    let error = loop {
        match File::create(format!("/names/{made}")) {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
    };
    Ok(Answer::text(format!("{made} files: {}\n", error.kind())))
}

/// Takes memory until there is no more, and says how much there was; the last megabyte is left.
fn memory() -> Result<Answer, Failure> {
    let mut taken = Vec::new();
    loop {
        let mut block: Vec<u8> = Vec::new();
        if block.try_reserve_exact(1 << 20).is_err() {
            break;
        }
        block.resize(1 << 20, 1);
        taken.push(block);
    }
    let megabytes = taken.len();
    drop(taken);
    Ok(Answer::text(format!("{megabytes} MiB\n")))
}

/// Looks for what another guest has left: in a static variable, and in memory that is fresh. Leaves something itself in both.
fn remains() -> String {
    static VISITS: AtomicU32 = AtomicU32::new(0);
    const PAGES: usize = 100;
    const PAGE: usize = 65536;

    let visits = VISITS.fetch_add(1, Ordering::Relaxed);
    let first = memory_grow::<0>(PAGES);
    assert!(first != usize::MAX, "no memory");
    // SAFETY: this is the memory that has just been added, so that it exists and nothing else uses it.
    let fresh = unsafe { slice::from_raw_parts_mut((first * PAGE) as *mut u8, PAGES * PAGE) };
    let used = fresh.iter().filter(|byte| **byte != 0).count();
    fresh.fill(0xab);
    format!("{visits} visits and {used} bytes remain\n")
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX {
        0
    } else {
        recurse(depth + 1) + frame[63]
    }
}
