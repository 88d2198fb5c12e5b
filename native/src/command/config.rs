//! `ssim config`.

use crate::args::Settings;
use crate::{config, out};
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON instead of TOML
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Show) -> Result<()> {
    let config = config::resolve(&args.settings)?;
    if args.json {
        return out::json(&config);
    }
    out::data(&config::to_toml(&config)?)
}
