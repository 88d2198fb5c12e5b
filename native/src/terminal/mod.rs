//! The terminal: output, tables, progress lines, signals and exit codes.

pub mod calibration;
pub mod columns;
pub mod drift;
pub mod exit;
pub mod fault;
pub mod interrupt;
pub mod out;
pub mod progress;
pub mod report;
pub mod watch;
