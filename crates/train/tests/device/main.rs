//! Steps on a device beside steps on the host: the same weights within the rounding of sums, no copies,
//! and checkpoints that either takes from the other. The device is the host itself, which runs the kernels
//! of a GPU, or a GPU (`device.rs`).
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod copies;
mod cost;
mod device;
mod log;
mod long;
mod parity;
mod resume;
mod trouble;
