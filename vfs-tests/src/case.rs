/// One condition: a tree, a script of calls with their results, and the tree that it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The file of the kit that it stands in: the call or hazard it is about.
    pub file: &'static str,
    /// Its name, unique in its file.
    pub name: &'static str,
    /// The condition in one sentence.
    pub sentence: &'static str,
    /// Tree before, script, tree after, in the language that the crate's documentation describes.
    pub text: &'static str,
}

impl Case {
    /// `file::name`, as test runners show it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.file, self.name)
    }
}

/// Defines the cases of one file: a function for each, a list of all, and a macro that makes a `#[test]` of each for a backend.
macro_rules! cases {
    ($dollar:tt $file:ident, $instantiate:ident;
     $(#[doc = $sentence:literal] $name:ident: $text:literal;)*) => {
        $(
            #[doc = $sentence]
            #[must_use]
            pub const fn $name() -> $crate::Case {
                $crate::Case {
                    file: stringify!($file),
                    name: stringify!($name),
                    sentence: $sentence,
                    text: $text,
                }
            }
        )*

        /// All cases of this file.
        pub const ALL: &[$crate::Case] = &[$($name()),*];

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $instantiate {
            ($dollar run:ident, $dollar backend:ty) => {
                $(
                    #[test]
                    fn $name() {
                        $crate::$dollar run::<$dollar backend>(&$crate::cases::$file::$name());
                    }
                )*
            };
        }
    };
}

pub(crate) use cases;
