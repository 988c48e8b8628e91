use guesthouse_vfs::{Access, OpenOptions, SetTime, SetTimes, Timestamp};
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::script::{Script, Step};
use crate::{Call, Target};

/// A tree to begin with, so that not every program has to find its way to one first, and handles in it.
const BEGINNING: &str = r#"
    ---
    mkdir d
    mkdir e
    mkdir d/e
    mkdir d/e/d
    f = open f read write create
    write f 0 "{5000*x}"
    g = open d/g read write create
    append g "0123456789"
    link f e/f
    link f d/e/f
    symlink d l
    symlink ../f d/l
    symlink g d/e/l
    h = open d read dir
    i = open d/e read dir
    s = stream h
    ---
"#;

/// Programs of up to that many calls and a beginning, on a few names, handles and offsets, so that they often meet.
///
/// Directories are mostly called `d` and `e`, files `f` and `g`, links `l`; the handles of directories `h` and `i`, of files `f` and `g`.
pub fn programs(longest: usize) -> impl Strategy<Value = Vec<Call>> {
    let beginning = beginning();
    let kept = vec(weighted(0.95), beginning.len());
    (kept, vec(call(), 1..longest)).prop_map(move |(kept, calls)| {
        let beginning = beginning.iter().zip(kept).filter(|(_, kept)| *kept);
        beginning
            .map(|(call, _)| call.clone())
            .chain(calls)
            .collect()
    })
}

pub(super) fn beginning() -> Vec<Call> {
    let script = Script::parse(BEGINNING)
        .map(|script| script.lines)
        .unwrap_or_default();
    let calls = script.into_iter().filter_map(|line| match line.step {
        Step::Call(call) => Some(call),
        _ => None,
    });
    calls.collect()
}

pub(super) fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        10 => open(),
        1 => handle().prop_map(Call::Close),
        9 => names(),
        8 => moves(),
        12 => contents(),
        6 => looks(),
        3 => metadata(),
    ]
}

fn open() -> impl Strategy<Value = Call> {
    let file_flags = select(vec![
        "r", "w", "rw", "rw", "rc", "wc", "rwc", "rwc", "wcx", "wt", "rwct", "", "c",
    ]);
    let dir_flags = select(vec!["rd", "rd", "rd", "d", "r", "wd", "rcd"]);
    prop_oneof![
        4 => (file_handle(), file(), file_flags.clone()),
        3 => (dir_handle(), dir(), dir_flags.clone()),
        1 => (file_handle(), dir(), file_flags),
        1 => (dir_handle(), file(), dir_flags),
    ]
    .prop_flat_map(|(bind, target, flags)| {
        (Just(bind), Just(target), weighted(0.9), Just(flags), mode())
    })
    .prop_map(|(bind, target, follow, flags, mode)| {
        let has = |flag| flags.contains(flag);
        let access = Access {
            read: has('r'),
            write: has('w'),
        };
        let options = OpenOptions {
            create: has('c'),
            exclusive: has('x'),
            truncate: has('t'),
            directory: has('d'),
            mode,
            ..OpenOptions::existing(access)
        };
        Call::Open {
            bind,
            target,
            follow,
            options,
        }
    })
}

/// Calls that make and remove names.
fn names() -> impl Strategy<Value = Call> {
    let link_target = prop_oneof![relative(dir_name()), relative(file_name())];
    prop_oneof![
        4 => (dir(), mode()).prop_map(|(target, mode)| Call::CreateDir { target, mode }),
        2 => dir().prop_map(Call::RemoveDir),
        1 => any_path().prop_map(Call::RemoveDir),
        3 => file().prop_map(Call::Unlink),
        1 => any_path().prop_map(Call::Unlink),
        2 => (link_target, any_path()).prop_map(|(to, target)| Call::Symlink { to, target }),
    ]
}

/// Calls on two names.
fn moves() -> impl Strategy<Value = Call> {
    let pairs = prop_oneof![
        3 => (dir(), dir()),
        3 => (file(), file()),
        2 => (any_path(), any_path()),
    ];
    let links = (any_path(), any::<bool>(), any_path()).prop_map(|(old, follow, new)| Call::Link {
        old,
        follow,
        new,
    });
    prop_oneof![
        3 => pairs.prop_map(|(old, new)| Call::Rename { old, new }),
        1 => links,
    ]
}

/// Calls on open files.
fn contents() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (file_handle(), offset(), buffers())
            .prop_map(|(file, offset, buffers)| Call::Write { file, offset, buffers }),
        2 => (file_handle(), buffers()).prop_map(|(file, buffers)| Call::Append { file, buffers }),
        3 => (file_handle(), offset(), vec(length(), 1..3))
            .prop_map(|(file, offset, lengths)| Call::Read { file, offset, lengths }),
        2 => (file_handle(), offset()).prop_map(|(file, len)| Call::SetLen { file, len }),
        1 => (file_handle(), offset(), offset())
            .prop_map(|(file, offset, len)| Call::Allocate { file, offset, len }),
    ]
}

/// Calls that change nothing.
fn looks() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => (target(), any::<bool>()).prop_map(|(target, follow)| Call::Stat { target, follow }),
        1 => any_path().prop_map(Call::ReadLink),
        2 => (select(vec!["s", "t"]), dir_handle())
            .prop_map(|(bind, dir)| Call::OpenStream { bind: bind.into(), dir }),
        2 => select(vec!["s", "t"]).prop_map(|stream| Call::NextEntries {
            stream: stream.into(),
            cookie: 0,
            limit: usize::MAX,
        }),
    ]
}

fn metadata() -> impl Strategy<Value = Call> {
    let time = prop_oneof![
        Just(SetTime::Keep),
        Just(SetTime::Now),
        (0..1000_i64).prop_map(|nanos| SetTime::At(Timestamp::from_nanos(nanos))),
    ];
    let times =
        (time.clone(), time).prop_map(|(accessed, modified)| SetTimes { accessed, modified });
    prop_oneof![
        (target(), any::<bool>(), times).prop_map(|(target, follow, times)| Call::SetTimes {
            target,
            follow,
            times
        }),
        (target(), any::<bool>(), mode()).prop_map(|(target, follow, mode)| Call::SetMode {
            target,
            follow,
            mode
        }),
    ]
}

pub(super) fn file_handle() -> BoxedStrategy<String> {
    select(vec!["f", "g"]).prop_map(str::to_owned).boxed()
}

fn dir_handle() -> BoxedStrategy<String> {
    select(vec!["h", "i"]).prop_map(str::to_owned).boxed()
}

fn handle() -> BoxedStrategy<String> {
    prop_oneof![file_handle(), dir_handle()].boxed()
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![4 => any_path(), 1 => handle().prop_map(Target::Handle)]
}

fn dir_name() -> BoxedStrategy<&'static str> {
    prop_oneof![12 => select(vec!["d", "e"]), 2 => Just("l"), 1 => select(vec!["f", ".", "..", ""])]
        .boxed()
}

fn file_name() -> BoxedStrategy<&'static str> {
    prop_oneof![8 => select(vec!["f", "g"]), 1 => Just("l"), 1 => Just("d")].boxed()
}

fn dir() -> BoxedStrategy<Target> {
    from_anywhere(relative(dir_name()))
}

fn file() -> BoxedStrategy<Target> {
    from_anywhere(relative(file_name()))
}

fn any_path() -> BoxedStrategy<Target> {
    prop_oneof![dir(), file()].boxed()
}

fn from_anywhere(path: impl Strategy<Value = Vec<u8>> + 'static) -> BoxedStrategy<Target> {
    let at = prop_oneof![3 => Just(None), 1 => dir_handle().prop_map(Some)];
    (at, path)
        .prop_map(|(at, path)| Target::Path { at, path })
        .boxed()
}

/// A relative path through up to two directories, now and then with a slash at its end.
fn relative(last: BoxedStrategy<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let slash = prop_oneof![12 => Just(""), 1 => Just("/")];
    (vec(dir_name(), 0..3), last, slash)
        .prop_map(|(mut components, last, slash)| {
            components.push(last);
            (components.join("/") + slash).into_bytes()
        })
        .prop_filter("absolute paths are refused anyway", |path| {
            !path.starts_with(b"/")
        })
}

/// Permission bits that let the owner do everything, which hosts check, and that no usual umask takes away.
fn mode() -> impl Strategy<Value = u32> {
    select(vec![0o755, 0o700])
}

/// Offsets and lengths around those at which filesystems change their ways (bytes).
fn offset() -> impl Strategy<Value = u64> {
    let near = |at: u64| at - 2..at + 3;
    prop_oneof![
        4 => 0..20_u64,
        1 => near(128),
        2 => near(4096),
        1 => near(8192),
        1 => near(65_536),
    ]
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..20_usize, 1 => 4094..4099_usize, 1 => 10_000..10_003_usize]
}

fn buffers() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let buffer = (length(), b'a'..=b'z').prop_map(|(length, byte)| vec![byte; length]);
    vec(buffer, 1..3)
}
