use crate::abi::{Errno, Signal, SignalAction};
use crate::{Exit, GuestMemory, Stop, WasiCtx};

/// Ends the guest with the code `rval`.
///
/// # Errors
/// Always [`Stop::Exit`].
pub fn proc_exit<M: GuestMemory + ?Sized>(
    _ctx: &mut WasiCtx,
    _mem: &mut M,
    rval: u32,
) -> Result<(), Stop> {
    Err(Stop::Exit(Exit::Code(rval)))
}

/// Raises the signal `sig`: one that the specification lets end a program ends the guest, one that it lets be ignored does nothing.
///
/// # Errors
/// `INVAL` for an unknown signal; `NOTSUP` for one that stops a program, since nobody could let it go on; [`Stop::Exit`].
pub fn proc_raise<M: GuestMemory + ?Sized>(
    _ctx: &mut WasiCtx,
    _mem: &mut M,
    sig: u32,
) -> Result<(), Stop> {
    let signal = Signal::from_wire(sig).ok_or(Errno::Inval)?;
    match signal.action() {
        SignalAction::Ignore => Ok(()),
        SignalAction::Stop => Err(Errno::Notsup.into()),
        SignalAction::Terminate => Err(Stop::Exit(Exit::Raised(signal))),
    }
}
