//! Tests of the core: results are compared with brute force, and broken bytes must be refused.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod artifact;
mod bounds;
mod calibrator;
mod cut;
mod delong;
mod drift;
mod exact;
mod layer;
mod likeness;
mod mask;
mod metric;
mod record;
mod schema;
mod statistics;
