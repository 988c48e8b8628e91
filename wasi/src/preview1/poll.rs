use std::time::Duration;

use crate::abi::{
    ClockId, Errno, Event, EventRwFlags, EventType, Rights, SubClockFlags, Subscription,
    SubscriptionClock, SubscriptionInterest,
};
use crate::descriptor::{Descriptor, Resource};
use crate::memory::{Array, Out};
use crate::stream::{Interest, Readiness, WRITE_MAX};
use crate::wait::{Wait, WaitSource, WaitToken};
use crate::{GuestMemory, Stop, WasiCtx};

/// Waits for the first of several events, and reports all that have happened by then, in the order of the subscriptions.
///
/// What is wrong with one subscription (no such descriptor or clock, a missing right) is reported in its event, and counts as one that has happened. Relative
/// times count from the call on, on the monotonic clock whichever clock they name, as POSIX has it.
///
/// # Errors
/// [`Errno::Inval`] for no subscriptions, or more than the context's limit; [`Errno::Fault`] if the subscriptions, the room for as many events, or the
/// place for their number are not within the memory; [`Errno::Inval`] for a subscription of no known kind. [`Stop::Wait`] while nothing has happened.
///
/// # References
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/poll.html>,
/// <https://pubs.opengroup.org/onlinepubs/9799919799/functions/clock_nanosleep.html>
pub fn poll_oneoff<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    subscriptions: u32,
    events: u32,
    nsubscriptions: u32,
    nevents: u32,
) -> Result<(), Stop> {
    let layout = Layout {
        subscriptions,
        events,
        nsubscriptions,
        nevents,
    };
    poll(ctx, mem, layout, Subscription::decode)
}

/// Where the guest's arguments say that things are.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) subscriptions: u32,
    pub(crate) events: u32,
    pub(crate) nsubscriptions: u32,
    pub(crate) nevents: u32,
}

/// The longest wait for a time of the realtime clock before looking at it again: somebody may set it.
const REALTIME_STEP: Duration = Duration::from_secs(1);

/// [`poll_oneoff`] for subscriptions of either ABI: `SIZE` bytes each, decoded by `decode`.
pub(crate) fn poll<M: GuestMemory + ?Sized, const SIZE: usize>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    layout: Layout,
    decode: fn(&[u8; SIZE]) -> Result<Subscription, Errno>,
) -> Result<(), Stop> {
    let token = ctx.wait_token.take();
    let count = layout.nsubscriptions;
    if count == 0 || count > ctx.limits.subscriptions {
        return Err(Errno::Inval.into());
    }
    let wanted = Array::<SIZE>::new(mem, layout.subscriptions, count)?;
    let room = Array::<{ Event::SIZE as usize }>::new(mem, layout.events, count)?;
    let nevents = Out::<4>::new(mem, layout.nevents)?;
    // All are read before an event is written: the two arrays may overlap.
    let subscriptions = (0..count)
        .map(|index| decode(&wanted.get(mem, index)?))
        .collect::<Result<Vec<_>, Errno>>()?;

    let entered = token.map_or_else(|| ctx.clocks.monotonic(), |token| token.entered);
    let mut look = Look::new(ctx, entered, 0, &subscriptions);
    if look.events.is_empty() {
        match look.wait() {
            Next::Wait(wait) => {
                ctx.wait_token = Some(WaitToken {
                    entered,
                    ..WaitToken::default()
                });
                return Err(Stop::Wait(wait));
            }
            Next::Advance(span) => {
                // Looked at before the clocks move: at the end of time they stay behind what they are moved by.
                look = Look::new(ctx, entered, span, &subscriptions);
                ctx.clocks.advance(span);
            }
        }
    }
    for (index, event) in (0..).zip(&look.events) {
        room.put(mem, index, event.encode())?;
    }
    let happened = u32::try_from(look.events.len()).map_err(|_| Errno::Overflow)?;
    nevents.put(mem, happened.to_le_bytes())?;
    Ok(())
}

/// One look at all subscriptions.
struct Look<'c> {
    ctx: &'c WasiCtx,
    /// The monotonic clock when the guest called; nanoseconds.
    entered: u64,
    /// How far virtual clocks are about to be moved on, in nanoseconds: what comes within that has happened.
    slept: u64,
    /// What has happened.
    events: Vec<Event>,
    /// What to wait for if nothing has.
    sources: Vec<WaitSource>,
    /// How long until the first time comes, in nanoseconds of the guest's clocks.
    span: Option<u64>,
    /// Whether a time of the realtime clock is waited for.
    realtime: bool,
}

/// What to do when nothing has happened yet.
enum Next {
    Wait(Wait),
    /// The clocks are virtual: move them on by so many nanoseconds.
    Advance(u64),
}

impl<'c> Look<'c> {
    fn new(ctx: &'c WasiCtx, entered: u64, slept: u64, subscriptions: &[Subscription]) -> Self {
        let mut look = Self {
            ctx,
            entered,
            slept,
            events: Vec::new(),
            sources: Vec::new(),
            span: None,
            realtime: false,
        };
        for subscription in subscriptions {
            let (r#type, found) = match subscription.interest {
                SubscriptionInterest::Clock(clock) => (EventType::Clock, look.clock(clock)),
                SubscriptionInterest::FdRead(fd) => {
                    (EventType::FdRead, look.descriptor(fd, Interest::Read))
                }
                SubscriptionInterest::FdWrite(fd) => {
                    (EventType::FdWrite, look.descriptor(fd, Interest::Write))
                }
            };
            let (error, bytes, hangup) = match found {
                Ok(Readiness::Pending) => continue,
                Ok(Readiness::Ready { bytes, hangup }) => (Errno::Success, bytes, hangup),
                Err(errno) => (errno, 0, false),
            };
            look.events.push(Event {
                userdata: subscription.userdata,
                error,
                r#type,
                nbytes: bytes,
                flags: if hangup {
                    EventRwFlags::FD_READWRITE_HANGUP
                } else {
                    EventRwFlags::empty()
                },
            });
        }
        look
    }

    fn clock(&mut self, clock: SubscriptionClock) -> Result<Readiness, Errno> {
        let flags = SubClockFlags::from_wire(u32::from(clock.flags))?;
        let id = ClockId::from_wire(clock.id).ok_or(Errno::Inval)?;
        let absolute = flags.contains(SubClockFlags::SUBSCRIPTION_CLOCK_ABSTIME);
        let (id, time) = match id {
            // Its time does not go on while the guest waits. ENOTSUP is clock_nanosleep's answer.
            ClockId::ProcessCputimeId | ClockId::ThreadCputimeId => return Err(Errno::Notsup),
            id if absolute => (id, clock.timeout),
            _ => (
                ClockId::Monotonic,
                self.entered.saturating_add(clock.timeout),
            ),
        };
        let rest = time.saturating_sub(self.ctx.clocks.now(id)?);
        if rest <= self.slept || self.ctx.clocks.reached(id, time)? {
            return Ok(Readiness::Ready {
                bytes: 0,
                hangup: false,
            });
        }
        self.span = Some(self.span.map_or(rest, |span| span.min(rest)));
        self.realtime |= id == ClockId::Realtime;
        Ok(Readiness::Pending)
    }

    fn descriptor(&mut self, fd: u32, interest: Interest) -> Result<Readiness, Errno> {
        let descriptor = self.ctx.fds.get(fd)?;
        let transfer = match (&descriptor.resource, interest) {
            (Resource::Listener(_), Interest::Read) => Rights::SOCK_ACCEPT,
            (_, Interest::Read) => Rights::FD_READ,
            (_, Interest::Write) => Rights::FD_WRITE,
        };
        descriptor
            .rights
            .need(Rights::POLL_FD_READWRITE | transfer)?;
        let readiness = readiness(descriptor, interest)?;
        if readiness == Readiness::Pending {
            // What can't be waited for can't become ready: the guest had better know.
            let source = wait_source(descriptor, interest).ok_or(Errno::Notsup)?;
            self.sources.push(source);
        }
        Ok(readiness)
    }

    fn wait(self) -> Next {
        let Some(span) = self.span else {
            return Next::Wait(Wait {
                sources: self.sources,
                timeout: None,
            });
        };
        let timeout = self.ctx.clocks.host_span(span);
        if timeout.is_zero() {
            return Next::Advance(span);
        }
        Next::Wait(Wait {
            sources: self.sources,
            timeout: Some(if self.realtime {
                timeout.min(REALTIME_STEP)
            } else {
                timeout
            }),
        })
    }
}

fn readiness(descriptor: &Descriptor, interest: Interest) -> Result<Readiness, Errno> {
    match &descriptor.resource {
        Resource::Stream(stream) => stream.readiness(interest),
        Resource::Socket(socket) => socket.readiness(interest),
        Resource::Listener(listener) => match interest {
            Interest::Read => listener.readiness(),
            Interest::Write => Err(Errno::Notsup),
        },
        Resource::File(file) => Ok(Readiness::Ready {
            bytes: match interest {
                Interest::Read => file.file.metadata()?.size.saturating_sub(file.offset),
                Interest::Write => WRITE_MAX,
            },
            hangup: false,
        }),
        Resource::Dir(_) => Err(Errno::Isdir),
    }
}

fn wait_source(descriptor: &Descriptor, interest: Interest) -> Option<WaitSource> {
    match &descriptor.resource {
        Resource::Stream(stream) => stream.wait_source(interest),
        Resource::Socket(socket) => socket.wait_source(interest),
        Resource::Listener(listener) => listener.wait_source(),
        Resource::File(_) | Resource::Dir(_) => None,
    }
}

#[cfg(test)]
mod tests;
