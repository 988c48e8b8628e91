use std::collections::BTreeMap;
use std::net::SocketAddr;

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;

use super::{BadPath, decode};

/// Both ends of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The server's.
    pub local: SocketAddr,
    /// The client's.
    pub peer: SocketAddr,
}

/// The variables that tell a guest of its request.
#[derive(Clone, Debug)]
pub struct Variables {
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Fields that are not handed on. `Connection` and its like are between client and server; `Content-Type` and `Content-Length` have variables of their own, and the
/// length may be another than the field's; `Expect` is the server's; `Proxy` would become `HTTP_PROXY`, which programs take for a setting (<https://httpoxy.org>).
/// `Authorization` is handed on: the server checks nothing itself, so the guest is whom it is for.
const DROPPED: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("proxy"),
];

impl Variables {
    /// The variables of RFC 3875, section 4.1, and those that programs expect besides: `REQUEST_URI`, `REMOTE_PORT`, `REDIRECT_STATUS` (php-cgi refuses to
    /// work without), and `SCRIPT_FILENAME` and `DOCUMENT_ROOT` for a guest that interprets `script`.
    ///
    /// # Errors
    /// The path is refused.
    pub fn new(
        head: &Parts,
        body_len: usize,
        connection: Connection,
        script: Option<&str>,
    ) -> Result<Self, BadPath> {
        let path = decode(head.uri.path())?;
        let target = head.uri.path_and_query();
        let (local, peer) = (connection.local, connection.peer);
        let mut new = Self {
            variables: BTreeMap::new(),
        };
        new.set("GATEWAY_INTERFACE", "CGI/1.1");
        new.set(
            "SERVER_SOFTWARE",
            concat!("guesthouse/", env!("CARGO_PKG_VERSION")),
        );
        new.set("SERVER_PROTOCOL", format!("{:?}", head.version));
        new.set("SERVER_NAME", server_name(head, local));
        new.set("SERVER_PORT", local.port().to_string());
        new.set("REMOTE_ADDR", peer.ip().to_string());
        new.set("REMOTE_PORT", peer.port().to_string());
        new.set("REQUEST_METHOD", head.method.as_str());
        new.set("REQUEST_URI", target.map_or("/", |target| target.as_str()));
        new.set("QUERY_STRING", head.uri.query().unwrap_or_default());
        // The guest, or its script, is mounted at the root: all of the path is extra.
        new.set("SCRIPT_NAME", "");
        new.set("PATH_INFO", path);
        new.set("REDIRECT_STATUS", "200");
        if let Some(script) = script {
            let directory = script.rsplit_once('/').map_or("", |(before, _)| before);
            new.set("SCRIPT_FILENAME", script);
            new.set(
                "DOCUMENT_ROOT",
                if directory.is_empty() { "/" } else { directory },
            );
        }
        if body_len > 0 {
            new.set("CONTENT_LENGTH", body_len.to_string());
        }
        if let Some(content_type) = head.headers.get(header::CONTENT_TYPE) {
            new.set("CONTENT_TYPE", content_type.as_bytes());
        }
        new.add_fields(&head.headers);
        Ok(new)
    }

    /// Names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.variables
            .iter()
            .map(|(name, value)| (&name[..], &value[..]))
    }

    fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.variables.insert(name.into(), value.into());
    }

    /// A field that comes more than once becomes one variable with a list.
    fn add_fields(&mut self, fields: &HeaderMap) {
        for name in fields.keys() {
            // `a-b` and `a_b` would be the same variable, so that a client could pass one for the other.
            if DROPPED.contains(name) || name.as_str().contains('_') {
                continue;
            }
            let separator: &[u8] = if name == header::COOKIE { b"; " } else { b", " };
            let values: Vec<_> = fields
                .get_all(name)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect();
            let variable = format!(
                "HTTP_{}",
                name.as_str().to_ascii_uppercase().replace('-', "_")
            );
            self.set(&variable, values.join(separator));
        }
    }
}

/// The host that the client named, without its port; or the server's address.
fn server_name(head: &Parts, local: SocketAddr) -> String {
    let field = head.headers.get(header::HOST);
    let named = field.and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    match head.uri.authority().or(named.as_ref()) {
        Some(authority) => authority.host().to_owned(),
        None => local.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn variables(request: Request<()>, body_len: usize, script: Option<&str>) -> Vec<String> {
        let connection = Connection {
            local: "127.0.0.1:8080".parse().unwrap(),
            peer: "192.0.2.7:50000".parse().unwrap(),
        };
        let (head, ()) = request.into_parts();
        let variables = Variables::new(&head, body_len, connection, script).unwrap();
        let text = |bytes| String::from_utf8(Vec::from(bytes)).unwrap();
        let line = |(name, value)| format!("{}={}", text(name), text(value));
        variables.iter().map(line).collect()
    }

    #[test]
    fn a_request_in_full() {
        let request = Request::post("/a%20b/c?x=1&y=%20")
            .header("Host", "inn.example:8080")
            .header("Content-Type", "text/plain")
            .header("Accept", "text/html")
            .header("Accept", "*/*")
            .header("Cookie", "a=1")
            .header("Cookie", "b=2")
            .header("X-Room", "12")
            .body(())
            .unwrap();
        let wanted = [
            "CONTENT_LENGTH=5",
            "CONTENT_TYPE=text/plain",
            "DOCUMENT_ROOT=/www",
            "GATEWAY_INTERFACE=CGI/1.1",
            "HTTP_ACCEPT=text/html, */*",
            "HTTP_COOKIE=a=1; b=2",
            "HTTP_HOST=inn.example:8080",
            "HTTP_X_ROOM=12",
            "PATH_INFO=/a b/c",
            "QUERY_STRING=x=1&y=%20",
            "REDIRECT_STATUS=200",
            "REMOTE_ADDR=192.0.2.7",
            "REMOTE_PORT=50000",
            "REQUEST_METHOD=POST",
            "REQUEST_URI=/a%20b/c?x=1&y=%20",
            "SCRIPT_FILENAME=/www/index.php",
            "SCRIPT_NAME=",
            "SERVER_NAME=inn.example",
            "SERVER_PORT=8080",
            "SERVER_PROTOCOL=HTTP/1.1",
            concat!("SERVER_SOFTWARE=guesthouse/", env!("CARGO_PKG_VERSION")),
        ];
        assert_eq!(variables(request, 5, Some("/www/index.php")), wanted);
    }

    #[test]
    fn fields_that_are_not_the_guests_are_dropped() {
        let request = Request::get("/")
            .header("Proxy", "http://evil.example")
            .header("Content-Length", "0")
            .header("Connection", "close")
            .header("Transfer-Encoding", "chunked")
            .header("X_Room", "13")
            .body(())
            .unwrap();
        let variables = variables(request, 0, None);
        let from_fields = |line: &String| line.starts_with("HTTP_") || line.starts_with("CONTENT_");
        assert!(!variables.iter().any(from_fields), "{variables:?}");
        assert!(variables.contains(&"SERVER_NAME=127.0.0.1".to_owned()));
    }

    #[test]
    fn a_host_that_is_none_names_nothing() {
        let request = Request::get("/")
            .header("Host", "a b/<c>")
            .body(())
            .unwrap();
        assert!(variables(request, 0, None).contains(&"SERVER_NAME=127.0.0.1".to_owned()));
    }
}
