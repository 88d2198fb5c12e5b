//! Properties of the core, against brute force and against broken bytes.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod artifact;
mod cut;
mod delong;
mod layer;
mod mask;
mod metric;
mod statistics;
