use std::fmt;

use super::error::lossy;
use crate::FileType;

/// What a copy has copied, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyReport {
    /// Directories, the one that was named included.
    pub dirs: u64,
    /// Regular files, each once however many names it has.
    pub files: u64,
    /// Further names of files that have several.
    pub hard_links: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// The lengths of the files together, in bytes, holes included.
    pub bytes: u64,
    /// What was not copied. After 16 MiB of paths and targets the rest is counted only, in `left_out_besides`: a guest can make a million links, each with a path of a megabyte.
    pub left_out: Vec<LeftOut>,
    /// How many more nodes were not copied.
    pub left_out_besides: u64,
    /// How many bytes the paths and targets in `left_out` have together.
    left_out_bytes: usize,
}

const LEFT_OUT_BYTES_MAX: usize = 16 << 20;

impl CopyReport {
    /// How many names were made.
    #[must_use]
    pub const fn nodes(&self) -> u64 {
        self.dirs + self.files + self.hard_links + self.symlinks
    }

    pub(super) fn leave_out(&mut self, path: &[u8], reason: LeftOutReason) {
        if self.left_out_bytes >= LEFT_OUT_BYTES_MAX {
            self.left_out_besides += 1;
            return;
        }
        self.left_out_bytes += path.len();
        if let LeftOutReason::LeadsOutside(target) = &reason {
            self.left_out_bytes += target.len();
        }
        self.left_out.push(LeftOut {
            path: path.into(),
            reason,
        });
    }
}

/// A node that was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path, which begins with the path that was to be copied.
    pub path: Box<[u8]>,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a node was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// A symbolic link with this target, which leads out of what is copied or can't be followed to its end ([`Errno::NameTooLong`](crate::Errno::NameTooLong), …).
    LeadsOutside(Box<[u8]>),
    /// A FIFO, a socket or a device.
    Special(FileType),
    /// The directory that is copied to, where it lies in the one that is copied.
    Destination,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", lossy(&self.path))?;
        match &self.reason {
            LeftOutReason::LeadsOutside(target) => {
                write!(f, "a link that leads outside, to {}", lossy(target))
            }
            LeftOutReason::Special(FileType::CharDevice) => f.write_str("a character device"),
            LeftOutReason::Special(FileType::BlockDevice) => f.write_str("a block device"),
            LeftOutReason::Special(FileType::Socket) => f.write_str("a socket"),
            LeftOutReason::Special(_) => f.write_str("a special file"),
            LeftOutReason::Destination => f.write_str("the place that is copied to"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_long_paths_stays_short() {
        let mut report = CopyReport::default();
        let path = vec![b'x'; 1 << 20];
        for _ in 0..1000 {
            report.leave_out(&path, LeftOutReason::Destination);
        }
        assert_eq!(report.left_out.len(), 16);
        assert_eq!(report.left_out_besides, 984);
    }
}
