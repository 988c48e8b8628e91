use std::collections::{BTreeMap, BTreeSet};

use guesthouse_vfs::OpenOptions;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Call, Outcome, Subject, Target};

/// What happens to a directory while it is listed. Numbers are names.
#[derive(Clone, Debug)]
pub enum ListingStep {
    /// The reader takes that many more entries.
    Take(usize),
    /// A file is made.
    Create(u8),
    /// A name is removed.
    Remove(u8),
    /// A name moves, perhaps onto another one.
    Rename(u8, u8),
}

/// Up to that many changes of a directory, and reads of a part of its listing in between.
pub fn listings(longest: usize) -> impl Strategy<Value = Vec<ListingStep>> {
    let step = prop_oneof![
        2 => (0..20_usize).prop_map(ListingStep::Take),
        2 => any::<u8>().prop_map(ListingStep::Create),
        3 => any::<u8>().prop_map(ListingStep::Remove),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(old, new)| ListingStep::Rename(old, new)),
    ];
    vec(step, 1..longest)
}

/// Lists a directory of that many entries while the steps change it.
///
/// Entries that were there all along are passed exactly once, others at most as often as their name came into the directory.
///
/// # Errors
/// What was passed too seldom or too often, or the call that failed.
pub fn check_listing(
    entries: u8,
    steps: &[ListingStep],
    subject: &mut dyn Subject,
) -> Result<(), String> {
    let mut listed = Listed::begin(entries, subject)?;
    for step in steps {
        match *step {
            ListingStep::Take(count) => listed.take(count, subject)?,
            ListingStep::Create(name) => {
                let options = OpenOptions::create();
                listed.open(name, options, subject)?;
                if listed.present.insert(name) {
                    *listed.came.entry(name).or_default() += 1;
                }
            }
            ListingStep::Remove(name) if listed.present.remove(&name) => {
                listed.untouched.remove(&name);
                perform(subject, &Call::Unlink(path(name)))?;
            }
            ListingStep::Rename(old, new) if old != new && listed.present.remove(&old) => {
                listed.untouched.remove(&old);
                listed.untouched.remove(&new);
                listed.present.insert(new);
                *listed.came.entry(new).or_default() += 1;
                let (old, new) = (path(old), path(new));
                perform(subject, &Call::Rename { old, new })?;
            }
            ListingStep::Remove(_) | ListingStep::Rename(..) => {}
        }
    }
    listed.take(usize::MAX, subject)?;
    listed.finish()
}

#[derive(Default)]
struct Listed {
    cookie: u64,
    /// How often each name was passed.
    passed: BTreeMap<u8, usize>,
    /// How often each name came into the directory.
    came: BTreeMap<u8, usize>,
    present: BTreeSet<u8>,
    /// The names that were there from the beginning and are still.
    untouched: BTreeSet<u8>,
}

impl Listed {
    fn begin(entries: u8, subject: &mut dyn Subject) -> Result<Self, String> {
        let mut listed = Self::default();
        let target = Target::path("d");
        perform(
            subject,
            &Call::CreateDir {
                target,
                mode: 0o755,
            },
        )?;
        for name in 0..entries {
            listed.open(name, OpenOptions::create_new(), subject)?;
            listed.came.insert(name, 1);
        }
        listed.present = (0..entries).collect();
        listed.untouched = listed.present.clone();
        let open = Call::Open {
            bind: "d".into(),
            target: Target::path("d"),
            follow: true,
            options: OpenOptions::directory(),
        };
        perform(subject, &open)?;
        let (bind, dir) = ("s".into(), "d".into());
        perform(subject, &Call::OpenStream { bind, dir })?;
        Ok(listed)
    }

    fn open(
        &self,
        name: u8,
        options: OpenOptions,
        subject: &mut dyn Subject,
    ) -> Result<(), String> {
        let open = Call::Open {
            bind: "f".into(),
            target: path(name),
            follow: false,
            options,
        };
        perform(subject, &open)?;
        perform(subject, &Call::Close("f".into())).map(drop)
    }

    fn take(&mut self, limit: usize, subject: &mut dyn Subject) -> Result<(), String> {
        let call = Call::NextEntries {
            stream: "s".into(),
            cookie: self.cookie,
            limit,
        };
        let Outcome::Entries(entries) = perform(subject, &call)? else {
            return Err("a listing gives no entries".into());
        };
        for entry in entries {
            let name = std::str::from_utf8(&entry.name)
                .ok()
                .and_then(|name| name.parse().ok());
            *self
                .passed
                .entry(name.ok_or("an unknown name")?)
                .or_default() += 1;
            self.cookie = entry.next;
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), String> {
        for name in &self.untouched {
            match self.passed.get(name) {
                Some(1) => {}
                times => return Err(format!("{name} was there all along, passed {times:?}")),
            }
        }
        for (name, &times) in &self.passed {
            let came = self.came.get(name).copied().unwrap_or(0);
            if times > came {
                return Err(format!("{name} came {came} times, passed {times}"));
            }
        }
        Ok(())
    }
}

fn path(name: u8) -> Target {
    Target::path(format!("d/{name}"))
}

fn perform(subject: &mut dyn Subject, call: &Call) -> Result<Outcome, String> {
    subject
        .perform(call)
        .map_err(|errno| format!("{call} -> {}", errno.describe().0))
}
