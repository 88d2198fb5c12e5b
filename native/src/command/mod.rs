//! The commands, one file each: the arguments, and the function that runs the command.

pub mod bench_device;
pub mod bench_step;
pub mod bench_train;
pub mod compare;
#[cfg(feature = "manual")]
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod fit;
pub mod init;
#[cfg(feature = "manual")]
pub mod man;
pub mod plot;
pub mod prepare;
pub mod profile;
#[cfg(feature = "manual")]
pub mod reference;
pub mod retrain;
pub mod rows;
pub mod run;
pub mod score;
pub mod search;
pub mod select;
pub mod serve;
mod shared_rows;
pub mod sweep;
pub mod transfer;
