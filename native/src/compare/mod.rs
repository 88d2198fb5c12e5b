//! Runs every system with every seed on one data set, unless it is finished already, and compares
//! the results.

mod found;
mod latex;
mod lists;
mod runs;
mod tables;

pub use found::{Cell, Comparison, Line};
pub use runs::Runs;
