//! `ssim export`.

use crate::exit::Fail;
use crate::run_folder::RunFolder;
use crate::summary::Summary;
use crate::{out, read, report, sample, write};
use anyhow::Result;
use candle_core::Device;
use clap::Args;
use serde_json::{Value, json};
use ssim_core::artifact::{Artifact, Parts};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Export {
    /// Run folder with a model
    #[arg(long)]
    run: PathBuf,
    /// The artifact to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Most test rows that go along
    #[arg(long, value_name = "N", default_value_t = sample::ROWS)]
    sample: usize,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Export) -> Result<()> {
    if args.sample > sample::ROWS {
        return Fail::usage(format!(
            "--sample: a run keeps {} rows, got {}",
            sample::ROWS,
            args.sample
        ));
    }
    let (run, _) = RunFolder::open(&args.run)?;
    let summary: Summary = read::json(&run.summary())?;
    let report = serde_json::to_value(&summary)?;
    let bytes = artifact(&run, &summary, args.sample, report)?;
    write::bytes(&args.out, &bytes)?;
    if args.json {
        return out::json(&json!({ "schema": 1, "file": args.out, "bytes": bytes.len() }));
    }
    out::data(&format!("{}  {}", args.out.display(), report::bytes(bytes.len() as u64)))
}

/// A run's artifact; `report` gets two more keys: of how many rows the sample is drawn, and
/// which column of a raw log holds the scenario.
pub fn artifact(
    run: &RunFolder,
    summary: &Summary,
    most: usize,
    mut report: Value,
) -> Result<Vec<u8>> {
    let data = run.schema()?;
    let schema = &data.schema;
    let kept = run.sample(schema)?;
    let sample = match most < kept.len() {
        true => sample::stratified(&kept, schema.scenarios.len(), most, summary.seed),
        false => kept,
    };
    timeless(&mut report);
    if let Some(report) = report.as_object_mut() {
        report.insert("sample".into(), sample::describe(&sample, &summary.test));
        report.insert("scenario_column".into(), json!(data.scenario_column()));
    }
    let fingerprint = schema.fingerprint();
    let model = run.model(&fingerprint, &Device::Cpu)?;
    let selector = run.selector(&fingerprint, &Device::Cpu)?;
    let artifact = Artifact::new(Parts {
        writer: concat!("ssim ", env!("CARGO_PKG_VERSION")),
        schema,
        model: &model,
        selector: selector.as_ref().map(|(selector, table)| (selector, table)),
        sample: &sample,
        report,
    })?;
    Ok(artifact.to_bytes()?)
}

/// Takes the times out, so that the same run gives the same artifact.
fn timeless(report: &mut Value) {
    match report {
        Value::Array(values) => values.iter_mut().for_each(timeless),
        Value::Object(map) => {
            map.retain(|key, _| !["seconds", "instances_per_second"].contains(&key.as_str()));
            map.values_mut().for_each(timeless);
        }
        _ => (),
    }
}
