#![doc = include_str!("../README.md")]
//!
//! # Steps
//! 1. A [`Schema`](schema::Schema) gives ids their meaning; [`Instances`](instances::Instances)
//!    are rows encoded by it.
//! 2. An [`Embedding`](embedding::Embedding) table turns ids into rows of numbers.
//! 3. A [`backbone`] turns an embedded row into one logit per scenario's tower; together they are
//!    a [`Model`](model::Model).
//! 4. The [`Selector`](selector::Selector) scores how much a row is worth to every tower, and a
//!    [`mask`] decides by the score which rows are shared.
//! 5. A [`Routing`](routing::Routing) says which tower sees which row.
//! 6. [`metric`]s say how good the predictions are, and an [`Artifact`](artifact::Artifact)
//!    carries everything to another host.
//!
//! Rows of an artifact by what the selection network and the towers say of them; in the project's own copy of this page,
//! the picture is live.
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="map" ratio="0.7">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

pub mod artifact;
pub mod backbone;
pub mod borrowers;
pub mod bounds;
pub mod calibrator;
pub mod checksum;
pub mod container;
pub mod cut;
pub mod delong;
pub mod drift;
pub mod embedding;
pub mod error;

pub mod instances;
pub mod layer;
pub mod look;
pub mod mask;
pub mod method;
pub mod metric;
pub mod model;
pub mod parallel;
pub mod parameters;
pub mod platt;
pub mod repeats;
pub mod rng;
pub mod routing;
pub mod row_digest;
pub mod schema;
pub mod selector;
pub mod spelling;
pub mod split;
pub mod subnormal;
pub mod tensor;
pub mod tower_draw;
pub mod vocabulary;

pub use error::{Error, Result};
