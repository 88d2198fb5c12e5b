//! The claims of ARCHITECTURE.md and CONTRIBUTING.md that a program can check, one idea in a file.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod documents;
mod imports;
mod layout;
mod licences;
mod names;
mod safety;
mod source;
mod speech;
mod types;
