//! `ssim retrain`: trains a model on a given list.

use crate::command::fit::{GivenList, WantedFit, fit};
use crate::settings::args::Training;
use anyhow::Result;
use clap::Args;
use ssim_core::method::Method;
use ssim_viz::Rule;
use std::path::PathBuf;

/// Name of the method in reports, because the origin of the list is unknown.
const NAME: &str = "list";

#[derive(Debug, Args)]
pub struct RetrainArgs {
    /// The list: Parquet with columns row and shared, one row per train row
    #[arg(long, value_name = "FILE")]
    shared: PathBuf,
    /// Share the rows that match this rule, too, such as "item = 3 & hour in (8, 12)"; it may name fields, and
    /// the columns scenario, click, shared, and score if the list has it
    #[arg(long, value_name = "RULE")]
    force_in: Option<Rule>,
    /// Do not share the rows that match this rule, whatever the list says
    #[arg(long, value_name = "RULE")]
    keep_out: Option<Rule>,
    #[command(flatten)]
    training: Training,
}

pub fn run(args: &RetrainArgs) -> Result<()> {
    let list = GivenList {
        path: &args.shared,
        force_in: args.force_in.as_ref(),
        keep_out: args.keep_out.as_ref(),
    };
    let method = Method::Ssim;
    fit(&WantedFit { name: NAME, method, list: Some(list), from: None }, &args.training)
}
