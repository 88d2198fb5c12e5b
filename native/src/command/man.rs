//! `ssim man`.

use crate::{cli::Cli, out};
use anyhow::Result;
use clap::{Args, CommandFactory};

#[derive(Debug, Args)]
pub struct Man {
    /// The command whose page it is; without one the program's own
    command: Option<String>,
}

pub fn run(args: &Man) -> Result<()> {
    let mut cli = Cli::command();
    cli.build();
    let page = match &args.command {
        None => cli,
        Some(name) => match cli.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return crate::exit::Fail::usage(format!("man: there is no command \"{name}\""));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    out::data(&String::from_utf8(text)?)
}
