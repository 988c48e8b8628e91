//! Tar archives written byte by byte, also such as no program would write.

/// An archive under construction.
#[derive(Clone, Default)]
pub(crate) struct TarBytes(pub(crate) Vec<u8>);

impl TarBytes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A header with this type flag, name, link name and size, and nothing after it.
    pub(crate) fn header(mut self, flag: u8, name: &[u8], link: &[u8], size: u64) -> Self {
        self.0.extend_from_slice(&header(flag, name, link, size));
        self
    }

    /// Bytes and their padding.
    pub(crate) fn data(mut self, data: &[u8]) -> Self {
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(crate) fn entry(self, flag: u8, name: &[u8], link: &[u8], data: &[u8]) -> Self {
        self.header(flag, name, link, data.len() as u64).data(data)
    }

    pub(crate) fn file(self, name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        self.entry(b'0', name.as_ref(), b"", data.as_ref())
    }

    pub(crate) fn dir(self, name: impl AsRef<[u8]>) -> Self {
        self.entry(b'5', name.as_ref(), b"", b"")
    }

    pub(crate) fn symlink(self, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(b'2', name.as_ref(), target.as_ref(), b"")
    }

    pub(crate) fn hard_link(self, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(b'1', name.as_ref(), target.as_ref(), b"")
    }

    /// An extended header with these records.
    pub(crate) fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let mut data = Vec::new();
        for (key, value) in records {
            data.extend_from_slice(&pax_record(key.as_bytes(), value));
        }
        self.entry(b'x', b"pax", b"", &data)
    }

    /// With the end marker.
    pub(crate) fn end(self) -> Vec<u8> {
        let mut bytes = self.0;
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }
}

pub(crate) fn pax_record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len != rest + len.to_string().len() {
        len = rest + len.to_string().len();
    }
    [len.to_string().as_bytes(), b" ", key, b"=", value, b"\n"].concat()
}

/// A ustar header: mode 0644 (0755 for directories), time 1,000,000,000.
pub(crate) fn header(flag: u8, name: &[u8], link: &[u8], size: u64) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    let mode = if flag == b'5' { b"0000755" } else { b"0000644" };
    block[100..107].copy_from_slice(mode);
    block[124..136].copy_from_slice(format!("{size:012o}").as_bytes());
    block[136..147].copy_from_slice(format!("{:011o}", 1_000_000_000).as_bytes());
    block[156] = flag;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    sign(&mut block);
    block
}

/// Sets the checksum.
pub(crate) fn sign(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}
