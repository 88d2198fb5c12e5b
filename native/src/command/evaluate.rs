//! `ssim evaluate`: measures a run's model.

use crate::files::data::Data;
use crate::machine::device;
use crate::run::run_folder::RunFolder;
use crate::settings::args::threads;
use crate::terminal::{out, report};
use anyhow::Result;
use candle_core::Device;
use clap::Args;
use serde_json::json;
use ssim_train::evaluate::evaluate;
use ssim_train::setup::Setup;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Run folder with a model
    #[arg(long)]
    run: PathBuf,
    /// Data folder
    #[arg(long)]
    data: PathBuf,
    /// Split whose rows are evaluated
    #[arg(long, default_value = "test", value_parser = ["val", "test"])]
    split: String,
    /// Measure the model on rows that are not those of the run: the model may have learnt from some
    /// of them
    #[arg(long)]
    other_rows: bool,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &EvaluateArgs) -> Result<()> {
    device::threads(args.threads)?;
    let (run, identity) = RunFolder::open(&args.run)?;
    let config = run.config()?;
    let data = Data::open(&args.data)?;
    if !args.other_rows {
        identity.expect_data(&args.run, &data)?;
    }
    let models = run.models(&data.schema, &Device::Cpu)?;
    let rows = data.split(&args.split)?;
    let report = evaluate(&Setup::new(&data.schema, &config), &models, &rows)?;
    if args.json {
        return out::json(&json!({ "schema": 1, &args.split: report }));
    }
    out::text(&report::quality(&args.split, &report))
}
