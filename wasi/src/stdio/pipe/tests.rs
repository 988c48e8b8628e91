use super::*;

#[test]
fn holds_up_to_its_capacity_and_then_answers_again() {
    let (reader, writer) = pipe(4);
    let mut buf = [0; 8];
    assert_eq!(Stream::read(&reader, &mut buf), Err(Errno::Again));
    assert_eq!(
        Stream::write(&writer, &[IoSlice::new(b"abc"), IoSlice::new(b"def")]),
        Ok(4)
    );
    assert_eq!(
        Stream::write(&writer, &[IoSlice::new(b"x")]),
        Err(Errno::Again)
    );
    assert_eq!(writer.readiness(Interest::Write), Ok(Readiness::Pending));
    assert_eq!(Stream::read(&reader, &mut buf[..1]), Ok(1));
    assert_eq!(Stream::write(&writer, &[IoSlice::new(b"xy")]), Ok(1));
    assert_eq!(Stream::read(&reader, &mut buf), Ok(4));
    assert_eq!(&buf[..4], b"bcdx");
}

#[test]
fn ends_after_the_bytes_that_are_in_it() {
    let (reader, writer) = pipe(16);
    assert_eq!(Stream::write(&writer, &[IoSlice::new(b"end")]), Ok(3));
    drop(writer);
    let ready = |bytes| {
        Ok(Readiness::Ready {
            bytes,
            hangup: true,
        })
    };
    assert_eq!(reader.readiness(Interest::Read), ready(3));
    let mut buf = [0; 8];
    assert_eq!(Stream::read(&reader, &mut buf), Ok(3));
    assert_eq!(reader.readiness(Interest::Read), ready(0));
    assert_eq!(Stream::read(&reader, &mut buf), Ok(0));
}

#[test]
fn writing_for_nobody_is_a_broken_pipe() {
    let (reader, writer) = pipe(16);
    drop(reader);
    assert_eq!(
        Stream::write(&writer, &[IoSlice::new(b"x")]),
        Err(Errno::Pipe)
    );
    assert_eq!(Stream::write(&writer, &[IoSlice::new(b"")]), Ok(0));
}

#[cfg(feature = "host")]
#[test]
fn host_threads_block_on_its_ends() {
    let (mut reader, mut writer) = pipe(3);
    let text: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let sent = text.clone();
    let thread = std::thread::spawn(move || writer.write_all(&sent));
    let mut received = Vec::new();
    reader.read_to_end(&mut received).unwrap();
    thread.join().unwrap().unwrap();
    assert_eq!(received, text);
}

#[cfg(feature = "host")]
#[test]
fn an_error_comes_once_after_the_bytes() {
    let (reader, mut writer) = pipe(16);
    writer.write_all(b"x").unwrap();
    writer.fail(Errno::Connreset);
    let mut buf = [0; 8];
    assert_eq!(Stream::read(&reader, &mut buf), Ok(1));
    assert_eq!(Stream::read(&reader, &mut buf), Err(Errno::Connreset));
    assert_eq!(Stream::read(&reader, &mut buf), Ok(0));
}
