//! Runs: each fits one method in a folder of its own.

pub mod curves;
pub mod drive;
pub mod fit;
pub mod fitted;
pub mod identity;
pub mod journal;
pub mod many;
mod members;
pub mod run_folder;
pub mod sample;
pub mod scoring;
pub mod shared;
pub mod tensorboard;
pub mod trail;
