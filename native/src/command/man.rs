//! `ssim man`: prints a manual page.

use crate::cli::Cli;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command whose page is printed (default: the page of the program)
    command: Option<String>,
}

pub fn run(args: &ManArgs) -> Result<()> {
    let mut cli = Cli::program();
    cli.build();
    let page = match &args.command {
        None => cli,
        Some(name) => match cli.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                return crate::terminal::exit::Fail::usage(format!(
                    "man: there is no command \"{name}\""
                ));
            }
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    out::data(&String::from_utf8(text)?)
}
