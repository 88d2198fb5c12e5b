//! Systems × seeds on one data set: run what is missing, and compare.

mod found;
mod latex;
mod lists;
mod runs;
mod tables;

pub use found::{Cell, Comparison, Line};
pub use lists::Truth;
pub use runs::Runs;
