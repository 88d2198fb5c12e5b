//! Commands that are killed, stopped, starved or started twice: what they have written is whole, and
//! the same command ends later with the bytes of an undisturbed one. The tests take minutes, so
//! `cargo xtask test faults` runs them, and a plain `cargo test` does not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(clippy::print_stderr, reason = "the tests tell how many faults there were")]
#![cfg(unix)]

mod chance;
mod full;
mod kills;
mod scarce;
mod scene;
mod signals;
mod tree;
mod writers;
