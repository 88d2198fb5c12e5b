#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. A reader ([`table`], [`published`], [`synthetic`]) turns a log into [`Raw`](raw::Raw): every distinct value once, codes for rows.
//! 2. [`prepare`](fn@prepare) splits the rows, fits vocabularies and scenarios on train only, and encodes
//!    [`Instances`](ssim_core::instances::Instances) per split.
//! 3. [`folder`] writes and reads them as Parquet files any tool can open; [`list`] does so for shared lists.
#![warn(missing_docs)]

pub mod error;
mod fit;
#[cfg(feature = "table")]
pub mod folder;
pub mod layout;
#[cfg(feature = "table")]
pub mod list;
mod prepare;
mod prepared;
#[cfg(feature = "table")]
pub mod published;
pub mod raw;
mod split;
pub mod synthetic;
#[cfg(feature = "csv")]
pub mod table;

pub use error::{Error, OnError, Reject, Result};
pub use prepare::prepare;
pub use prepared::{FieldSummary, Prepared, SPLITS, ScenarioSummary, SplitRows, Summary};
