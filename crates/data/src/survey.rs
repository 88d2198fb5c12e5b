//! Looks at the beginning of a log that nobody has described, and proposes a schema for it.
//!
//! [`Survey`] counts the values of every column. [`propose`] decides from the counts which column is
//! the label, which is the scenario and which are fields, and gives a reason for every decision.

mod clicks;
mod columns;
mod fields;
mod known;
mod label;
mod layout;
mod profile;
mod propose;
mod scenario;
mod time;
mod time_parts;

pub use columns::Survey;
pub use propose::{Proposal, Remark, Unclear, WishFor, Wishes, propose};
