use super::Problem;

/// One word of a script line: `name`, `d:name`, `"text"`, or a mixture as in a shell.
///
/// Everywhere `{255*x}` stands for 255 times `x`, and `\n`, `\0`, `\xff`, `\\`, `\"` for the byte they mean elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The open handle before a colon, in `d:name`.
    pub(crate) handle: Option<String>,
    /// The bytes after the colon, or all of them.
    pub(crate) bytes: Vec<u8>,
    /// A part of it stood in quotes, so that it is no keyword.
    pub(crate) quoted: bool,
}

impl Token {
    /// The token as a keyword, or `""` for one that cannot be one.
    pub(crate) fn word(&self) -> &str {
        if self.quoted || self.handle.is_some() {
            return "";
        }
        std::str::from_utf8(&self.bytes).unwrap_or("")
    }

    /// The value of a token that says `key=value`.
    pub(crate) fn value_of(&self, key: &str) -> Option<&str> {
        self.word().strip_prefix(key)?.strip_prefix('=')
    }
}

/// The tokens of one line, up to a `#` that begins a word.
pub(crate) fn tokens(line: &str) -> Result<Vec<Token>, Problem> {
    let mut lexer = Lexer {
        rest: line.as_bytes(),
    };
    let mut found = Vec::new();
    while let Some(token) = lexer.token()? {
        found.push(token);
    }
    Ok(found)
}

struct Lexer<'a> {
    rest: &'a [u8],
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Option<Token>, Problem> {
        self.rest = self.rest.trim_ascii_start();
        if matches!(self.rest.first(), None | Some(b'#')) {
            return Ok(None);
        }
        let mut token = Token {
            handle: None,
            bytes: Vec::new(),
            quoted: false,
        };
        while let Some(&byte) = self.rest.first() {
            match byte {
                b' ' => break,
                b'"' => {
                    self.rest = &self.rest[1..];
                    token.quoted = true;
                    self.quoted(&mut token.bytes)?;
                }
                b':' if !token.quoted && token.handle.is_none() => {
                    self.rest = &self.rest[1..];
                    let name = std::mem::take(&mut token.bytes);
                    token.handle =
                        Some(String::from_utf8(name).map_err(|_| "a handle's name is ASCII")?);
                }
                _ => self.byte(&mut token.bytes)?,
            }
        }
        Ok(Some(token))
    }

    fn quoted(&mut self, bytes: &mut Vec<u8>) -> Result<(), Problem> {
        loop {
            match self.rest.first() {
                None => return Err("a quote is missing".into()),
                Some(b'"') => {
                    self.rest = &self.rest[1..];
                    return Ok(());
                }
                Some(_) => self.byte(bytes)?,
            }
        }
    }

    /// Takes one byte, escape or repetition.
    fn byte(&mut self, bytes: &mut Vec<u8>) -> Result<(), Problem> {
        match self.take()? {
            b'\\' => bytes.push(self.escape()?),
            b'{' => {
                let mut count = 0;
                loop {
                    match self.take()? {
                        b'*' => break,
                        digit @ b'0'..=b'9' => count = count * 10 + usize::from(digit - b'0'),
                        _ => return Err("a repetition is written {255*x}".into()),
                    }
                }
                let mut unit = Vec::new();
                while self.rest.first() != Some(&b'}') {
                    self.byte(&mut unit)?;
                }
                self.take()?;
                bytes.extend(unit.repeat(count));
            }
            byte => bytes.push(byte),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<u8, Problem> {
        Ok(match self.take()? {
            b'n' => b'\n',
            b'0' => 0,
            b'x' => {
                let digits = [self.take()?, self.take()?];
                std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                    .ok_or("\\x needs two hexadecimal digits")?
            }
            byte @ (b'\\' | b'"' | b'{' | b'}' | b' ') => byte,
            _ => return Err("an unknown escape".into()),
        })
    }

    fn take(&mut self) -> Result<u8, Problem> {
        let (&first, rest) = self.rest.split_first().ok_or("the line ends too early")?;
        self.rest = rest;
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(line: &str) -> Vec<Vec<u8>> {
        let tokens = tokens(line).unwrap();
        tokens.into_iter().map(|token| token.bytes).collect()
    }

    #[test]
    fn words_quotes_escapes_and_repetitions() {
        assert_eq!(bytes_of("a  \"b c\" # d"), [&b"a"[..], b"b c"]);
        assert_eq!(
            bytes_of(r#"{3*ab}/\xff "\"\\""#),
            [&b"ababab/\xff"[..], b"\"\\"]
        );
        assert_eq!(bytes_of("{2*{2*x}y}"), [b"xxyxxy"]);
        assert_eq!(bytes_of("\"\""), [b""]);
    }

    #[test]
    fn a_handle_stands_before_a_colon() {
        let found = tokens("d:a d: \"d:a\" d:\"\"").unwrap();
        assert_eq!(found[0].handle.as_deref(), Some("d"));
        assert_eq!(found[0].bytes, b"a");
        assert_eq!(found[1].bytes, b"");
        assert!(!found[1].quoted);
        assert_eq!(found[2].handle, None);
        assert!(found[3].quoted);
    }

    #[test]
    fn broken_lines_are_refused() {
        for line in ["\"a", "\\", "\\q", "\\x1", "{2", "{x*y}", "{2*x"] {
            assert!(tokens(line).is_err(), "{line}");
        }
    }
}
