/// How far the server is with stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Not at all.
    Serving,
    /// It accepts no more connections; requests in flight are answered.
    Draining,
    /// The time for that is over: what is still in flight ends with `503`.
    Ending,
}
