//! `ssim retrain`: trains a model on a given list.

use crate::command::fit::{WantedFit, fit};
use crate::settings::args::Training;
use anyhow::Result;
use clap::Args;
use ssim_core::method::Method;
use std::path::PathBuf;

/// Name of the method in reports, because the origin of the list is unknown.
const NAME: &str = "list";

#[derive(Debug, Args)]
pub struct RetrainArgs {
    /// The list: Parquet with columns row and shared, one row per train row
    #[arg(long, value_name = "FILE")]
    shared: PathBuf,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &RetrainArgs) -> Result<()> {
    let (method, list) = (Method::Ssim, Some(args.shared.as_path()));
    fit(&WantedFit { name: NAME, method, list, from: None }, &args.training)
}
