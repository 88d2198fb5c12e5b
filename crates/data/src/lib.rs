#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. A reader ([`table`], [`published`], [`synthetic`]) turns a log into [`Raw`]. `Raw` keeps
//!    every distinct value of a key once and stores the rows as codes. [`Reading`] says how much of
//!    it stays in memory and provides the scratch file for the rest.
//! 2. [`fit`](fn@fit) splits the rows, and fits vocabularies and scenarios on the train rows only.
//!    An [`Encoder`] then turns the rows into [`Instances`](ssim_core::instances::Instances).
//!    [`prepare`](fn@prepare) does both in memory.
//! 3. [`folder`] writes and reads the instances as Parquet files, which any tool can open. [`list`]
//!    does this for shared lists, and [`scored`] for scores from which no list has been made yet.
//!
//! The picture shows the encoded fields of one row of the demo, and how the prediction changes with
//! other values. It is interactive in the project's own copy of this page.
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="whatif">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>
#![warn(missing_docs)]

#[cfg(feature = "table")]
pub mod archive;
#[cfg(feature = "table")]
pub mod arrow;
mod cell_rules;
mod count;
mod encode;
pub mod error;
#[cfg(feature = "table")]
mod exact;
mod fitting;
#[cfg(feature = "table")]
pub mod folder;
#[cfg(feature = "table")]
mod guard;
mod intern;
#[cfg(feature = "table")]
mod job_part;
pub mod layout;
#[cfg(feature = "table")]
pub mod list;
#[cfg(feature = "table")]
mod parquet_file;
#[cfg(feature = "table")]
pub mod parquet_writer;
mod prepare;
mod prepared;
#[cfg(feature = "table")]
pub mod published;
mod raw;
mod reading;
#[cfg(feature = "table")]
pub mod scored;
mod split;
#[cfg(feature = "table")]
mod sums;
#[cfg(feature = "table")]
pub mod survey;
pub mod synthetic;
#[cfg(feature = "csv")]
pub mod table;
mod time_field;
#[cfg(feature = "table")]
mod verified;
#[cfg(feature = "csv")]
pub mod words;

pub use encode::Encoder;
pub use error::{Error, OnError, Reject, Result};
#[cfg(feature = "table")]
pub use guard::guarded;
#[cfg(feature = "table")]
pub use job_part::JobPart;
pub use prepare::{Fitted, NewValues, fit, fit_like, prepare};
pub use prepared::{DataSummary, FieldSummary, Prepared, ScenarioSummary};
pub use raw::Raw;
pub use reading::{Lend, Listener, ReadProgress, Reading, Scratch};
