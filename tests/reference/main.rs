//! The program is compared with the published form of the method, which `dump.py` and
//! `backbones.py` beside this file compute in PyTorch with 64-bit floats. They say how, and have
//! written the numbers.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod adam;
mod backbones;
mod dump;
mod options;
mod runs;
mod steps;
mod world;
