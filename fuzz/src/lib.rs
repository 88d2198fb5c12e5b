//! Functions that get bytes as somebody else could have written them, one for each reader of the
//! project. They must not panic, take long or ask for much memory; and what a reader accepts must
//! be consistent: written again it reads as the same value, numbers are in their ranges, and blocks,
//! threads and memory make no difference.
//!
//! `cargo xtask test unit` runs each target a fixed number of times on changed files of its corpus.
//! `cargo xtask fuzz` searches for inputs that reach new code, for as long as one likes.

#[expect(dead_code, reason = "settings need its texts only")]
mod files;
mod fixture;
mod memory;
mod mutate;
#[expect(dead_code, unused_imports, reason = "the page uses more of its messages than their bytes")]
#[path = "../../web/src/protocol/mod.rs"]
mod protocol;
#[expect(
    dead_code,
    unused_imports,
    reason = "the program uses more of its settings than their texts"
)]
#[path = "../../native/src/settings/mod.rs"]
mod settings;
mod target;
mod targets;
#[expect(dead_code, reason = "settings need its errors only")]
mod terminal;

pub use memory::{LIMIT, peak};
pub use mutate::Mutator;
pub use target::{Seed, TARGETS, Target, corpus, find};
