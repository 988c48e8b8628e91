//! The two shapes that most wire types have: an enumeration, counted from 0, and a set of bits, counted from the lowest.

/// An enumeration whose variants are numbered from 0 in the order they stand here.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $repr:ty {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr($repr)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the specification.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn to_wire(self) -> $repr {
                self as $repr
            }

            /// The value of that number, if it has one.
            #[must_use]
            pub fn from_wire(number: u32) -> Option<Self> {
                let index = usize::try_from(number).ok()?;
                Self::ALL.get(index).copied()
            }
        }
    };
}

/// A set of bits, which have names from the lowest on.
macro_rules! wire_flags {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $repr:ty {
            $($(#[$flag_meta:meta])* $flag:ident = $bit:literal $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name($repr);

        impl $name {
            $($(#[$flag_meta])* pub const $flag: Self = Self(1 << $bit);)*

            /// Each flag with its name in the specification, from the lowest bit on.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$flag, $text),)*];

            /// No flag.
            #[must_use]
            pub const fn empty() -> Self {
                Self(0)
            }

            /// Every flag that has a name.
            #[must_use]
            pub const fn all() -> Self {
                Self(0 $(| (1 << $bit))*)
            }

            /// The bits on the wire.
            #[must_use]
            pub const fn bits(self) -> $repr {
                self.0
            }

            /// The flags with names among these bits.
            #[must_use]
            pub const fn from_bits_truncate(bits: $repr) -> Self {
                Self(bits & Self::all().0)
            }

            /// Whether all of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any of `other` is set.
            #[must_use]
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// The flags of either.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The flags of both.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// These flags without `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether no flag is set.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }
    };
}

/// [`wire_flags!`] whose type arrives as an `i32`: bits without a name are refused.
macro_rules! wire_flags_argument {
    ($($name:ident: $repr:ty,)+) => {
        $(impl $name {
            /// The flags of an argument.
            ///
            /// # Errors
            #[doc = concat!("[`Errno::Inval`] if a bit has no name.")]
            pub fn from_wire(argument: u32) -> Result<Self, Errno> {
                match <$repr>::try_from(argument) {
                    Ok(bits) if bits & !Self::all().0 == 0 => Ok(Self(bits)),
                    _ => Err(Errno::Inval),
                }
            }
        })+
    };
}

pub(super) use {wire_enum, wire_flags, wire_flags_argument};
