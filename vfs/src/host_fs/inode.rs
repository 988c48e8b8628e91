/// The inode number that is reported for number `ino` on the host's device `dev`, in a filesystem whose root lies on `root_dev`.
///
/// [`Metadata::ino`](crate::Metadata::ino) must tell nodes of one filesystem apart, but below a host directory other file systems may be mounted (and a btrfs
/// subvolume has numbers of its own), which count from the beginning again. The root's device keeps its numbers; any other's are mixed with the
/// device number, and marked with the top bit, which real numbers do not reach. Two of those meet by chance only, once in 2^63.
pub(super) fn reported_ino(root_dev: u64, dev: u64, ino: u64) -> u64 {
    if dev == root_dev {
        return ino;
    }
    mix(ino ^ mix(dev)) | 1 << 63
}

/// The finalizer of SplitMix64: a permutation of the 64-bit numbers in which each bit depends on all.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::reported_ino;

    #[test]
    fn numbers_of_the_roots_device_stay() {
        assert_eq!(reported_ino(7, 7, 42), 42);
    }

    #[test]
    fn the_same_number_on_two_devices_is_told_apart() {
        let here = reported_ino(7, 7, 42);
        let there = reported_ino(7, 8, 42);
        let elsewhere = reported_ino(7, 9, 42);
        assert!(here != there && there != elsewhere && here != elsewhere);
        assert_eq!(there, reported_ino(7, 8, 42));
        assert_ne!(there, reported_ino(7, 8, 43));
    }
}
