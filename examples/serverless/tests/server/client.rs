use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer as it came over the wire, but for its date.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The values of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter();
        fields
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The value of a field that comes once.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        match self.all(name)[..] {
            [value] => value,
            ref values => panic!("{name} comes {} times in {self:?}", values.len()),
        }
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// What a server wrote until it closed the connection.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end =
            end.unwrap_or_else(|| panic!("no answer: {:?}", bytes.escape_ascii().to_string()));
        let (head, body) = (str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap();
        let field = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self {
            status: status[..3].parse().unwrap(),
            fields: lines
                .map(field)
                .filter(|(name, _)| name != "date")
                .collect(),
            body: body.to_vec(),
        }
    }
}

#[track_caller]
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, &[], b"")
}

#[track_caller]
pub(crate) fn post(address: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> Answer {
    ask(
        address,
        "POST",
        path,
        &[("Content-Type", content_type)],
        body,
    )
}

/// Asks on a connection of its own, and checks that the answer is as long as it says.
#[track_caller]
pub(crate) fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = send(address, method, path, fields, body);
    let answer = receive(&mut stream);
    let promised: usize = answer.field("content-length").parse().unwrap();
    if method == "HEAD" {
        assert!(answer.body.is_empty(), "{answer:?}");
    } else {
        assert_eq!(answer.body.len(), promised);
    }
    answer
}

#[track_caller]
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request, and leaves the answer to be received.
#[track_caller]
pub(crate) fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> TcpStream {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: inn.example\r\nConnection: close\r\n");
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in fields {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    // A server that refuses the body need not read it.
    let _ = stream.write_all(body);
    stream
}

/// The answer on a connection that the server closes behind it.
#[track_caller]
pub(crate) fn receive(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // Where the server has not read all of a body the connection is reset behind the answer.
    let _ = stream.read_to_end(&mut bytes);
    Answer::parse(&bytes)
}
