use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use guesthouse_wasi::wasmtime::{Program, config};
use wasmtime::{Engine, Module};

use crate::Outcome;

/// A name under which guests import WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleName {
    /// `wasi_snapshot_preview1`
    Preview1,
    /// `wasi_unstable`, of old guests.
    Unstable,
}

impl ModuleName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Preview1, Self::Unstable];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preview1 => "wasi_snapshot_preview1",
            Self::Unstable => "wasi_unstable",
        }
    }
}

/// A guest file of this repository on the host; `guest` is its path from the repository's root.
#[must_use]
pub fn guest_path(guest: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(guest)
}

/// A guest file of this repository, compiled when it is first asked for.
///
/// # Errors
/// There is none, or it does not link.
pub fn program(guest: &str) -> Outcome<Program> {
    compiled(guest, None)
}

/// A guest of this repository in the text format, importing WASI under this name whatever its own is.
///
/// # Errors
/// As [`program`]; it is not a text.
pub fn program_under(name: ModuleName, guest: &str) -> Outcome<Program> {
    compiled(guest, Some(name))
}

fn compiled(guest: &str, name: Option<ModuleName>) -> Outcome<Program> {
    type Slot = Arc<OnceLock<Program>>;
    type Key = (String, Option<ModuleName>);
    static SLOTS: LazyLock<Mutex<HashMap<Key, Slot>>> = LazyLock::new(Mutex::default);

    let key = (guest.to_owned(), name);
    let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = Arc::clone(slots.entry(key).or_default());
    drop(slots);
    if let Some(program) = slot.get() {
        return Ok(program.clone());
    }
    let module = match name {
        None => Module::from_file(engine()?, guest_path(guest))?,
        Some(name) => {
            let text = std::fs::read_to_string(guest_path(guest))?;
            let text = ModuleName::ALL.iter().fold(text, |text, other| {
                text.replace(
                    &format!("\"{}\"", other.name()),
                    &format!("\"{}\"", name.name()),
                )
            });
            Module::new(engine()?, text)?
        }
    };
    let program = Program::new(&module)?;
    Ok(slot.get_or_init(|| program).clone())
}

fn engine() -> Outcome<&'static Engine> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    let engine = Engine::new(&config())?;
    Ok(ENGINE.get_or_init(|| engine))
}
