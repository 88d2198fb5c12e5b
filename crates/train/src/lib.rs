//! How a multi-scenario CTR model is *fitted*.
//!
//! # Steps
//! 1. [`search`]: backbone and selection network learn together; a row's mask decides whether it
//!    trains its own scenario's tower or all of them.
//! 2. [`select`]: the frozen selector scores every train row, and a cut makes the list.
//! 3. [`retrain`]: the model is rewound and trained on the list. The baselines are lists too.
//! 4. [`evaluate`]: every row through its own scenario's tower.
//!
//! A phase is a value with `step() -> Result<Event>`: the host owns the loop. Pausing is not
//! calling; a [`checkpoint`] is bytes. Nothing here knows files, clocks or terminals.

pub mod checkpoint;
pub mod config;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod loss;
pub mod method;
pub mod optimizer;
pub mod retrain;
pub mod saved;
pub mod search;
pub mod select;
pub mod setup;
pub mod trainer;

pub use error::{Error, Result};
