use std::fmt;
use std::sync::Arc;

use guesthouse_vfs::{FileSystem, OpenDir, RandomSource};

use crate::abi::FdFlags;
use crate::clocks::Clocks;
use crate::ctx::{Limits, Policy, WasiCtx};
use crate::descriptor::{Descriptor, DirDescriptor, Resource};
use crate::fd_table::FdTable;
use crate::mounts::Mounts;
use crate::rights::DescriptorRights;
use crate::socket::{Listener, Socket};
use crate::stdio::Null;
use crate::stream::Stream;
use crate::string_list::{Refused, StringList};
use crate::wait::Canceller;

/// Makes a [`WasiCtx`].
///
/// Without more it has no arguments, no environment, no files, empty input and output that vanishes, the system's clocks and randomness.
#[must_use = "a builder does nothing until `build` is called"]
pub struct WasiCtxBuilder {
    args: Vec<Vec<u8>>,
    env: Vec<(Vec<u8>, Vec<u8>)>,
    stdio: [Arc<dyn Stream>; 3],
    preopens: Vec<Preopen>,
    mounts: Mounts,
    sockets: Vec<Resource>,
    clocks: Option<Clocks>,
    random: Option<Arc<dyn RandomSource>>,
    policy: Policy,
    limits: Limits,
}

/// A directory that the guest finds open when it starts, from descriptor 3 on.
#[derive(Debug)]
pub struct Preopen {
    dir: Arc<OpenDir>,
    name: String,
    rights: DescriptorRights,
    is_root: bool,
}

impl Preopen {
    /// The directory under this name. One that is named `/` is where absolute targets of symbolic links in and below it resolve; below another name
    /// such links are errors.
    pub fn new(dir: OpenDir, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            dir: Arc::new(dir),
            is_root: name == "/",
            name,
            rights: DescriptorRights::DIR,
        }
    }

    /// Whether absolute targets of symbolic links in and below this directory resolve at it; otherwise they are errors (`PERM`).
    #[must_use]
    pub fn resolve_absolute_symlinks(self, yes: bool) -> Self {
        Self {
            is_root: yes,
            ..self
        }
    }

    /// Takes all other rights away, for good.
    #[must_use]
    pub fn limit_rights(self, rights: DescriptorRights) -> Self {
        let base = self.rights.base.intersection(rights.base);
        let inheriting = self.rights.inheriting.intersection(rights.inheriting);
        Self {
            rights: DescriptorRights { base, inheriting },
            ..self
        }
    }

    fn into_descriptor(self) -> Descriptor {
        let root = self.is_root.then(|| Arc::clone(&self.dir));
        let dir = DirDescriptor::new(self.dir, root, Some(self.name.into()));
        Descriptor {
            resource: Resource::Dir(Box::new(dir)),
            rights: self.rights,
            flags: FdFlags::empty(),
        }
    }
}

impl WasiCtxBuilder {
    pub(crate) fn new() -> Self {
        let null: Arc<dyn Stream> = Arc::new(Null);
        Self {
            args: Vec::new(),
            env: Vec::new(),
            stdio: [Arc::clone(&null), Arc::clone(&null), null],
            preopens: Vec::new(),
            mounts: Mounts::default(),
            sockets: Vec::new(),
            clocks: None,
            random: None,
            policy: Policy::default(),
            limits: Limits::default(),
        }
    }

    /// Adds an argument. The first is the program's name, by custom.
    pub fn arg(mut self, arg: impl AsRef<[u8]>) -> Self {
        self.args.push(arg.as_ref().to_vec());
        self
    }

    /// Adds arguments.
    pub fn args(self, args: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the environment. One of the same name is replaced.
    pub fn env(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let (name, value) = (name.as_ref(), value.as_ref().to_vec());
        match self.env.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.env.push((name.to_vec(), value)),
        }
        self
    }

    /// Sets variables of the environment.
    pub fn envs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        variables
            .into_iter()
            .fold(self, |builder, (name, value)| builder.env(name, value))
    }

    /// Gives the guest this filesystem as `/`: the normal case, and all that most guests need.
    pub fn root(self, fs: Arc<dyn FileSystem>) -> Self {
        self.preopen(OpenDir::root(fs), "/")
    }

    /// Mounts a filesystem in the guest's [root](Self::root), to be read and written. The path is resolved in the tree mounted so far, as `mount(2)` does; directories that
    /// are missing on the way exist in the tree of mounts only. For other choices compose a [`MountFs`](guesthouse_vfs::MountFs) and give it as the root.
    pub fn mount(mut self, path: impl AsRef<[u8]>, fs: Arc<dyn FileSystem>) -> Self {
        self.mounts.add(path.as_ref(), fs, false);
        self
    }

    /// As [`mount`](Self::mount), so that nothing can be changed through it.
    pub fn mount_read_only(mut self, path: impl AsRef<[u8]>, fs: Arc<dyn FileSystem>) -> Self {
        self.mounts.add(path.as_ref(), fs, true);
        self
    }

    /// Gives the guest this directory under this name. C libraries give a path to the preopen with the longest name that begins it, so with a
    /// further one `.` every relative path goes there.
    pub fn preopen(self, dir: OpenDir, name: impl Into<String>) -> Self {
        self.preopen_with(Preopen::new(dir, name))
    }

    /// Gives the guest a directory that was described at more length.
    pub fn preopen_with(mut self, preopen: Preopen) -> Self {
        self.preopens.push(preopen);
        self
    }

    /// Sets descriptor 0.
    pub fn stdin(mut self, stream: impl Stream + 'static) -> Self {
        self.stdio[0] = Arc::new(stream);
        self
    }

    /// Sets descriptor 1.
    pub fn stdout(mut self, stream: impl Stream + 'static) -> Self {
        self.stdio[1] = Arc::new(stream);
        self
    }

    /// Sets descriptor 2.
    pub fn stderr(mut self, stream: impl Stream + 'static) -> Self {
        self.stdio[2] = Arc::new(stream);
        self
    }

    /// Sets descriptors 0, 1 and 2 to the standard input, output and error of this process; see [`Inherited`](crate::stdio::Inherited).
    ///
    /// ```
    /// # use guesthouse_wasi::WasiCtx;
    /// let ctx = WasiCtx::builder().arg("guest").inherit_stdio()?.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// One of them is closed, or the process has too many open descriptors.
    #[cfg(feature = "host")]
    pub fn inherit_stdio(self) -> std::io::Result<Self> {
        use crate::stdio::Inherited;

        Ok(self
            .stdin(Inherited::stdin()?)
            .stdout(Inherited::stdout()?)
            .stderr(Inherited::stderr()?))
    }

    /// Hands in a socket that accepts connections. Sockets follow the preopens, in the order in which they are handed in: C libraries stop looking for
    /// preopens at the first descriptor that is none.
    pub fn listener(mut self, listener: impl Listener + 'static) -> Self {
        self.sockets.push(Resource::Listener(Arc::new(listener)));
        self
    }

    /// Hands in a connected socket; see [`listener`](Self::listener) for its number.
    pub fn socket(mut self, socket: impl Socket + 'static) -> Self {
        self.sockets.push(Resource::Socket(Arc::new(socket)));
        self
    }

    /// Sets the clocks.
    pub fn clocks(mut self, clocks: Clocks) -> Self {
        self.clocks = Some(clocks);
        self
    }

    /// Sets the source of `random_get`; it may be shared with [`DevFs`](guesthouse_vfs::DevFs).
    pub fn random(mut self, source: Arc<dyn RandomSource>) -> Self {
        self.random = Some(source);
        self
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether `path_open` grants exactly the rights that are requested, as the specification says, instead of all that the kind of file supports,
    /// as practice has it. Guests whose C library asks for too little break under strict rights.
    pub fn strict_rights(mut self, yes: bool) -> Self {
        self.policy.strict_rights = yes;
        self
    }

    /// Whether the guest may make symbolic links with absolute targets; otherwise that is `PERM`.
    pub fn allow_absolute_symlinks(mut self, yes: bool) -> Self {
        self.policy.absolute_symlinks = yes;
        self
    }

    /// Makes the context.
    ///
    /// # Errors
    /// In this order: an argument or variable that has a NUL or passes the limit, or a variable whose name is empty or has a `=`; a name of a preopen that is
    /// empty or has a NUL; mounts without a root, or one that cannot be made; more descriptors than the limit allows; no clocks or randomness given where the platform has none.
    pub fn build(self) -> Result<WasiCtx, BuildError> {
        let limit = self.limits.argument_bytes;
        let mut args = StringList::default();
        for (index, arg) in self.args.iter().enumerate() {
            args.push(&[arg], limit).map_err(|refused| {
                BuildError::refused(format!("argument {index}"), refused, limit)
            })?;
        }
        let mut environ = StringList::default();
        for (name, value) in &self.env {
            let what = || format!("the variable \"{}\"", name.escape_ascii());
            if name.is_empty() || name.contains(&b'=') {
                return Err(BuildError(format!("{} has no valid name", what())));
            }
            environ
                .push(&[name, b"=", value], limit)
                .map_err(|refused| BuildError::refused(what(), refused, limit))?;
        }
        if let Some(bad) = self.preopens.iter().find(|p| !is_preopen_name(&p.name)) {
            let name = bad.name.escape_debug();
            return Err(BuildError(format!(
                "\"{name}\" is no name for a preopened directory"
            )));
        }
        let preopens = with_mounts(self.preopens, self.mounts)?;
        Ok(WasiCtx {
            args,
            environ,
            fds: fd_table(self.limits, self.stdio, preopens, self.sockets)?,
            clocks: self.clocks.or_else(system_clocks).ok_or_else(|| {
                BuildError("this platform has no clocks, and none were given".to_owned())
            })?,
            random: self.random.or_else(system_random).ok_or_else(|| {
                BuildError("this build has no source of randomness, and none was given".to_owned())
            })?,
            policy: self.policy,
            limits: self.limits,
            wait_token: None,
            canceller: Canceller::new(),
            observer: None,
        })
    }
}

fn is_preopen_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0')
}

/// The preopens, with the mounts made in the one that is the root.
fn with_mounts(mut preopens: Vec<Preopen>, mounts: Mounts) -> Result<Vec<Preopen>, BuildError> {
    if mounts.is_empty() {
        return Ok(preopens);
    }
    let root = preopens.iter_mut().find(|preopen| {
        preopen.name == "/" && preopen.dir.node() == preopen.dir.file_system().root()
    });
    let root = root.ok_or_else(|| BuildError("there are mounts, but no root".to_owned()))?;
    let tree = mounts
        .on(Arc::clone(root.dir.file_system()))
        .map_err(|error| BuildError(error.to_string()))?;
    root.dir = Arc::new(OpenDir::root(tree));
    Ok(preopens)
}

fn fd_table(
    limits: Limits,
    [stdin, stdout, stderr]: [Arc<dyn Stream>; 3],
    preopens: Vec<Preopen>,
    sockets: Vec<Resource>,
) -> Result<FdTable, BuildError> {
    let stdio = [
        Descriptor::stream(stdin, DescriptorRights::INPUT),
        Descriptor::stream(stdout, DescriptorRights::OUTPUT),
        Descriptor::stream(stderr, DescriptorRights::OUTPUT),
    ];
    let preopens = preopens.into_iter().map(Preopen::into_descriptor);
    let sockets = sockets.into_iter().map(Descriptor::socket);
    let mut table = FdTable::new(limits.descriptors);
    for descriptor in stdio.into_iter().chain(preopens).chain(sockets) {
        table.insert(descriptor).map_err(|_| {
            let limit = limits.descriptors;
            BuildError(format!(
                "the guest is given more descriptors than it may have, {limit}"
            ))
        })?;
    }
    Ok(table)
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn system_clocks() -> Option<Clocks> {
    Some(Clocks::system())
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
fn system_clocks() -> Option<Clocks> {
    None
}

#[cfg(feature = "host")]
fn system_random() -> Option<Arc<dyn RandomSource>> {
    Some(Arc::new(crate::random::OsRandom))
}

#[cfg(not(feature = "host"))]
fn system_random() -> Option<Arc<dyn RandomSource>> {
    None
}

impl fmt::Debug for WasiCtxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtxBuilder")
            .field("preopens", &self.preopens)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why a context could not be made.
#[derive(Debug)]
pub struct BuildError(String);

impl BuildError {
    fn refused(what: String, refused: Refused, limit: u32) -> Self {
        Self(match refused {
            Refused::Nul => format!("{what} contains a NUL byte"),
            Refused::TooLong => {
                format!("with {what} the limit of {limit} bytes is exceeded")
            }
        })
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}
