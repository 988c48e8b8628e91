use std::fmt;
use std::str::FromStr;

use super::{ImageError, ImageErrorKind};

/// What a container image was built for, as `linux/amd64` or `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    /// The operating system, in Go's words: `linux`, `wasip1`.
    pub os: String,
    /// The processor, in Go's words: `amd64`, `arm64`, `wasm`.
    pub architecture: String,
    /// The variant of the processor, such as `v7` of `arm`; `None` for any.
    pub variant: Option<String>,
}

impl Platform {
    /// The platform of that system and processor, of whatever variant.
    #[must_use]
    pub fn new(os: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self {
            os: os.into(),
            architecture: architecture.into(),
            variant: None,
        }
    }

    /// Linux on the processor of this machine.
    pub(super) fn linux_here() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Self::new("linux", architecture)
    }

    /// Whether an image for `other` is one for this.
    pub(super) fn takes(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || self.variant == other.variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let mut parts = text.split('/');
        let parsed = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(os), Some(architecture), variant, None) => Self {
                variant: variant.map(str::to_owned),
                ..Self::new(os, architecture)
            },
            _ => Self::new("", ""),
        };
        if parsed.os.is_empty()
            || parsed.architecture.is_empty()
            || parsed.variant.as_deref() == Some("")
        {
            return Err(ImageError::new(
                ImageErrorKind::NoMatch,
                format!("`{text}` is no platform, such as linux/amd64"),
            ));
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_reads_as_it_is_written() {
        for text in ["linux/amd64", "linux/arm/v7", "wasip1/wasm"] {
            let platform: Platform = text.parse().expect(text);
            assert_eq!(platform.to_string(), text);
        }
        for text in ["", "linux", "linux/", "/amd64", "linux/arm/", "a/b/c/d"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }

    #[test]
    fn no_variant_takes_any() {
        let platform = |text: &str| text.parse::<Platform>().expect("a platform");
        assert!(platform("linux/arm").takes(&platform("linux/arm/v7")));
        assert!(platform("linux/arm/v7").takes(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm/v7").takes(&platform("linux/arm")));
        assert!(!platform("linux/arm").takes(&platform("linux/arm64")));
    }
}
