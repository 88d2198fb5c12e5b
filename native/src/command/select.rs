//! `ssim select`.

use crate::args::{ratio, threads};
use crate::data::Data;
use crate::exit::Fail;
use crate::fit::write_list;
use crate::run_folder::RunFolder;
use crate::summary::Share;
use crate::{device, out, report};
use anyhow::Result;
use candle_core::Device;
use clap::Args;
use serde_json::json;
use ssim_core::mask::Pool;
use ssim_data::list::SharedList;
use ssim_train::collective::Alone;
use ssim_train::config::SelectConfig;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Select {
    /// Run folder with a selector
    #[arg(long)]
    run: PathBuf,
    /// Data folder whose train rows are scored
    #[arg(long)]
    data: PathBuf,
    /// Share of rows that go to every tower (default: the run's)
    #[arg(long, value_parser = ratio)]
    ratio: Option<f64>,
    /// Among which rows the best are chosen (default: the run's)
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Lowest score that is shared, in place of a ratio
    #[arg(long, value_name = "SCORE", conflicts_with_all = ["ratio", "by"], allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// The list to write: row, scenario, score, shared
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Worker threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<usize>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum By {
    Batch,
    Global,
    Scenario,
}

impl From<By> for Pool {
    fn from(by: By) -> Self {
        match by {
            By::Batch => Pool::Batch,
            By::Global => Pool::Global,
            By::Scenario => Pool::Scenario,
        }
    }
}

pub fn run(args: &Select) -> Result<()> {
    device::threads(args.threads)?;
    let (run, identity) = RunFolder::open(&args.run)?;
    let config = run.config()?;
    let data = Data::open(&args.data)?;
    let fingerprint = data.schema.fingerprint();
    let Some((selector, table)) = run.selector(&fingerprint, &Device::Cpu)? else {
        return Fail::data(format!(
            "{}: expected a run that has searched, got one without selector",
            args.run.display()
        ));
    };
    let cut = SelectConfig {
        ratio: args.ratio.unwrap_or(config.select.ratio),
        by: args.by.map_or(config.select.by, Pool::from),
        ..config.select
    };
    let train = data.split("train")?;
    let scores = ssim_train::select::score(&selector, &table, &train, &Device::Cpu, &Alone)?;
    let batch = config.train.batch;
    let shared = match args.threshold {
        Some(threshold) => scores.iter().map(|z| *z >= threshold).collect(),
        None => ssim_train::select::select(&scores, &train, &cut, batch, identity.seed)?,
    };
    let asked = args.threshold.is_none().then_some(cut.ratio);
    let share = Share::count(&data.schema.scenarios, &train, &shared, asked);
    write_list(&args.out, &SharedList::new(&data.schema, &train, scores, shared)?)?;
    if args.json {
        let by = args.threshold.is_none().then_some(cut.by);
        let threshold = args.threshold;
        return out::json(
            &json!({ "schema": 1, "by": by, "threshold": threshold, "share": share }),
        );
    }
    out::data(&report::share(&share))
}
