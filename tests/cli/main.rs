//! The command line as scripts see it: help, exit codes, messages, JSON.

mod bad_input;
mod bad_files;
mod help;
mod json;
mod serve;
mod settings;
