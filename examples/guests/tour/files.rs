//! The stops that are about what is in files.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::unix::fs::{FileExt, MetadataExt};
#[cfg(target_os = "wasi")]
use std::os::wasi::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::Outcome;
use crate::tree::{crc32, rooms, walk};

pub fn build(root: &Path) -> Outcome {
    fs::create_dir(root)?;
    let mut total = 0;
    for (path, contents) in rooms() {
        let path = root.join(path);
        fs::create_dir_all(path.parent().ok_or("a room has no parent")?)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        // Small pieces of uneven length, so that writes straddle the pages of whatever is below.
        for piece in contents.chunks(3001) {
            file.write_all(piece)?;
        }
        file.sync_all()?;
        total += contents.len();
    }
    let found = walk(root)?;
    let files = found.values().flatten().count();
    check!(
        files == 12 && found.len() == 29,
        "{files} files in {} entries",
        found.len()
    );
    check!(
        found.values().flatten().sum::<u64>() == total as u64,
        "sizes do not add up to {total}"
    );
    Ok(format!(
        "{files} files in {} directories, {total} bytes",
        found.len() - files
    ))
}

pub fn read_back(root: &Path) -> Outcome {
    let mut all = Vec::new();
    for (path, contents) in rooms() {
        let read = fs::read(root.join(&path))?;
        check!(
            read == contents,
            "{path}: {} bytes with crc32 {:08x}",
            read.len(),
            crc32(&read)
        );
        all.extend(read);
    }
    Ok(format!("crc32 {:08x} over all of them", crc32(&all)))
}

pub fn append(root: &Path) -> Outcome {
    let path = root.join("guests.txt");
    for (index, guest) in ["Ada", "Grace", "Barbara", "Frances"].iter().enumerate() {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        // An appending descriptor writes at the end, wherever it was sought to.
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{} {guest}", index + 1)?;
    }
    let text = fs::read_to_string(&path)?;
    check!(
        text == "1 Ada\n2 Grace\n3 Barbara\n4 Frances\n",
        "the book reads {text:?}"
    );
    Ok(format!("{} lines in the guest book", text.lines().count()))
}

pub fn seek(root: &Path) -> Outcome {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(root.join("sparse.bin"))?;
    file.seek(SeekFrom::Start(1 << 20))?;
    file.write_all(b"far end")?;
    check!(
        file.metadata()?.len() == (1 << 20) + 7,
        "length is {}",
        file.metadata()?.len()
    );
    check!(
        file.seek(SeekFrom::Current(-7))? == 1 << 20,
        "the offset is wrong"
    );
    check!(
        file.seek(SeekFrom::Current(-2_000_000)).is_err(),
        "an offset below zero was accepted"
    );
    check!(
        file.stream_position()? == 1 << 20,
        "a failed seek moved the offset"
    );
    let mut far = String::new();
    file.read_to_string(&mut far)?;
    check!(far == "far end", "the far end reads {far:?}");
    file.seek(SeekFrom::End(-(1 << 19)))?;
    let mut hole = vec![1; 4096];
    file.read_exact(&mut hole)?;
    check!(hole.iter().all(|byte| *byte == 0), "the hole is not zero");
    Ok("a hole of 1048576 bytes reads as zeros".into())
}

pub fn positional(root: &Path) -> Outcome {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(root.join("cards.txt"))?;
    file.write_all(b"..........")?;
    for offset in [6, 0, 3] {
        check!(
            file.write_at(&[b'0' + offset], u64::from(offset))? == 1,
            "nothing was written at {offset}"
        );
    }
    check!(
        file.stream_position()? == 10,
        "writing at an offset moved the offset"
    );
    let mut middle = [0; 4];
    check!(
        file.read_at(&mut middle, 3)? == 4 && &middle == b"3..6",
        "the middle is {middle:?}"
    );
    check!(
        file.read_at(&mut middle, 10)? == 0,
        "there is something past the end"
    );
    Ok("written and read at 0, 3 and 6, the offset stayed".into())
}

pub fn truncate(root: &Path) -> Outcome {
    let path = root.join("inn/floor-4/room-403/ledger.bin");
    let file = OpenOptions::new().write(true).open(&path)?;
    file.set_len(5000)?;
    file.set_len(6000)?;
    let contents = fs::read(&path)?;
    let expected = rooms().last().ok_or("there are no rooms")?.1;
    check!(contents.len() == 6000, "length is {}", contents.len());
    check!(
        contents[..5000] == expected[..5000],
        "the part that stays has changed"
    );
    check!(
        contents[5000..].iter().all(|byte| *byte == 0),
        "old bytes came back"
    );
    drop(File::create(&path)?);
    check!(
        fs::metadata(&path)?.len() == 0,
        "opening with truncation left something"
    );
    Ok("100001 to 5000, to 6000, to 0 bytes".into())
}

pub fn unlink(root: &Path) -> Outcome {
    let path = root.join("secret.txt");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    file.write_all(b"nobody else can open this")?;
    fs::remove_file(&path)?;
    check!(!path.try_exists()?, "the name is still there");
    check!(
        file.metadata()?.nlink() == 0,
        "{} links",
        file.metadata()?.nlink()
    );
    file.write_all(b" any more")?;
    file.rewind()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    check!(
        text == "nobody else can open this any more",
        "it reads {text:?}"
    );
    Ok("a file without a name kept its 34 bytes".into())
}

pub fn times(root: &Path) -> Outcome {
    let moment = |seconds| SystemTime::UNIX_EPOCH + Duration::new(seconds, 123_456_789);
    let file = OpenOptions::new()
        .write(true)
        .open(root.join("final.txt"))?;
    file.set_times(
        FileTimes::new()
            .set_accessed(moment(86_400))
            .set_modified(moment(946_684_800)),
    )?;
    let metadata = fs::metadata(root.join("final.txt"))?;
    check!(
        metadata.accessed()? == moment(86_400),
        "accessed {:?}",
        metadata.accessed()?
    );
    check!(
        metadata.modified()? == moment(946_684_800),
        "modified {:?}",
        metadata.modified()?
    );
    fs::write(root.join("final.txt"), "third")?;
    check!(
        fs::metadata(root.join("final.txt"))?.modified()? > moment(946_684_800),
        "a write left the old time"
    );
    Ok("set to the nanosecond, moved on by a write".into())
}

pub fn devices(_root: &Path) -> Outcome {
    OpenOptions::new()
        .write(true)
        .open("/dev/null")?
        .write_all(b"swallowed")?;
    check!(
        fs::read("/dev/null")?.is_empty(),
        "/dev/null gave something back"
    );
    let mut bytes = [1; 64];
    File::open("/dev/zero")?.read_exact(&mut bytes)?;
    check!(bytes == [0; 64], "/dev/zero gave {bytes:?}");
    let mut other = [0; 64];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    File::open("/dev/urandom")?.read_exact(&mut other)?;
    check!(bytes != other, "/dev/urandom gave the same 64 bytes twice");
    Ok("null, zero and urandom as they should be".into())
}
