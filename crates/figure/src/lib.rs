#![doc = include_str!("../README.md")]
//!
//! [`Figures`] holds the contents of an artifact, a [`State`] says which picture of it is wanted,
//! and [`Figures::draw`] draws that picture. `ssim plot` writes the picture as a poster, and the
//! live view shows it in somebody's document. Both draw with the values that the native program
//! wrote into the file, so their bytes are the same. Only a row that a reader changes is predicted
//! anew.
//!
//! [`Figures::controls`] lists the choices in a picture as data, from which the live view builds a
//! form. In the project's own copy of this page, the picture below is live:
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="curves" curve="shared">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

mod choice;
mod chosen;
mod control;
mod figures;
mod matrix;
pub mod measured;
pub mod methods;
mod plane;
pub mod report;
mod row;
mod state;
mod tested;

pub use chosen::chosen;
pub use control::{ControlKind, PictureControl};
pub use figures::{Figure, Figures};
pub use matrix::matrix;
pub use ssim_core::metric::Metric;
pub use state::{Number, State, View};
pub use tested::{Measures, Tested};

/// A scenario's name for readers. A name that is only a number gets the word "scenario" before it.
pub fn scenario(name: &str) -> String {
    match name.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("scenario {name}"),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::scenario;

    #[test]
    fn numbers_say_what_they_number() {
        assert_eq!([scenario("3"), scenario("cart")], ["scenario 3", "cart"]);
    }
}
