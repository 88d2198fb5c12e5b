//! `ssim retrain`.

use crate::args::Training;
use anyhow::Result;
use clap::Args;
use ssim_train::method::Method;
use std::path::PathBuf;

/// Name of the method in reports: whose list it is, nobody knows.
const NAME: &str = "list";

#[derive(Debug, Args)]
pub struct Retrain {
    /// The list: Parquet with columns row and shared, one row per train row
    #[arg(long, value_name = "FILE")]
    shared: PathBuf,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &Retrain) -> Result<()> {
    super::fit::fit(NAME, Method::Ssim, Some(&args.shared), &args.training)
}
