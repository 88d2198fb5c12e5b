//! `ssim completions`.

use crate::{cli::Cli, out};
use anyhow::Result;
use clap::{Args, CommandFactory};

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

pub fn run(args: &Completions) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ssim", &mut script);
    out::data(&String::from_utf8(script)?)
}
