//! Settings: command-line options that commands share, layered settings, and plans of comparisons.

pub mod args;
pub mod config;
pub mod list_cut;
pub mod plan;
pub mod size;
