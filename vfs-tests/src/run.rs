use std::collections::{BTreeMap, HashMap};

use guesthouse_vfs::{Access, Errno, Metadata, OpenOptions};

use crate::script::{Expected, Line, Step, UNNAMED, quoted};
use crate::show::{Got, show};
use crate::tree_of::{bytes_of, entries_of};
use crate::{Call, Entry, Outcome, Subject, Target};

/// One script on its way: what its lines have given names to.
pub(crate) struct Run<'a> {
    subject: &'a mut dyn Subject,
    /// The metadata of watched nodes when they were watched.
    watched: Vec<(Target, Metadata)>,
    /// The state of listings that go on from line to line.
    listings: HashMap<String, Listing>,
    /// The values of `$name`.
    variables: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Listing {
    cookie: u64,
    seen: Vec<Entry>,
}

/// Why a step gave no result.
enum Trouble {
    Errno(Errno),
    Wrong(String),
}

impl From<Errno> for Trouble {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<String> for Trouble {
    fn from(text: String) -> Self {
        Self::Wrong(text)
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(subject: &'a mut dyn Subject) -> Self {
        Self {
            subject,
            watched: Vec::new(),
            listings: HashMap::new(),
            variables: BTreeMap::new(),
        }
    }

    /// Performs one line and compares.
    ///
    /// # Errors
    /// What it gave instead of what is expected.
    pub(crate) fn line(&mut self, line: &Line) -> Result<(), String> {
        let result = match (self.step(&line.step), &line.expected) {
            (Err(Trouble::Wrong(text)), _) => return Err(text),
            (Ok(got), _) => Ok(got),
            (Err(Trouble::Errno(errno)), _) => Err(errno),
        };
        match (result, &line.expected) {
            (Ok(got), Expected::Success) => got.whole(&line.step),
            (Err(got), Expected::Failure(errno)) if got == *errno => Ok(()),
            (Err(got), _) => Err(got.describe().0.to_owned()),
            (Ok(got), Expected::Failure(_)) => Err(format!("success, {got:?}")),
            (Ok(got), Expected::Result(tokens)) => {
                // How much a write writes, a script can say itself.
                if !matches!(got, Got::Outcome(Outcome::Written(_))) {
                    got.whole(&line.step)?;
                }
                show(&got, tokens, &mut self.variables)
            }
        }
    }

    fn step(&mut self, step: &Step) -> Result<Got, Trouble> {
        Ok(match step {
            Step::Call(call) => return self.call(call),
            Step::Cat(target) => {
                self.probe(target, OpenOptions::existing(Access::READ))?;
                Got::Outcome(Outcome::Bytes(bytes_of(target, self.subject)?))
            }
            Step::List(target) => {
                self.probe(target, OpenOptions::directory())?;
                let entries = entries_of(target, self.subject)?;
                Got::Names(entries.into_iter().map(|(entry, _)| entry).collect())
            }
            Step::Watch(target) => {
                let metadata = self.stat(target)?;
                self.watched.retain(|(watched, _)| watched != target);
                self.watched.push((target.clone(), metadata));
                self.subject.pass_time();
                Got::Outcome(Outcome::Done)
            }
            Step::Moved(target) => {
                let now = self.stat(target)?;
                let mut watched = self.watched.iter();
                let (_, before) = watched
                    .find(|(watched, _)| watched == target)
                    .ok_or_else(|| "this was never watched".to_owned())?;
                Got::Moved(*before, now)
            }
            Step::Take { stream, count } => self.take(stream, *count)?,
            Step::Rest(stream) => self.take(stream, usize::MAX)?,
            Step::Rewind(stream) => {
                self.listings.insert(stream.clone(), Listing::default());
                Got::Outcome(Outcome::Done)
            }
            Step::Resume { bind, stream, dir } => {
                let cookie = self.listing(stream).cookie;
                let seen = Vec::new();
                self.listings.insert(bind.clone(), Listing { cookie, seen });
                let (bind, dir) = (bind.clone(), dir.clone());
                Got::Outcome(self.subject.perform(&Call::OpenStream { bind, dir })?)
            }
            Step::Seen(stream) => Got::Names(self.listing(stream).seen.clone()),
            Step::Count(stream) => Got::Number(self.seen(stream)?.len() as u64),
            Step::UnlinkLast { stream, dir } => {
                let last = self.seen(stream)?.last().cloned();
                self.unlink(dir, last.into_iter().collect())?
            }
            Step::UnlinkSeen { stream, dir } => {
                let seen = self.seen(stream)?.to_vec();
                self.unlink(dir, seen)?
            }
        })
    }

    fn call(&mut self, call: &Call) -> Result<Got, Trouble> {
        let outcome = self.subject.perform(call)?;
        match call {
            Call::OpenStream { bind, .. } => {
                self.listings.insert(bind.clone(), Listing::default());
            }
            Call::Open { bind, .. } if bind == UNNAMED => {
                self.subject.perform(&Call::Close(bind.clone()))?;
            }
            _ => {}
        }
        Ok(Got::Outcome(outcome))
    }

    fn stat(&mut self, target: &Target) -> Result<Metadata, Trouble> {
        let target = target.clone();
        let follow = false;
        match self.subject.perform(&Call::Stat { target, follow })? {
            Outcome::Stat(metadata) => Ok(metadata),
            other => Err(format!("stat gives {other:?}").into()),
        }
    }

    /// Opens and closes, for the errno.
    fn probe(&mut self, target: &Target, options: OpenOptions) -> Result<(), Errno> {
        let (bind, target) = (UNNAMED.to_owned(), target.clone());
        let open = Call::Open {
            bind,
            target,
            follow: true,
            options,
        };
        self.subject.perform(&open)?;
        self.subject.perform(&Call::Close(UNNAMED.into()))?;
        Ok(())
    }

    fn take(&mut self, stream: &str, limit: usize) -> Result<Got, Trouble> {
        let cookie = self.listing(stream).cookie;
        let call = Call::NextEntries {
            stream: stream.to_owned(),
            cookie,
            limit,
        };
        let Outcome::Entries(entries) = self.subject.perform(&call)? else {
            return Err("a listing gives no entries".to_owned().into());
        };
        if entries.iter().any(|entry| entry.next == 0) {
            return Err("a cookie is 0".to_owned().into());
        }
        let count = entries.len() as u64;
        let listing = self.listing(stream);
        if let Some(last) = entries.last() {
            listing.cookie = last.next;
        }
        listing.seen.extend(entries);
        Ok(Got::Number(count))
    }

    fn listing(&mut self, stream: &str) -> &mut Listing {
        self.listings.entry(stream.to_owned()).or_default()
    }

    /// What a stream has passed, each name once.
    fn seen(&mut self, stream: &str) -> Result<&[Entry], Trouble> {
        let seen = &self.listing(stream).seen;
        let mut names: Vec<&[u8]> = seen.iter().map(|entry| entry.name.as_slice()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("{} was passed twice", quoted(pair[0])).into()),
            None => Ok(seen),
        }
    }

    fn unlink(&mut self, dir: &str, entries: Vec<Entry>) -> Result<Got, Trouble> {
        for entry in entries {
            self.subject
                .perform(&Call::Unlink(Target::below(dir, entry.name)))?;
        }
        Ok(Got::Outcome(Outcome::Done))
    }
}
