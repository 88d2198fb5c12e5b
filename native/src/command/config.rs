//! `ssim config`: prints the effective settings.

use crate::settings::args::Settings;
use crate::settings::config;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON instead of TOML
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ConfigArgs) -> Result<()> {
    let config = config::resolve(&args.settings)?;
    if args.json {
        return out::json(&config);
    }
    out::data(&config::to_toml(&config)?)
}
