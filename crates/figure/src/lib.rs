#![doc = include_str!("../README.md")]
//!
//! [`Figures`] holds what an artifact tells, a [`State`] says which picture of it is wanted, and
//! [`Figures::draw`] draws it: the poster that `ssim plot` writes, and the live view in somebody's
//! document. Both draw with the values that the native program wrote into the file, so that they are the
//! same to the byte; only what a reader changes in a row is predicted anew.
//!
//! [`Figures::controls`] says what can be changed in a picture, as data: the live view makes a form of it. In the
//! project's own copy of this page, this picture is live:
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="curves" curve="shared">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

mod choice;
mod control;
mod figures;
mod matrix;
pub mod measured;
pub mod methods;
pub mod report;
mod row;
mod state;
mod tested;

pub use control::{ControlKind, PictureControl};
pub use figures::{Figure, Figures};
pub use matrix::matrix;
pub use measured::{Metric, metric_label};
pub use state::{Number, State, View};
pub use tested::{Measures, Tested};

/// A scenario's name; those that are only a number say what they number.
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
