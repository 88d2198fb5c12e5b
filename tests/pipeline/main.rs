//! Whole runs: the same bytes again, after a kill, and on a real click log.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod compare;
mod open_bandit;
mod resume;
mod same_bytes;
mod select;
mod tables;
