//! The terminal: output, tables, progress lines, signals and exit codes.

pub mod columns;
pub mod exit;
pub mod fault;
pub mod interrupt;
pub mod out;
pub mod progress;
pub mod report;
pub mod watch;
