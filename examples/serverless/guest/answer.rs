use std::io::{self, ErrorKind, Write};

/// What is printed: a status, header fields, a body.
pub struct Answer {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            fields: Vec::new(),
            body: body.into(),
        }
        .header("Content-Type", content_type)
    }

    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::new("text/plain; charset=utf-8", body)
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new("text/html; charset=utf-8", body)
    }

    /// To another page; the server makes it a `302 Found`.
    pub fn redirect(to: &str) -> Self {
        Self {
            status: 200,
            fields: Vec::new(),
            body: Vec::new(),
        }
        .header("Location", to)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// In one write: each one is a call of the host.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut answer = Vec::with_capacity(self.body.len() + 200);
        if self.status != 200 {
            write!(answer, "Status: {}\r\n", self.status)?;
        }
        for (name, value) in &self.fields {
            write!(answer, "{name}: {value}\r\n")?;
        }
        answer.extend_from_slice(b"\r\n");
        answer.extend_from_slice(&self.body);
        out.write_all(&answer)?;
        out.flush()
    }
}

/// Why there is no page.
pub struct Failure {
    status: u16,
    why: String,
}

impl Failure {
    pub fn new(status: u16, why: impl Into<String>) -> Self {
        Self {
            status,
            why: why.into(),
        }
    }

    pub fn into_answer(self) -> Answer {
        Answer {
            status: self.status,
            ..Answer::text(self.why + "\n")
        }
    }
}

impl From<io::Error> for Failure {
    /// What went wrong with a file of the image is for the log; a file that is missing was asked for.
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound {
            return Self::new(404, "no such page");
        }
        eprintln!("guestbook: {error}");
        Self::new(500, "something is wrong here")
    }
}
