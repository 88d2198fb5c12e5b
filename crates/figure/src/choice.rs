//! A macro for enums whose variants have names in addresses.

/// Declares an enum whose variants have names in addresses and menus, with the functions `name` and
/// `find` and the list `ALL`.
#[macro_export]
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$about])* $variant),+ }

        impl $name {
            /// All variants, in the order of menus.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The variant's name in addresses.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The variant with this name.
            pub fn find(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.name() == name)
            }
        }
    };
}
