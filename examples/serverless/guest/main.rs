//! A guestbook, answered the CGI way: one process for one request, which finds the request in its environment and on stdin and prints its answer.
//!
//! Its templates, static files and entries are files of the image. What it writes goes to the fork of the image that this one request has, so the next
//! request doesn't see it. A few pages misbehave on purpose, for the tests: see `misbehave.rs`.

mod answer;
mod form;
mod misbehave;
mod template;

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};

use answer::{Answer, Failure};
use form::Form;
use template::{Slot, render};

const ENTRIES: &str = "/data/entries.txt";
const PAGE: &str = "/templates/page.html";
const ENTRY: &str = "/templates/entry.html";
/// An entry's name and words are shorter, in bytes.
const FIELD_MAX: usize = 1000;

fn main() {
    let answer = route(&variable("REQUEST_METHOD"), &variable("PATH_INFO"))
        .unwrap_or_else(Failure::into_answer);
    // Who asked may be gone; there is nobody else to tell.
    let _ = answer.write(&mut io::stdout().lock());
}

/// A variable of the request; empty if there is none.
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

fn route(method: &str, path: &str) -> Result<Answer, Failure> {
    match (method, path) {
        ("GET" | "HEAD", "/") => guestbook("").map(Answer::html),
        ("POST", "/") => sign(),
        ("GET" | "HEAD", "/hello") => Ok(Answer::text("hello, world\n")),
        ("GET", "/environment") => Ok(Answer::text(environment())),
        ("POST", "/echo") => echo(),
        ("GET", "/lobby") => Ok(Answer::redirect("/")),
        ("GET", "/cookies") => Ok(Answer::text("two\n")
            .header("Set-Cookie", "room=12")
            .header("Set-Cookie", "floor=1; HttpOnly")),
        ("GET", path) if path.starts_with("/misbehave/") => {
            misbehave::page(&path["/misbehave/".len()..])
        }
        ("GET" | "HEAD", path) if path.starts_with("/static/") => file(path),
        (_, "/" | "/hello" | "/environment" | "/echo" | "/lobby" | "/cookies") => {
            Err(Failure::new(405, "method not allowed"))
        }
        _ => Err(Failure::new(404, "no such page")),
    }
}

/// Renders the entries that this fork has, with `notice` above them.
fn guestbook(notice: &str) -> Result<String, Failure> {
    let entry = fs::read_to_string(ENTRY)?;
    let mut entries = String::new();
    for line in fs::read_to_string(ENTRIES)?.lines() {
        let (name, words) = line.split_once('\t').unwrap_or(("", line));
        entries.push_str(&render(
            &entry,
            &[("name", Slot::Text(name)), ("words", Slot::Text(words))],
        ));
    }
    let page = fs::read_to_string(PAGE)?;
    Ok(render(
        &page,
        &[
            ("notice", Slot::Text(notice)),
            ("entries", Slot::Html(&entries)),
        ],
    ))
}

/// Adds an entry, and shows the book with it.
fn sign() -> Result<Answer, Failure> {
    if !variable("CONTENT_TYPE").starts_with("application/x-www-form-urlencoded") {
        return Err(Failure::new(415, "a form is expected"));
    }
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body)?;
    let form = Form::parse(&body);
    let field = |name| {
        let value = form
            .get(name)
            .unwrap_or_default()
            .replace(['\t', '\r', '\n'], " ");
        if value.is_empty() || value.len() >= FIELD_MAX {
            Err(Failure::new(400, "a name and some words are expected"))
        } else {
            Ok(value)
        }
    };
    let (name, words) = (field("name")?, field("words")?);
    let mut entries = OpenOptions::new().append(true).open(ENTRIES)?;
    writeln!(entries, "{name}\t{words}")?;
    drop(entries);
    Ok(Answer::html(guestbook(
        "Thank you. Nobody but you will ever see this entry.",
    )?))
}

/// What the request put into the environment, one variable a line.
fn environment() -> String {
    let mut lines: Vec<String> = env::vars()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    lines.sort();
    lines.concat()
}

fn echo() -> Result<Answer, Failure> {
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body)?;
    let content_type = variable("CONTENT_TYPE");
    let content_type = if content_type.is_empty() {
        "application/octet-stream"
    } else {
        &content_type
    };
    Ok(Answer::new(content_type, body))
}

/// A static file. The path cannot lead out of `/static`: it has no part that is `..`.
fn file(path: &str) -> Result<Answer, Failure> {
    if path.split('/').any(|part| part == "..") {
        return Err(Failure::new(404, "no such page"));
    }
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let content_type = match extension {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    let contents = fs::read(path)?;
    let len = contents.len().to_string();
    Ok(Answer::new(content_type, contents)
        .header("Cache-Control", "max-age=60")
        .header("Content-Length", len))
}
