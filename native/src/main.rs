//! `ssim`: files, clock, threads and terminal around the libraries.

mod cli;
mod command;
mod compare;
mod files;
mod machine;
mod pictures;
mod race;
mod report;
mod run;
mod settings;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    machine::memory::keep();
    machine::device::quiet_candle();
    terminal::fault::quiet_decoders();
    let cli = cli::Cli::of_process();
    terminal::exit::code(terminal::fault::caught(|| {
        terminal::interrupt::install().and_then(|()| cli.run())
    }))
}
