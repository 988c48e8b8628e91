use super::quote::{Buffers, push, quote_path};
use crate::GuestMemory;
use crate::abi::functions::Kind;
use crate::abi::{
    Advice, ClockId, FdFlags, FstFlags, LookupFlags, OFlags, RiFlags, Rights, SdFlags, SiFlags,
    Signal, SubClockFlags, Subscription, SubscriptionClock, SubscriptionInterest, Whence,
};
use crate::memory::Array;
use crate::observer::Call;

/// The most subscriptions that a line shows.
const SUBSCRIPTIONS_SHOWN: u32 = 8;

/// Adds the call as the guest made it: its name and what it gave in.
pub(super) fn describe(line: &mut String, call: Call<'_>, mem: &dyn GuestMemory) {
    let function = call.function();
    if call.unstable {
        line.push_str("unstable ");
    }
    line.push_str(function.name);
    line.push('(');
    let mut rest = call.args;
    let mut first = true;
    for param in function.params {
        let (values, after) = rest.split_at(param.kind.values().len().min(rest.len()));
        rest = after;
        if shown(param.kind) {
            if !first {
                line.push_str(", ");
            }
            first = false;
            argument(line, param.kind, values, call, mem);
        }
    }
    line.push(')');
}

/// An address says nothing to a reader; results come after the call.
fn shown(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Bytes | Kind::Pointers | Kind::Events | Kind::Out(_)
    )
}

fn argument(line: &mut String, kind: Kind, values: &[u64], call: Call<'_>, mem: &dyn GuestMemory) {
    let value = values.first().copied().unwrap_or(0);
    // Arguments of 32 bits arrive zero-extended.
    let narrow = value as u32;
    let count = values.get(1).copied().unwrap_or(0) as u32;
    match kind {
        Kind::Path => quote_path(line, mem, narrow, count),
        Kind::Iovecs => match Buffers::new(mem, narrow, count) {
            Ok(buffers) => push(line, format_args!("{}", buffers.len(mem))),
            Err(_) => push(line, format_args!("bad address {narrow:#x}")),
        },
        Kind::Ciovecs => match Buffers::new(mem, narrow, count) {
            Ok(buffers) => buffers.quote(line, mem, buffers.len(mem)),
            Err(_) => push(line, format_args!("bad address {narrow:#x}")),
        },
        Kind::Subscriptions => subscriptions(line, narrow, call, mem),
        Kind::FileDelta => push(line, format_args!("{}", value.cast_signed())),
        Kind::Rights => rights(line, Rights::from_bits_truncate(value)),
        Kind::Whence if call.unstable => match Whence::from_unstable_wire(narrow) {
            Some(whence) => line.push_str(whence.name()),
            None => push(line, format_args!("{narrow}")),
        },
        _ => named(line, kind, narrow, value),
    }
}

/// Adds an argument whose number, or whose bits, have names.
fn named(line: &mut String, kind: Kind, narrow: u32, value: u64) {
    let name = match kind {
        Kind::ClockId => ClockId::from_wire(narrow).map(ClockId::name),
        Kind::Advice => Advice::from_wire(narrow).map(Advice::name),
        Kind::Whence => Whence::from_wire(narrow).map(Whence::name),
        Kind::Signal => Signal::from_wire(narrow).map(Signal::name),
        _ => None,
    };
    match (name, flag_names(kind)) {
        (Some(name), _) => line.push_str(name),
        (None, Some(names)) => bits(line, narrow.into(), &names),
        (None, None) => push(line, format_args!("{value}")),
    }
}

/// The bits of a set of flags with their names.
fn flag_names(kind: Kind) -> Option<Vec<(u64, &'static str)>> {
    Some(match kind {
        Kind::LookupFlags => names(LookupFlags::ALL, |f| f.bits().into()),
        Kind::OFlags => names(OFlags::ALL, |f| f.bits().into()),
        Kind::FdFlags => names(FdFlags::ALL, |f| f.bits().into()),
        Kind::FstFlags => names(FstFlags::ALL, |f| f.bits().into()),
        Kind::RiFlags => names(RiFlags::ALL, |f| f.bits().into()),
        Kind::SiFlags => names(SiFlags::ALL, |f| f.bits().into()),
        Kind::SdFlags => names(SdFlags::ALL, |f| f.bits().into()),
        _ => return None,
    })
}

fn names<F: Copy>(all: &[(F, &'static str)], wire: impl Fn(F) -> u64) -> Vec<(u64, &'static str)> {
    all.iter()
        .map(|(flag, name)| (wire(*flag), *name))
        .collect()
}

/// Adds a set of bits: the names of those that have one, the others as a number.
pub(super) fn bits(line: &mut String, value: u64, names: &[(u64, &'static str)]) {
    if value == 0 {
        line.push('0');
        return;
    }
    let mut rest = value;
    let mut separator = "";
    for (bit, name) in names.iter().filter(|(bit, _)| value & bit != 0) {
        push(line, format_args!("{separator}{name}"));
        rest &= !bit;
        separator = "|";
    }
    if rest != 0 {
        push(line, format_args!("{separator}{rest:#x}"));
    }
}

/// Adds what rights allow of reading and writing, and how many others there are.
pub(super) fn rights(line: &mut String, rights: Rights) {
    let letter = |right, letter| if rights.contains(right) { letter } else { '-' };
    let read_write = Rights::FD_READ | Rights::FD_WRITE;
    push(
        line,
        format_args!(
            "{}{}+{}",
            letter(Rights::FD_READ, 'r'),
            letter(Rights::FD_WRITE, 'w'),
            rights.without(read_write).bits().count_ones()
        ),
    );
}

fn subscriptions(line: &mut String, address: u32, call: Call<'_>, mem: &dyn GuestMemory) {
    let count = call.args.get(2).copied().unwrap_or(0) as u32;
    let shown = count.min(SUBSCRIPTIONS_SHOWN);
    line.push('[');
    for index in 0..shown {
        if index > 0 {
            line.push_str(", ");
        }
        match subscription(address, index, shown, call.unstable, mem) {
            Some(subscription) => interest(line, subscription.interest),
            None => line.push('?'),
        }
    }
    line.push_str(if shown < count { ", ...]" } else { "]" });
}

fn subscription(
    address: u32,
    index: u32,
    count: u32,
    unstable: bool,
    mem: &dyn GuestMemory,
) -> Option<Subscription> {
    const SIZE: usize = Subscription::SIZE as usize;
    const UNSTABLE_SIZE: usize = Subscription::UNSTABLE_SIZE as usize;
    if unstable {
        let list = Array::<UNSTABLE_SIZE>::new(mem, address, count).ok()?;
        Subscription::decode_unstable(&list.get(mem, index).ok()?).ok()
    } else {
        let list = Array::<SIZE>::new(mem, address, count).ok()?;
        Subscription::decode(&list.get(mem, index).ok()?).ok()
    }
}

fn interest(line: &mut String, interest: SubscriptionInterest) {
    match interest {
        SubscriptionInterest::FdRead(fd) => push(line, format_args!("read {fd}")),
        SubscriptionInterest::FdWrite(fd) => push(line, format_args!("write {fd}")),
        SubscriptionInterest::Clock(SubscriptionClock {
            id, timeout, flags, ..
        }) => {
            let clock = ClockId::from_wire(id).map_or("clock ?", ClockId::name);
            let absolute = flags & SubClockFlags::SUBSCRIPTION_CLOCK_ABSTIME.bits() != 0;
            let sign = if absolute { "at " } else { "+" };
            push(line, format_args!("{clock} {sign}{timeout} ns"));
        }
    }
}
