//! The part of the program's terminal that its settings need: errors with an exit code.

#[path = "../../native/src/terminal/calibration.rs"]
pub mod calibration;
#[path = "../../native/src/terminal/columns.rs"]
pub mod columns;
#[path = "../../native/src/terminal/exit.rs"]
pub mod exit;
#[path = "../../native/src/terminal/out.rs"]
mod out;
#[path = "../../native/src/terminal/report.rs"]
pub mod report;
