//! The whole server, asked over TCP, with the guestbook as its guest.

mod client;
mod ending;
mod images;
mod limits;
mod misbehaviour;
mod pages;
#[cfg(unix)]
mod program;
mod running;
