//! `ssim config`: prints the effective settings.

use crate::files::data::Data;
use crate::settings::args::Settings;
use crate::settings::config;
use crate::terminal::out;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Data folder: a run on it has these settings (default: the published ones, for millions of rows)
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Print JSON instead of TOML
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ConfigArgs) -> Result<()> {
    let data = args.data.as_ref().map(|path| Data::open(path)).transpose()?;
    let settings = args.settings.for_log(data.as_ref().map(Data::size));
    let config = config::resolve(&settings)?;
    if args.json {
        return out::json(&config);
    }
    let reason = settings.told(&config).map(|told| format!("# {told}\n\n"));
    out::data(&format!("{}{}", reason.unwrap_or_default(), config::to_toml(&config)?))
}
