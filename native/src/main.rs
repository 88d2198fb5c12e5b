//! `ssim`: files, clock, threads and terminal around the libraries.

mod args;
mod cli;
mod command;
mod config;
mod data;
mod device;
mod environment;
mod exit;
mod fit;
mod interrupt;
mod journal;
mod out;
mod phase;
mod picture;
mod progress;
mod read;
mod report;
mod run_folder;
mod sample;
mod summary;
mod tensorboard;
mod write;

use clap::Parser;
use std::process::ExitCode;

// A training step allocates and frees every activation; the C library's allocator maps and
// unmaps them page by page, which takes half the step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    exit::code(interrupt::install().and_then(|()| cli.run()))
}
