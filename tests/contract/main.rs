//! What every network must keep to: shapes, gradients, determinism, saving, routing.
//!
//! The tests loop over the registry, so a backbone that is added there is tested for free.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod backbone;
mod copies;
mod dense;
mod difference;
mod fixture;
mod selector;
