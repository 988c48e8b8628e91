use guesthouse_wasi::GuestMemory;
use guesthouse_wasi::abi::Errno;

/// The two kinds of memory there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryKind {
    /// A native engine's.
    Slices,
    /// A browser's, which can only be copied from and to.
    Copies,
}

/// A guest's memory.
pub(crate) struct Memory {
    bytes: Box<[u8]>,
    kind: MemoryKind,
}

impl Memory {
    /// So many bytes, none of them 0.
    pub(crate) fn new(len: u32, kind: MemoryKind) -> Self {
        Self {
            bytes: vec![0xAA; len as usize].into(),
            kind,
        }
    }
}

impl GuestMemory for Memory {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Errno> {
        self.bytes.read(address, into)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.bytes.write(address, bytes)
    }

    fn slice(&self, address: u32, len: u32) -> Option<&[u8]> {
        let has_slices = self.kind == MemoryKind::Slices;
        self.bytes.slice(address, len).filter(|_| has_slices)
    }

    fn slice_mut(&mut self, address: u32, len: u32) -> Option<&mut [u8]> {
        let has_slices = self.kind == MemoryKind::Slices;
        self.bytes.slice_mut(address, len).filter(|_| has_slices)
    }
}
