use std::collections::BTreeMap;
use std::net::SocketAddr;

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Version};

use super::{BadRequest, decode};

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
    /// The path is refused, or the host.
    pub fn new(
        head: &Parts,
        body_len: usize,
        connection: Connection,
        script: Option<&str>,
    ) -> Result<Self, BadRequest> {
        let path = decode(head.uri.path())?;
        let host = host(head)?;
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
        let name = host.as_ref().map(|host| host.host().to_owned());
        new.set("SERVER_NAME", name.unwrap_or(local.ip().to_string()));
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
        if let Some(host) = host {
            new.set("HTTP_HOST", host.as_str());
        }
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

/// The host that the client named, and its port: by the target if that is a whole URI, whatever the field says (RFC 9112, section 3.2.2). An empty field names none.
///
/// # Errors
/// There is no field in HTTP/1.1, or more than one, or it names no host (RFC 9112, section 3.2): what a proxy took for the host could be another.
fn host(head: &Parts) -> Result<Option<Authority>, BadRequest> {
    let mut fields = head.headers.get_all(header::HOST).iter();
    let host = match (fields.next(), fields.next()) {
        (Some(_), Some(_)) => return Err(BadRequest("it names two hosts")),
        (None, _) if head.version == Version::HTTP_11 => {
            return Err(BadRequest("it names no host"));
        }
        (None, _) => None,
        (Some(host), None) if host.is_empty() => None,
        (Some(host), None) => Some(authority(host).ok_or(BadRequest("its host is none"))?),
    };
    match head.uri.authority() {
        Some(target) => authority(target.as_str().as_bytes())
            .map(Some)
            .ok_or(BadRequest("its host is none")),
        None => Ok(host),
    }
}

/// A host and perhaps a port, without a user.
fn authority(bytes: impl AsRef<[u8]>) -> Option<Authority> {
    let authority = Authority::try_from(bytes.as_ref()).ok()?;
    (!authority.as_str().contains('@')).then_some(authority)
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
            .header("Host", "")
            .header("Proxy", "http://evil.example")
            .header("Content-Length", "0")
            .header("Connection", "close")
            .header("Transfer-Encoding", "chunked")
            .header("X_Room", "13")
            .body(())
            .unwrap();
        let variables = variables(request, 0, None);
        let from_fields = |line: &String| {
            line.starts_with("HTTP_") && line != "HTTP_HOST=" || line.starts_with("CONTENT_")
        };
        assert!(!variables.iter().any(from_fields), "{variables:?}");
        assert!(variables.contains(&"SERVER_NAME=127.0.0.1".to_owned()));
    }

    #[test]
    fn a_target_with_a_host_wins() {
        let request = Request::get("http://inn.example:81/a?b")
            .header("Host", "other.example")
            .body(())
            .unwrap();
        let variables = variables(request, 0, None);
        for wanted in [
            "HTTP_HOST=inn.example:81",
            "SERVER_NAME=inn.example",
            "REQUEST_URI=/a?b",
        ] {
            assert!(variables.contains(&wanted.to_owned()), "{variables:?}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let check = |target: &str, version, hosts: &[&str]| {
            let mut request = Request::get(target).version(version);
            for named in hosts {
                request = request.header("Host", *named);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            host(&head)
                .map(|host| host.map(|host| host.to_string()))
                .map_err(|error| error.to_string())
        };
        let old = Version::HTTP_10;
        let new = Version::HTTP_11;
        assert_eq!(check("/", new, &["[::1]:80"]), Ok(Some("[::1]:80".into())));
        assert_eq!(check("/", new, &[""]), Ok(None));
        assert_eq!(check("/", old, &[]), Ok(None));
        for (target, hosts, why) in [
            ("/", &[][..], "no host"),
            ("http://a/", &[], "no host"),
            ("/", &["a", "a"], "two hosts"),
            ("http://a/", &["a", "b"], "two hosts"),
            ("/", &["a b/<c>"], "its host"),
            ("/", &["a, b"], "its host"),
            ("/", &["eve@a"], "its host"),
            ("http://eve@a/", &["a"], "its host"),
        ] {
            let error = check(target, new, hosts).unwrap_err();
            assert!(error.contains(why), "{target} {hosts:?}: {error}");
        }
    }
}
