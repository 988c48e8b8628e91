use std::sync::Arc;

/// A name as a directory keeps it: up to 22 bytes in place, longer ones in a buffer of their own. 24 bytes.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum ShortName {
    Inline { len: u8, bytes: [u8; INLINE] },
    Long(Arc<[u8]>),
}

const INLINE: usize = 22;

impl ShortName {
    pub(super) fn new(name: &[u8]) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(start), Ok(len)) => {
                start.copy_from_slice(name);
                Self::Inline { len, bytes }
            }
            _ => Self::Long(name.into()),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Self::Long(name) => name,
        }
    }
}

impl Default for ShortName {
    fn default() -> Self {
        Self::Inline {
            len: 0,
            bytes: [0; INLINE],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_come_back() {
        for len in 1..=255 {
            let name: Vec<u8> = (1..=255).take(len).collect();
            assert_eq!(ShortName::new(&name).as_bytes(), name);
        }
    }

    #[test]
    fn a_name_takes_three_words() {
        assert_eq!(size_of::<ShortName>(), 24);
    }
}
