//! `ssim completions`: prints a completion script for a shell.

use crate::cli::Cli;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

pub fn run(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::program(), "ssim", &mut script);
    out::data(&String::from_utf8(script)?)
}
