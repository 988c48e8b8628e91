use std::fmt;

use bytes::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Response, StatusCode};

/// How long the head of an answer may be, in bytes.
const HEAD_MAX: usize = 64 << 10;
/// How many fields it may have.
const FIELDS_MAX: usize = 100;

/// Fields that are between client and server: a guest's are dropped.
const OF_THE_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Statuses of answers without a body.
const BODILESS: [StatusCode; 3] = [
    StatusCode::NO_CONTENT,
    StatusCode::RESET_CONTENT,
    StatusCode::NOT_MODIFIED,
];

/// Makes a response of what a guest printed: fields, an empty line, a body ([RFC 3875, section 6](https://www.rfc-editor.org/rfc/rfc3875#section-6)). Lines end with a line feed, or a carriage return before it.
///
/// `Status` is the status; without it a `Location` makes it 302, and else it is 200. A `Location` that is a path is sent to the client as well, where the RFC has the server
/// answer for that path: clients understand it since RFC 7231, and the guest is asked once for each request. A `Content-Length` must be true, except where no body is sent: in the answer to `HEAD` and with the statuses 204, 205 and 304. Fields that belong to the connection are dropped.
///
/// # Errors
/// The output is anything else.
pub fn parse(output: Vec<u8>, method: &Method) -> Result<Response<Bytes>, BadAnswer> {
    let mut fields = HeaderMap::new();
    let mut status = None;
    let mut position = 0;
    loop {
        let (line, next) = line_at(&output, position)?;
        position = next;
        if line.is_empty() {
            break;
        }
        let (name, value) = field(line)?;
        match name.as_str() {
            "status" if status.is_some() => return Err(BadAnswer("it has two statuses")),
            "status" => status = Some(status_code(&value)?),
            _ if fields.len() == FIELDS_MAX => return Err(BadAnswer("it has too many fields")),
            _ => {
                fields.append(name, value);
            }
        }
    }
    let status = match status {
        Some(status) => status,
        None if fields.contains_key(header::LOCATION) => StatusCode::FOUND,
        None => StatusCode::OK,
    };
    let printed = Bytes::from(output).slice(position..);
    if !fields.contains_key(header::CONTENT_TYPE) && !printed.is_empty() {
        return Err(BadAnswer("its body has no type"));
    }
    let promised = take_length(&mut fields)?;
    let body = if *method == Method::HEAD {
        // What it would have been is told by its length alone: the one that the guest gave, or that of what it printed all the same. A guest that does neither, as
        // the RFC wants it, has not said that the body would be empty.
        let len = promised.or((!printed.is_empty()).then_some(printed.len()));
        if let Some(len) = len.filter(|_| !BODILESS.contains(&status)) {
            fields.insert(header::CONTENT_LENGTH, HeaderValue::from(len));
        }
        Bytes::new()
    } else if BODILESS.contains(&status) {
        // The length that a 304 gives is that of what the client has.
        Bytes::new()
    } else if promised.is_some_and(|len| len != printed.len()) {
        return Err(BadAnswer("its body is not as long as it says"));
    } else {
        printed
    };
    for name in OF_THE_CONNECTION {
        fields.remove(name);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = fields;
    Ok(response)
}

/// The line that begins at a position, without its end, and where the next one begins.
fn line_at(output: &[u8], position: usize) -> Result<(&[u8], usize), BadAnswer> {
    let rest = output.get(position..HEAD_MAX.min(output.len()));
    let rest = rest.unwrap_or_default();
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return Err(if output.len() >= HEAD_MAX {
            BadAnswer("its head is too long")
        } else {
            BadAnswer("no empty line ends its head")
        });
    };
    let line = rest.get(..end).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok((line, position + end + 1))
}

fn field(line: &[u8]) -> Result<(HeaderName, HeaderValue), BadAnswer> {
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = colon
        .and_then(|colon| line.split_at_checked(colon))
        .ok_or(BadAnswer("a line of its head has no colon"))?;
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
    let name =
        HeaderName::from_bytes(name).map_err(|_| BadAnswer("the name of a field is none"))?;
    // This refuses a carriage return, with which a guest could be made to print fields of somebody else's choice.
    let value =
        HeaderValue::from_bytes(value).map_err(|_| BadAnswer("the value of a field is none"))?;
    Ok((name, value))
}

/// A number from 200 to 599, and perhaps a reason, which nobody reads. What is below 200 is not the end of an answer.
fn status_code(value: &HeaderValue) -> Result<StatusCode, BadAnswer> {
    let bad = BadAnswer("its status is none");
    let number = value
        .as_bytes()
        .split(|byte| *byte == b' ')
        .next()
        .ok_or(bad)?;
    let status = StatusCode::from_bytes(number).map_err(|_| bad)?;
    if (200..600).contains(&status.as_u16()) {
        Ok(status)
    } else {
        Err(bad)
    }
}

/// Takes out the length that the body is to have, in bytes.
fn take_length(fields: &mut HeaderMap) -> Result<Option<usize>, BadAnswer> {
    let mut promised = None;
    for value in fields.get_all(header::CONTENT_LENGTH) {
        let digits = value
            .to_str()
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let len = digits.and_then(|digits| digits.parse().ok());
        let len = len.ok_or(BadAnswer("the length of its body is none"))?;
        if promised.is_some_and(|other| other != len) {
            return Err(BadAnswer("its body has two lengths"));
        }
        promised = Some(len);
    }
    fields.remove(header::CONTENT_LENGTH);
    Ok(promised)
}

/// Why what a guest printed is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAnswer(&'static str);

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadAnswer {}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(output: &str) -> Result<Response<Bytes>, BadAnswer> {
        parse(output.into(), &Method::GET)
    }

    #[track_caller]
    fn refused(output: &str, why: &str) {
        let error = get(output).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn lines_end_either_way() {
        for output in [
            "Content-Type: text/plain\n\nbody\n",
            "content-type:text/plain\r\n\r\nbody\n",
        ] {
            let answer = get(output).unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["Content-Type"], "text/plain");
            assert_eq!(answer.body(), "body\n");
        }
    }

    #[test]
    fn a_status_may_have_a_reason() {
        assert_eq!(get("Status: 404 Not Found\n\n").unwrap().status(), 404);
        assert_eq!(get("Status: 204\n\n").unwrap().status(), 204);
        for status in [
            "",
            "2",
            "20a",
            "100",
            "199 Nearly",
            "600",
            "999",
            "-1",
            "+200",
        ] {
            refused(&format!("Status: {status}\n\n"), "status");
        }
        refused("Status: 200\nStatus: 404\n\n", "two statuses");
    }

    #[test]
    fn a_location_redirects() {
        let answer = get("Location: /lobby\n\n").unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["Location"]),
            (StatusCode::FOUND, &HeaderValue::from_static("/lobby"))
        );
        assert_eq!(
            get("Location: /made\nStatus: 201\n\n").unwrap().status(),
            201
        );
    }

    #[test]
    fn cookies_stay_apart() {
        let answer = get("Set-Cookie: a=1\nSet-Cookie: b=2\n\n").unwrap();
        let cookies: Vec<_> = answer.headers().get_all("Set-Cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        refused("", "empty line");
        refused("Content-Type: text/plain\n", "empty line");
        refused("HTTP/1.1 200 OK\n\n", "colon");
        refused("two words: x\n\n", "name");
        refused(": x\n\n", "name");
        refused("X: a\rSet-Cookie: b\n\n", "value");
        refused("X: a\0b\n\n", "value");
        refused("\nbody", "no type");
        refused(&"x".repeat(HEAD_MAX + 1), "too long");
        refused(&("X: y\n".repeat(HEAD_MAX / 5 + 1) + "\n"), "too");
        refused(&("X: y\n".repeat(FIELDS_MAX + 1) + "\n"), "too many");
    }

    #[test]
    fn a_length_must_be_true() {
        let output = |len: &str| format!("Content-Type: text/plain\nContent-Length: {len}\n\nbody");
        assert!(
            !get(&output("4"))
                .unwrap()
                .headers()
                .contains_key("Content-Length")
        );
        for (len, why) in [
            ("3", "not as long"),
            ("5", "not as long"),
            ("", "length"),
            ("4, 4", "length"),
            ("-4", "length"),
            ("+4", "length"),
            ("4\nContent-Length: 3", "two lengths"),
        ] {
            refused(&output(len), why);
        }
    }

    #[test]
    fn some_answers_have_no_body() {
        let head = |output: &str| parse(output.into(), &Method::HEAD).unwrap();
        for (output, len) in [
            ("Content-Type: text/plain\nContent-Length: 4\n\n", "4"),
            ("Content-Type: text/plain\nContent-Length: 4\n\nbody", "4"),
            ("Content-Type: text/plain\n\nbody", "4"),
            ("Content-Type: text/plain\nContent-Length: 9\n\nbody", "9"),
        ] {
            let answer = head(output);
            assert_eq!(
                (&answer.headers()["Content-Length"], answer.body().len()),
                (&HeaderValue::from_static(len), 0)
            );
        }
        // Nothing is known of the body of one that prints none.
        assert!(head("Content-Type: text/plain\n\n").headers().len() == 1);
        for status in [204, 205, 304] {
            let output = format!("Status: {status}\nContent-Type: text/plain\n");
            for output in [
                output.clone() + "\nbody",
                output.clone() + "Content-Length: 9\n\n",
            ] {
                for answer in [get(&output).unwrap(), head(&output)] {
                    assert!(answer.body().is_empty());
                    assert!(!answer.headers().contains_key("Content-Length"));
                }
            }
        }
    }

    #[test]
    fn the_connection_is_the_servers() {
        let answer =
            get("Connection: close\nTransfer-Encoding: chunked\nKeep-Alive: 5\n\n").unwrap();
        assert!(answer.headers().is_empty());
    }
}
