#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. [`search`]: backbone and selection network learn together; a row's mask decides whether it
//!    trains its own scenario's tower or all of them.
//! 2. [`select`]: the frozen selector scores every train row, and a cut of the scores makes the list.
//! 3. [`retrain`]: the model is rewound and trained on the list. The baselines are lists too.
//! 4. [`evaluate`]: every row goes through its own scenario's tower.
//!
//! [`fit`] takes these steps in the order that a [`recipe`] asks for.
//!
//! The picture shows the rows that a search has shared on the demo's data. In the project's own copy
//! of this page it is live.
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="shares" ratio="0.7">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

pub mod checkpoint;
pub mod config;
pub mod cost;
#[cfg(feature = "device")]
pub(crate) mod device;
pub mod difference;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod fit;
pub mod optimizer;
pub mod phase;
pub mod ranks;
pub mod recipe;
pub mod saved;
pub mod select;
pub mod setup;
pub mod step;
pub mod swap;

pub use error::{Error, Result};
pub use phase::{distil, retrain, search};
#[cfg(feature = "device")]
pub use ssim_kernels as kernels;
