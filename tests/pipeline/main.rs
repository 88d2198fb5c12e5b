//! Whole runs: they give the same bytes when they are repeated or killed, and a real click log goes
//! through.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod compare;
mod directed;
mod first_model;
mod going_on;
mod identity;
mod members;
mod open_bandit;
mod resume;
mod same_bytes;
mod select;
mod subnormal;
mod tables;
