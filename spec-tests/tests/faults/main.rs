//! Guests on a filesystem that fails: every error comes out as the right number, short transfers are told truly, and nothing is left open.

mod calls;
mod programs;
