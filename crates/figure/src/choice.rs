//! Enums whose variants have names in addresses.

/// Declares an enum whose variants have names in addresses and menus.
#[macro_export]
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$about])* $variant),+ }

        impl $name {
            /// All of them in the order of menus.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in the address.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The choice of a name.
            pub fn find(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.name() == name)
            }
        }
    };
}
