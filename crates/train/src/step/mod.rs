//! One step: a batch goes forward through the model, the objective turns logits and scores into
//! gradients, and the gradients move the weights.
//!
//! [`trainer`] takes the step, [`gradients`] computes what it needs, [`loss`] holds the equations,
//! and [`slice`](mod@slice) describes a batch and its pieces.

#[cfg(feature = "device")]
mod away;
pub mod gradients;
pub mod loss;
pub mod predict;
pub mod selection;
pub mod slice;
pub mod trainer;
