//! Checkpoints: everything that a phase needs to go on as if it had never stopped.
//!
//! A checkpoint is for resuming. What is served and shown is an artifact, which is another type.

pub mod header;
pub mod identity;
pub mod phase_names;
pub(crate) mod writer;
