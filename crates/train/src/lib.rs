#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. [`search`]: backbone and selection network learn together; a row's mask decides whether it
//!    trains its own scenario's tower or all of them.
//! 2. [`select`]: the frozen selector scores every train row, and a cut makes the list.
//! 3. [`retrain`]: the model is rewound and trained on the list. The baselines are lists too.
//! 4. [`evaluate`]: every row through its own scenario's tower.
//!
//! What a search has shared of the demo's rows; in the project's own copy of this page, the picture is live.
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="shares" ratio="0.7">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

pub mod checkpoint;
pub mod collective;
pub mod config;
pub mod course;
pub mod distil;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod exchange;
pub mod loss;
pub mod method;
pub mod optimizer;
pub mod retrain;
pub mod saved;
pub mod search;
pub mod select;
pub mod setup;
pub mod shard;
pub mod swap;
pub mod trainer;

pub use error::{Error, Result};
