//! The command line as scripts see it: help, exit codes, messages, JSON.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod auto;
mod bad_files;
mod bad_input;
mod bad_plan;
mod calibrated;
mod compare;
mod doctor;
mod drift;
mod embed;
#[cfg(unix)]
mod files;
mod foreign;
mod help;
mod json;
mod lists;
#[cfg(unix)]
mod locks;
mod methods;
#[cfg(unix)]
mod mistakes;
mod names;
mod options;
mod profile;
mod published;
mod report;
mod routes;
mod rows_counted;
mod serve;
mod settings;
mod shapes;
mod stdin;
mod stream;
mod streaming;
mod tomorrow;
mod transfer;
mod whole_run;
