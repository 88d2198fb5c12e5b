//! The building blocks of all networks, and what a training step needs around them.
//!
//! # Parts
//! - Layers: [`Linear`], [`Mlp`], [`Head`], [`PartitionedNorm`], [`mixed_experts`], [`mixtures`]. A
//!   backbone keeps them and calls their `forward` methods with tensors.
//! - [`Pass`] describes how one slice of a batch goes through the networks: inference, or training
//!   with dropout. [`RowPass`] is the same for some rows of the slice on their way through one
//!   tower; a layer takes one if it has dropout or a choice of precision.
//! - [`GradientSink`] collects the gradients that candle's autograd graph does not carry.
//! - [`Moments`] holds means and variances of a whole batch, for a backbone that normalises rows.
//! - `dense`, `first`, `fused`, `product`, `narrow` and `bf16` do the arithmetic on slices of `f32`.
//!
//! # The order of a training step
//! 1. [`crate::model::Model::moments`] computes the moments of the whole batch (`None` unless the
//!    backbone normalises).
//! 2. [`Pass::training`] and [`Pass::with_moments`] make a pass for every slice of the batch.
//! 3. [`crate::model::Model::forward`] runs each slice. It calls [`Pass::rows`] once per tower.
//! 4. candle runs the backward pass of each slice.
//! 5. [`Pass::collect`] adds the gradients in the sink to those of candle. Without this call the
//!    parameters of MLPs, and embedded rows that an MLP reads first, have no gradient.
//! 6. [`Moments::gradient`] sends the gradients of the moments on to the embedded rows, after all
//!    slices have finished.
//! 7. [`crate::model::Model::follow`] updates the moving moments that predictions are made with.
//!
//! `ssim_train::step::gradients` does steps 1 to 6 and `ssim_train::step::trainer` does step 7.

mod active_rows;
#[cfg(feature = "x86-bf16")]
mod bf16;
mod dense;
mod dropout;
mod experts;
mod first;
mod forward_state;
mod fused;
mod gradient_sink;
pub mod init;
mod linear;
mod matrix;
mod mixture;
mod mlp;
mod moments;
mod narrow;
mod norm;
mod pass;
mod precision;
mod product;

pub use dense::{Activation, Dense, dense};
pub use dropout::RowKeys;
pub use experts::mixed_experts;
pub use gradient_sink::GradientSink;
pub use linear::Linear;
pub use mixture::mixtures;
pub use mlp::{Head, Mlp};
pub use moments::Moments;
pub use norm::PartitionedNorm;
pub use pass::{Pass, RowPass};
pub use precision::Precision;
