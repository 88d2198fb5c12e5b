//! This program against the published form of the method, written the long way in PyTorch with
//! 64-bit floats: `dump.py` and `backbones.py` beside this file wrote the numbers and say how.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod adam;
mod backbones;
mod dump;
mod options;
mod runs;
mod steps;
mod world;
