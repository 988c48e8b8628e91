use std::time::Duration;

/// What a server does and how far it goes.
#[derive(Clone, Debug)]
pub struct Config {
    /// What one guest, one request and the whole server may take.
    pub limits: Limits,
    /// The file of the image that `SCRIPT_FILENAME` names, for guests that interpret one: `/www/index.php`.
    pub script: Option<String>,
    /// Variables that every guest gets; those of the request win.
    pub env: Vec<(String, String)>,
}

impl Default for Config {
    /// No script, no variables, and [`Limits::default`].
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            script: None,
            env: Vec::new(),
        }
    }
}

/// The limits. Each bounds what somebody outside can make the server spend; together they bound its memory.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many guests run at once. The engine reserves address space for each: 4 GiB.
    pub guests: u32,
    /// How many requests may wait for a place; a further one is answered `503`.
    pub queue: u32,
    /// How many connections are open at once; further ones wait in the kernel.
    pub connections: u32,
    /// How long a request may take to send its head, to send its body (`408`), to wait for a place (`503`) and to be answered by its guest (`504`), and how long a client may
    /// take nothing of its answer: each for itself.
    pub timeout: Duration,
    /// Bytes of linear memory that a guest may have.
    pub memory: usize,
    /// Elements that each of a guest's tables may have. The engine reserves 8 bytes for each.
    pub table_elements: usize,
    /// Bytes that a guest may write to its fork.
    pub file_bytes: u64,
    /// Files, directories and links that a guest may make.
    pub nodes: u64,
    /// Bytes of a request's head, at least 8 KiB; more is answered `431`.
    pub head: usize,
    /// Bytes of a request's body; more is answered `413`. It is in memory as a whole before the guest starts.
    pub body: usize,
    /// Bytes that a guest may print. The answer is sent when it is complete, so that one that fails half-way is never taken for whole.
    pub output: usize,
    /// Bytes of a guest's standard error that are logged.
    pub errors: usize,
    /// How long requests in flight may take after the server was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            guests: 64,
            queue: 256,
            connections: 1024,
            timeout: Duration::from_secs(10),
            memory: 64 << 20,
            table_elements: 1 << 16,
            file_bytes: 16 << 20,
            nodes: 4096,
            head: 64 << 10,
            body: 1 << 20,
            output: 8 << 20,
            errors: 8 << 10,
            grace: Duration::from_secs(10),
        }
    }
}
