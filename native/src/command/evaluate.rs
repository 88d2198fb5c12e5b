//! `ssim evaluate`: measures a run's model.

mod by_value;
mod raw_rows;

use crate::files::data::Data;
use crate::files::raw::RawRowArgs;
use crate::machine::device;
use crate::run::run_folder::RunFolder;
use crate::settings::args::threads;
use crate::terminal::{out, report};
use anyhow::Result;
use by_value::RowsByValue;
use candle_core::Device;
use clap::Args;
use serde_json::json;
use ssim_core::metric::Report;
use ssim_train::evaluate::logits;
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
    /// Raw rows with labels, in place of a data folder; - is standard input
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// With --input: column of the label (default: the one the model was trained with)
    #[arg(long, value_name = "COLUMN", requires = "input")]
    label: Option<String>,
    #[command(flatten)]
    reading: RawRowArgs,
    /// Measure the CTRs that the model's calibration makes of its own
    #[arg(long)]
    calibrated: bool,
    /// Also the mean of the AUCs within the values of this field, such as users (GAUC)
    #[arg(long, value_name = "FIELD")]
    gauc: Option<String>,
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
    let by_value = args.gauc.as_ref().map(|field| RowsByValue::new(&data.schema, field));
    let mut by_value = by_value.transpose()?;
    by_value.iter_mut().for_each(|by_value| by_value.add(&rows));
    let mut logits = logits(&Setup::new(&data.schema, &config), &models, &rows)?;
    if args.calibrated {
        run.calibrator(&data.schema)?.apply(&mut logits, &rows.scenarios);
    }
    let report = Report::new(&logits, &rows, &data.schema.scenarios);
    if args.json {
        let mut all = json!({ "schema": 1, &args.split: report, "calibrated": args.calibrated });
        if let Some(by_value) = by_value {
            all["by_value"] = by_value.json(&logits, &rows.labels);
        }
        return out::json(&all);
    }
    let more = by_value.map(|by_value| by_value.text(&logits, &rows.labels)).unwrap_or_default();
    out::text(&(report::quality(&args.split, &report) + &more))
}
