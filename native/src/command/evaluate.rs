//! `ssim evaluate`: measures a run's model.

mod raw_rows;

use crate::files::data::Data;
use crate::files::raw::RawRowArgs;
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
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Run folder with a model
    #[arg(long)]
    run: PathBuf,
    /// Data folder
    #[arg(long, required_unless_present = "input", conflicts_with = "input")]
    data: Option<PathBuf>,
    /// Split whose rows are evaluated
    #[arg(long, default_value = "test", value_parser = ["val", "test"], conflicts_with = "input")]
    split: String,
    /// Measure the model on rows that are not those of the run: the model may have learnt from some
    /// of them
    #[arg(long, conflicts_with = "input")]
    other_rows: bool,
    /// Raw rows with labels, in place of a data folder; - is standard input (not for Parquet)
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// With --input: column of the label (default: the one the model was trained with)
    #[arg(long, value_name = "COLUMN", requires = "input")]
    label: Option<String>,
    #[command(flatten)]
    reading: RawRowArgs,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &EvaluateArgs) -> Result<()> {
    device::threads(args.threads)?;
    match (&args.input, &args.data) {
        (Some(input), _) => raw_rows::run(args, input),
        (None, Some(data)) => of_split(args, data),
        (None, None) => Ok(()),
    }
}

/// Measures the model on a split of a data folder.
fn of_split(args: &EvaluateArgs, data: &Path) -> Result<()> {
    let (run, identity) = RunFolder::open(&args.run)?;
    let config = run.config()?;
    let data = Data::open(data)?;
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
