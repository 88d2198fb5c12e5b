//! What every network must keep to: shapes, gradients, determinism, saving, routing.
//!
//! The tests loop over the registry, so a backbone that is added there is tested for free; one that
//! is not there shows that a file and a line are all it takes.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod backbone;
mod copies;
mod dense;
mod difference;
mod elsewhere;
mod fixture;
mod glimpse;
mod newcomer;
mod ranks;
mod resume;
mod selector;
mod star;
mod swap;
mod workers;
