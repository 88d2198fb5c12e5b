//! Whole runs: the same bytes again, after a kill, and on a real click log.

mod open_bandit;
mod resume;
mod same_bytes;
mod tables;
