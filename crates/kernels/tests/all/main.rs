//! Every kernel on the host beside a plain form of it, in both orders of its threads.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod sizes;
