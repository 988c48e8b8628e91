/// How inode numbers of the layers become numbers of the overlay: what a number tells is the layer that a node began in, so it stays when the node is copied up or moved.
///
/// The layer stands in the lowest bits (0 is the upper), the layer's own number above it. A number that does not fit there, or lies on another device than the layer's first
/// (behind a mount point), is mixed into as many bits; such numbers have a layer of their own and meet by chance only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    /// How many bits the layer takes.
    bits: u32,
}

/// The position of the upper among the layers; the lower ones follow.
pub(super) const UPPER: usize = 0;

impl Numbers {
    /// For that many layers, the upper one included.
    pub(super) const fn of_layers(layers: usize) -> Self {
        // One more than the layers: the mixed numbers.
        Self {
            bits: usize::BITS - layers.leading_zeros(),
        }
    }

    /// The overlay's number for a node that has this number on this device of this layer.
    pub(super) const fn number(self, layer: usize, dev: u64, ino: u64) -> u64 {
        let layer = layer as u64;
        if dev == 0 && ino != 0 && ino.leading_zeros() >= self.bits {
            return ino << self.bits | layer;
        }
        let mixed = mix(ino ^ mix(dev ^ mix(layer)));
        mixed << self.bits | ((1 << self.bits) - 1)
    }
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
    use super::*;

    #[test]
    fn equal_numbers_of_different_layers_and_devices_differ() {
        let numbers = Numbers::of_layers(3);
        let mut seen = std::collections::HashSet::new();
        for layer in 0..3 {
            for dev in 0..3 {
                for ino in [1, 2, 3, u64::MAX, u64::MAX - 1, 1 << 62, 1 << 61, 1 << 60] {
                    let number = numbers.number(layer, dev, ino);
                    assert_ne!(number, 0);
                    assert!(seen.insert(number), "{layer} {dev} {ino}");
                }
            }
        }
    }

    #[test]
    fn small_numbers_stay_readable() {
        assert_eq!(Numbers::of_layers(2).number(1, 0, 5), 5 << 2 | 1);
    }
}
