use rustix::pipe::pipe;

use super::*;

fn ends() -> (Inherited, Inherited) {
    let (read, write) = pipe().unwrap();
    (
        Inherited::from_fd(read, Interest::Read).unwrap(),
        Inherited::from_fd(write, Interest::Write).unwrap(),
    )
}

#[test]
fn a_pipe_never_waits_and_its_flags_stay() {
    let (reader, writer) = ends();
    let mut buf = [0; 8];
    assert_eq!(reader.readiness(Interest::Read), Ok(Readiness::Pending));
    assert_eq!(reader.read(&mut buf), Err(Errno::Again));
    assert_eq!(
        writer.write(&[IoSlice::new(b"ab"), IoSlice::new(b"c")]),
        Ok(3)
    );
    assert_eq!(
        reader.readiness(Interest::Read),
        Ok(Readiness::Ready {
            bytes: 3,
            hangup: false
        })
    );
    assert_eq!(reader.read(&mut buf), Ok(3));
    let flags = rustix::fs::fcntl_getfl(&*reader.fd).unwrap();
    assert!(!flags.contains(rustix::fs::OFlags::NONBLOCK));
    drop(writer);
    assert_eq!(
        reader.readiness(Interest::Read),
        Ok(Readiness::Ready {
            bytes: 0,
            hangup: true
        })
    );
    assert_eq!(reader.read(&mut buf), Ok(0));
    assert_eq!(reader.write(&[IoSlice::new(b"x")]), Err(Errno::Badf));
}

#[test]
fn a_full_pipe_answers_again_and_a_broken_one_pipe() {
    let (reader, writer) = ends();
    let chunk = [7_u8; 100_000];
    let mut total = 0;
    let full = loop {
        match writer.write(&[IoSlice::new(&chunk)]) {
            Ok(len) => total += len,
            Err(errno) => break errno,
        }
    };
    assert_eq!(full, Errno::Again);
    assert!(total >= 4096);
    assert_eq!(writer.readiness(Interest::Write), Ok(Readiness::Pending));
    drop(reader);
    assert_eq!(writer.write(&[IoSlice::new(b"x")]), Err(Errno::Pipe));
}

#[test]
fn a_file_is_ready_with_what_is_left() {
    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, b"12345").unwrap();
    io::Seek::rewind(&mut file).unwrap();
    let stream = Inherited::from_fd(file.into(), Interest::Read).unwrap();
    let mut buf = [0; 4];
    assert_eq!(stream.read(&mut buf), Ok(4));
    assert_eq!(
        stream.readiness(Interest::Read),
        Ok(Readiness::Ready {
            bytes: 1,
            hangup: false
        })
    );
    assert_eq!(stream.read(&mut buf), Ok(1));
    assert_eq!(
        stream.readiness(Interest::Read),
        Ok(Readiness::Ready {
            bytes: 0,
            hangup: true
        })
    );
    assert!(stream.wait_source(Interest::Read).is_none());
}

#[test]
fn a_device_is_asked_before_it_is_used() {
    let open = |name, direction| {
        let options = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(name);
        Inherited::from_fd(options.unwrap().into(), direction).unwrap()
    };
    let mut buf = [1; 4];
    let null = open("/dev/null", Interest::Read);
    assert_eq!(null.read(&mut buf), Ok(0));
    let zero = open("/dev/zero", Interest::Read);
    assert_eq!(zero.read(&mut buf), Ok(4));
    assert_eq!(buf, [0; 4]);
    let null = open("/dev/null", Interest::Write);
    assert_eq!(null.write(&[IoSlice::new(b"gone")]), Ok(4));
    assert_eq!(null.file_type(), FileType::Unknown);
}

#[test]
fn a_socket_is_read_and_written_without_waiting() {
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let input = Inherited::from_fd(ours.try_clone().unwrap().into(), Interest::Read).unwrap();
    let output = Inherited::from_fd(ours.into(), Interest::Write).unwrap();
    let mut buf = [0; 4];
    assert_eq!(input.read(&mut buf), Err(Errno::Again));
    assert_eq!(
        output.write(&[IoSlice::new(b""), IoSlice::new(b"hey")]),
        Ok(3)
    );
    io::Read::read_exact(&mut theirs, &mut buf[..3]).unwrap();
    assert_eq!(&buf[..3], b"hey");
    drop(theirs);
    assert_eq!(
        input.readiness(Interest::Read),
        Ok(Readiness::Ready {
            bytes: 0,
            hangup: true
        })
    );
    assert_eq!(output.write(&[IoSlice::new(b"x")]), Err(Errno::Pipe));
    assert_eq!(input.file_type(), FileType::SocketStream);
}

/// A pipe on a system that cannot be told not to wait: poll(2) is asked first, and writes go in units that fit for certain.
#[test]
fn without_a_flag_poll_is_asked_first() {
    let (mut reader, mut writer) = ends();
    reader.kind = Kind::Device;
    writer.kind = Kind::Device;
    let mut buf = vec![0; 100_000];
    assert_eq!(reader.read(&mut buf), Err(Errno::Again));
    let chunk = vec![7_u8; 100_000];
    let mut total = 0;
    let full = loop {
        match writer.write(&[IoSlice::new(b""), IoSlice::new(&chunk)]) {
            Ok(len) => {
                assert!(len <= WRITE_UNIT);
                total += len;
            }
            Err(errno) => break errno,
        }
    };
    assert_eq!(full, Errno::Again);
    let mut read = 0;
    while let Ok(len) = reader.read(&mut buf) {
        read += len;
    }
    assert_eq!(read, total);
    drop(reader);
    assert_eq!(writer.write(&[IoSlice::new(b"x")]), Err(Errno::Pipe));
}
