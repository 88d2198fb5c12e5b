//! `ssim`: files, clock, threads and terminal around the libraries.

mod args;
mod bench;
mod cli;
mod command;
mod company;
mod compare;
mod config;
mod curves;
mod data;
mod device;
mod environment;
mod exit;
mod fit;
mod interrupt;
mod journal;
mod memory;
mod out;
mod phase;
mod picture;
mod plan;
mod png;
mod poster;
mod progress;
mod projection;
mod published;
mod ranks;
mod raw;
mod read;
mod report;
mod room;
mod run_folder;
mod sample;
mod sink;
mod summary;
mod tensorboard;
mod watch;
mod write;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    memory::keep();
    device::quiet_candle();
    let cli = cli::Cli::parse();
    exit::code(interrupt::install().and_then(|()| cli.run()))
}
