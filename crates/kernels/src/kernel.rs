//! The kernels by name.

use crate::arguments::kernels;

macro_rules! define {
    ($($(#[$doc:meta])* $file:literal $name:ident = $kernel:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        /// A kernel in `cuda/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kernel {
            $($(#[$doc])* $kernel,)*
        }

        impl Kernel {
            /// All kernels.
            pub const ALL: &[Self] = &[$(Self::$kernel),*];

            /// The name in its source.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kernel => stringify!($name),)*
                }
            }

            /// The name of its source without the ending.
            pub fn file(self) -> &'static str {
                match self {
                    $(Self::$kernel => $file,)*
                }
            }

            /// Size of its arguments in bytes.
            pub fn bytes(self) -> usize {
                match self {
                    $(Self::$kernel => size_of::<crate::arguments::$kernel>(),)*
                }
            }
        }
    };
}

kernels!(define);
