#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. A reader ([`table`], [`published`], [`synthetic`]) turns a log into [`Raw`]: every distinct value of a key once, codes for
//!    rows. [`Reading`] says how much of it stays in memory and where the rest goes.
//! 2. [`fit`](fn@fit) splits the rows and fits vocabularies and scenarios on train only; an [`Encoder`] makes
//!    [`Instances`](ssim_core::instances::Instances) of the rows. [`prepare`](fn@prepare) does both in memory.
//! 3. [`folder`] writes and reads them as Parquet files any tool can open; [`list`] does so for shared lists, [`scored`]
//!    for scores that are yet to be cut.
//!
//! The host opens files, names them for messages and picks the seed; this crate sees readers, writers and numbers.
//!
//! A row of the demo as its fields are encoded, and what other values of them would change; in the project's own copy of this
//! page, the picture is live.
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="whatif">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>
#![warn(missing_docs)]

#[cfg(feature = "table")]
pub mod archive;
mod count;
mod encode;
pub mod error;
mod fitting;
#[cfg(feature = "table")]
pub mod folder;
mod intern;
#[cfg(feature = "table")]
mod job_part;
pub mod layout;
#[cfg(feature = "table")]
pub mod list;
mod prepare;
mod prepared;
#[cfg(feature = "table")]
pub mod published;
mod raw;
mod reading;
#[cfg(feature = "table")]
pub mod scored;
mod split;
pub mod synthetic;
#[cfg(feature = "csv")]
pub mod table;

pub use encode::Encoder;
pub use error::{Error, OnError, Reject, Result};
#[cfg(feature = "table")]
pub use job_part::JobPart;
pub use prepare::{Fitted, fit, prepare};
pub use prepared::{DataSummary, FieldSummary, Prepared, SPLITS, ScenarioSummary, SplitRows};
pub use raw::Raw;
pub use reading::{Lend, Listener, ReadProgress, Reading, Scratch};
