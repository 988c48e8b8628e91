//! Compares our numbers, bits, byte layouts and signatures with the specification's own description, for both ABIs.

use guesthouse_wasi::abi::functions::{FUNCTIONS, Function, Kind, Param, ValueType, is_unstable};
use guesthouse_wasi::abi::{
    Advice, ClockId, Dirent, Errno, Event, EventRwFlags, EventType, FdFlags, Fdstat, FileType,
    Filestat, FstFlags, IOVEC_SIZE, LookupFlags, OFlags, PreopenType, Prestat, RiFlags, Rights,
    RoFlags, SdFlags, SiFlags, Signal, SubClockFlags, Subscription, SubscriptionClock,
    SubscriptionInterest, UnstableFilestat, Whence,
};
use witx::{
    BuiltinType, Document, Id, IntRepr, InterfaceFunc, Layout, RecordDatatype, Type, TypeRef,
    WasmType,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witx");

struct Specification {
    document: Document,
    module: &'static str,
}

fn preview1() -> Specification {
    read("p1", "wasi_snapshot_preview1")
}

fn unstable() -> Specification {
    read("p0", "wasi_unstable")
}

fn read(folder: &str, module: &'static str) -> Specification {
    let path = format!("{FOLDER}/{folder}/{module}.witx");
    let document = witx::load(&[path]).expect("a valid witx file");
    Specification { document, module }
}

impl Specification {
    fn type_named(&self, name: &str) -> Type {
        let named = self.document.typename(&Id::new(name));
        let named = named.unwrap_or_else(|| panic!("{name} is in the specification"));
        (**named.type_()).clone()
    }

    fn record(&self, name: &str) -> RecordDatatype {
        match self.type_named(name) {
            Type::Record(record) => record,
            other => panic!("{name} is a {}", other.kind()),
        }
    }

    fn functions(&self) -> Vec<InterfaceFunc> {
        let module = self.document.module(&Id::new(self.module));
        let module = module.expect("the module");
        let mut functions: Vec<InterfaceFunc> = module.funcs().map(|f| (*f).clone()).collect();
        functions.sort_by_key(|function| function.name.as_str().to_owned());
        functions
    }

    /// The cases of an enumeration in order, and the bytes of its tag.
    fn enumeration(&self, name: &str) -> (Vec<String>, usize) {
        match self.type_named(name) {
            Type::Variant(variant) if variant.is_enum() => (
                variant
                    .cases
                    .iter()
                    .map(|case| case.name.as_str().to_owned())
                    .collect(),
                variant.tag_repr.mem_size(),
            ),
            other => panic!("{name} is a {}", other.kind()),
        }
    }

    /// The flags in the order of their bits, and the bytes that they take.
    fn flags(&self, name: &str) -> (Vec<String>, usize) {
        let record = self.record(name);
        let repr: IntRepr = record.bitflags_repr().expect("flags");
        let names = record.members.iter();
        (
            names.map(|m| m.name.as_str().to_owned()).collect(),
            repr.mem_size(),
        )
    }

    /// The fields of a record with their offsets, those of records and unions inside it in their place, and the bytes that it takes.
    fn layout(&self, name: &str) -> (Vec<(String, usize)>, usize) {
        let mut fields = Vec::new();
        let ty = self.type_named(name);
        flatten(&ty, 0, &mut fields);
        (fields, ty.mem_size())
    }
}

fn flatten(ty: &Type, at: usize, fields: &mut Vec<(String, usize)>) {
    match ty {
        Type::Record(record) => {
            for member in record.member_layout() {
                let offset = at + member.offset;
                let inner = member.member.tref.type_();
                match &**inner {
                    Type::Record(record) if record.bitflags_repr().is_none() => {
                        flatten(inner, offset, fields);
                    }
                    Type::Variant(variant) if !variant.is_enum() => flatten(inner, offset, fields),
                    _ => fields.push((member.member.name.as_str().to_owned(), offset)),
                }
            }
        }
        Type::Variant(variant) => {
            fields.push(("tag".to_owned(), at));
            for case in &variant.cases {
                let payload = case.tref.as_ref().expect("each case has a payload");
                flatten(payload.type_(), at + variant.payload_offset(), fields);
            }
        }
        other => panic!("{} has no fields", other.kind()),
    }
}

macro_rules! same_enumeration {
    ($spec:expr, $name:literal, $ours:ty, $values:expr) => {
        let (names, size) = $spec.enumeration($name);
        let ours: Vec<&str> = $values.iter().map(|value| value.name()).collect();
        assert_eq!(ours, names, "the values of {}", $name);
        for (number, value) in (0_u32..).zip(<$ours>::ALL) {
            assert_eq!(u32::from(value.to_wire()), number, "{value:?}");
            assert_eq!(<$ours>::from_wire(number), Some(*value));
            assert_eq!(size_of_val(&value.to_wire()), size, "the tag of {}", $name);
        }
        let count = u32::try_from(<$ours>::ALL.len()).unwrap();
        for beyond in [count, 0x100, 0x1_0000, u32::MAX] {
            assert_eq!(<$ours>::from_wire(beyond), None);
        }
    };
}

macro_rules! same_flags {
    ($spec:expr, $name:literal, $ours:ty) => {
        let (names, size) = $spec.flags($name);
        let mut ours: Vec<&str> = Vec::new();
        for (bit, (flag, name)) in <$ours>::ALL.iter().enumerate() {
            assert_eq!(u64::from(flag.bits()), 1 << bit, "{name}");
            assert_eq!(size_of_val(&flag.bits()), size, "the bits of {}", $name);
            ours.push(name);
        }
        // The one flag that came after wasi_unstable.
        if !names.iter().any(|name| name == "sock_accept") {
            ours.retain(|name| *name != "sock_accept");
        }
        assert_eq!(ours, names, "the flags of {}", $name);
    };
}

#[test]
fn enumerations_have_the_specified_numbers() {
    for spec in [preview1(), unstable()] {
        same_enumeration!(spec, "errno", Errno, Errno::ALL);
        same_enumeration!(spec, "clockid", ClockId, ClockId::ALL);
        same_enumeration!(spec, "filetype", FileType, FileType::ALL);
        same_enumeration!(spec, "advice", Advice, Advice::ALL);
        same_enumeration!(spec, "eventtype", EventType, EventType::ALL);
        same_enumeration!(spec, "preopentype", PreopenType, PreopenType::ALL);
        same_enumeration!(spec, "signal", Signal, Signal::ALL);
    }
    assert_eq!(Errno::ALL.len(), 77);
    same_enumeration!(preview1(), "whence", Whence, Whence::ALL);
    same_enumeration!(unstable(), "whence", Whence, Whence::UNSTABLE);
    for (number, whence) in (0..).zip(Whence::UNSTABLE) {
        assert_eq!(Whence::from_unstable_wire(number), Some(*whence));
    }
    assert_eq!(Whence::from_unstable_wire(3), None);
}

#[test]
fn flags_have_the_specified_bits() {
    for spec in [preview1(), unstable()] {
        same_flags!(spec, "rights", Rights);
        same_flags!(spec, "fdflags", FdFlags);
        same_flags!(spec, "oflags", OFlags);
        same_flags!(spec, "lookupflags", LookupFlags);
        same_flags!(spec, "fstflags", FstFlags);
        same_flags!(spec, "eventrwflags", EventRwFlags);
        same_flags!(spec, "subclockflags", SubClockFlags);
        same_flags!(spec, "riflags", RiFlags);
        same_flags!(spec, "roflags", RoFlags);
        same_flags!(spec, "sdflags", SdFlags);
        // There are no flags for sending: the specification has a number that must be 0.
        let siflags = spec.type_named("siflags");
        assert!(matches!(siflags, Type::Builtin(BuiltinType::U16)));
    }
    assert_eq!(Rights::ALL.len(), 30);
    assert_eq!(SiFlags::all().bits(), 0_u16);
}

#[test]
fn unnamed_bits_are_refused() {
    assert_eq!(FdFlags::from_wire(0b11111).unwrap(), FdFlags::all());
    assert_eq!(SdFlags::from_wire(0b11).unwrap(), SdFlags::all());
    for bits in [1 << 5, 1 << 15, 1 << 16, u32::MAX] {
        assert_eq!(FdFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(OFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(LookupFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(FstFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(RiFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(SiFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(SdFlags::from_wire(bits), Err(Errno::Inval));
        assert_eq!(SubClockFlags::from_wire(bits), Err(Errno::Inval));
    }
    assert_eq!(
        Rights::from_bits_truncate(u64::MAX).bits(),
        (1 << 30) - 1,
        "rights without names are dropped"
    );
}

/// Compares one of our records, whose fields may be raw identifiers, with the specification's.
fn same_record(spec: &Specification, name: &str, fields: &[(&str, usize)], size: usize) {
    let (specified, specified_size) = spec.layout(name);
    let ours: Vec<(String, usize)> = fields
        .iter()
        .map(|(field, offset)| (field.trim_start_matches("r#").to_owned(), *offset))
        .collect();
    assert_eq!(ours, specified, "the fields of {name}");
    assert_eq!(size, specified_size, "the length of {name}");
}

#[test]
fn records_have_the_specified_layout() {
    for spec in [preview1(), unstable()] {
        same_record(&spec, "fdstat", Fdstat::FIELDS, Fdstat::SIZE as usize);
        same_record(&spec, "dirent", Dirent::FIELDS, Dirent::SIZE as usize);
        same_record(&spec, "prestat", Prestat::FIELDS, Prestat::SIZE as usize);
        same_record(&spec, "event", Event::FIELDS, Event::SIZE as usize);
        let iovec = [("buf", 0), ("buf_len", 4)];
        same_record(&spec, "iovec", &iovec, IOVEC_SIZE as usize);
        same_record(&spec, "ciovec", &iovec, IOVEC_SIZE as usize);
    }
    let size = Filestat::SIZE as usize;
    same_record(&preview1(), "filestat", Filestat::FIELDS, size);
    let size = UnstableFilestat::SIZE as usize;
    same_record(&unstable(), "filestat", UnstableFilestat::FIELDS, size);
}

#[test]
fn records_are_encoded_field_by_field() {
    let stat = Filestat {
        dev: 0x0101,
        ino: 0x0202,
        filetype: FileType::Directory,
        nlink: 0x0_1234_5678_9abc,
        size: u64::MAX,
        atim: 5,
        mtim: 6,
        ctim: 7,
    };
    let number = |bytes: &[u8]| {
        let mut wire = [0; 8];
        wire[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(wire)
    };
    let bytes = stat.encode();
    let fields = [0, 8, 24, 32, 40, 48, 56].map(|at| number(&bytes[at..at + 8]));
    assert_eq!(fields, [0x0101, 0x0202, stat.nlink, u64::MAX, 5, 6, 7]);
    assert_eq!(number(&bytes[16..24]), 3, "what no field covers is zero");

    let bytes = UnstableFilestat::from(stat).encode();
    assert_eq!(bytes[16..20], [3, 0, 0, 0]);
    assert_eq!(bytes[20..24], [0xff; 4], "a number of names is clamped");
    let fields = [24, 32, 40, 48].map(|at| number(&bytes[at..at + 8]));
    assert_eq!(fields, [u64::MAX, 5, 6, 7]);
}

/// The offsets of a subscription's fields: of the clock its id, timeout, precision and flags, and of a descriptor its number.
fn subscription_offsets(spec: &Specification) -> (Vec<usize>, usize) {
    let (fields, size) = spec.layout("subscription");
    let at = |name: &str| fields.iter().find(|(field, _)| field == name).unwrap().1;
    let names = [
        "userdata",
        "tag",
        "id",
        "timeout",
        "precision",
        "flags",
        "file_descriptor",
    ];
    (names.map(at).to_vec(), size)
}

#[test]
fn subscriptions_are_decoded_from_the_specified_layout() {
    let expected = |interest| Subscription {
        userdata: 0x1111,
        interest,
    };
    let clock = SubscriptionInterest::Clock(SubscriptionClock {
        id: 0x2222,
        timeout: 0x3333,
        precision: 0x4444,
        flags: 0x5555,
    });
    let build = |offsets: &[usize], size: usize, tag: u8| {
        let mut bytes = vec![0; size];
        let mut put = |index: usize, wire: &[u8]| {
            bytes[offsets[index]..offsets[index] + wire.len()].copy_from_slice(wire);
        };
        put(0, &0x1111_u64.to_le_bytes());
        put(1, &[tag]);
        if tag == 0 {
            put(2, &0x2222_u32.to_le_bytes());
            put(3, &0x3333_u64.to_le_bytes());
            put(4, &0x4444_u64.to_le_bytes());
            put(5, &0x5555_u16.to_le_bytes());
        } else {
            put(6, &0x6666_u32.to_le_bytes());
        }
        bytes
    };
    let wanted = [
        clock,
        SubscriptionInterest::FdRead(0x6666),
        SubscriptionInterest::FdWrite(0x6666),
    ];

    let (offsets, size) = subscription_offsets(&preview1());
    assert_eq!(size, Subscription::SIZE as usize);
    for (tag, wanted) in (0..).zip(wanted) {
        let bytes = build(&offsets, size, tag);
        let decoded = Subscription::decode(bytes.as_slice().try_into().unwrap());
        assert_eq!(decoded, Ok(expected(wanted)));
    }
    let (offsets, size) = subscription_offsets(&unstable());
    assert_eq!(size, Subscription::UNSTABLE_SIZE as usize);
    for (tag, wanted) in (0..).zip(wanted) {
        let bytes = build(&offsets, size, tag);
        let decoded = Subscription::decode_unstable(bytes.as_slice().try_into().unwrap());
        assert_eq!(decoded, Ok(expected(wanted)));
    }
    assert_eq!(Subscription::decode(&[3; 48]), Err(Errno::Inval));
}

/// The name of a parameter's type, or how it is made where it has none.
fn describe(tref: &TypeRef) -> String {
    match tref {
        TypeRef::Name(named) => named.name.as_str().to_owned(),
        TypeRef::Value(ty) => match &**ty {
            Type::List(_) => "string".to_owned(),
            Type::Pointer(to) | Type::ConstPointer(to) => format!("*{}", describe(to)),
            Type::Builtin(BuiltinType::U8 { .. }) => "u8".to_owned(),
            other => panic!("a {} as a parameter", other.kind()),
        },
    }
}

fn describe_ours(kind: Kind) -> String {
    match kind {
        Kind::Bytes => "*u8".to_owned(),
        Kind::Pointers => "**u8".to_owned(),
        Kind::Subscriptions => "*subscription".to_owned(),
        Kind::Events => "*event".to_owned(),
        kind => kind.type_name().expect("a type with a name").to_owned(),
    }
}

/// The types of the results that are written to addresses.
fn outcomes(function: &InterfaceFunc) -> Vec<String> {
    let Some(result) = function.results.first() else {
        return Vec::new();
    };
    let Type::Variant(variant) = &**result.tref.type_() else {
        panic!("{} returns an expected value", function.name.as_str());
    };
    let (ok, error) = variant.as_expected().expect("ok or an error");
    assert_eq!(error.map(describe).as_deref(), Some("errno"));
    match ok {
        None => Vec::new(),
        Some(TypeRef::Value(ty)) => match &**ty {
            Type::Record(tuple) if tuple.is_tuple() => {
                tuple.members.iter().map(|m| describe(&m.tref)).collect()
            }
            other => panic!("a {} as a result", other.kind()),
        },
        Some(named) => vec![describe(named)],
    }
}

fn same_function(ours: &Function, specified: &InterfaceFunc) {
    let name = specified.name.as_str();
    assert_eq!(ours.name, name);
    assert_eq!(ours.returns, !specified.noreturn, "{name} returns");

    let (params, results) = specified.wasm_signature();
    let values: Vec<WasmType> = ours
        .values()
        .map(|value| match value {
            ValueType::I32 => WasmType::I32,
            ValueType::I64 => WasmType::I64,
        })
        .collect();
    assert_eq!(values, params, "the values of {name}");
    let errno: &[WasmType] = if ours.returns { &[WasmType::I32] } else { &[] };
    assert_eq!(results, errno, "the result of {name}");

    let (out, taken): (Vec<&Param>, Vec<&Param>) = ours
        .params
        .iter()
        .partition(|param| matches!(param.kind, Kind::Out(_)));
    let taken: Vec<(String, String)> = taken
        .iter()
        .map(|param| (param.name.to_owned(), describe_ours(param.kind)))
        .collect();
    let specified_params: Vec<(String, String)> = specified
        .params
        .iter()
        .map(|param| (param.name.as_str().to_owned(), describe(&param.tref)))
        .collect();
    assert_eq!(taken, specified_params, "the parameters of {name}");
    let out: Vec<String> = out.iter().map(|param| describe_ours(param.kind)).collect();
    assert_eq!(out, outcomes(specified), "what {name} writes");
}

#[test]
fn functions_have_the_specified_signatures() {
    let specified = preview1().functions();
    assert_eq!(specified.len(), FUNCTIONS.len());
    for (ours, specified) in FUNCTIONS.iter().zip(&specified) {
        same_function(ours, specified);
    }
    let specified = unstable().functions();
    let ours: Vec<&Function> = FUNCTIONS.iter().filter(|f| is_unstable(f)).collect();
    assert_eq!(specified.len(), ours.len());
    for (ours, specified) in ours.into_iter().zip(&specified) {
        same_function(ours, specified);
    }
}
