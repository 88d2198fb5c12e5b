//! `ssim doctor`: checks data before a model is trained on them.

mod leaks;
mod needs;

use crate::files::data::Data;
use crate::files::published::{self, Known};
use crate::files::read;
use crate::machine::missed_steps::MissedSteps;
use crate::machine::{device, memory};
use crate::settings::args::Settings;
use crate::settings::config;
use crate::settings::size::LogSize;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;
use leaks::FieldCheck;
use needs::Needs;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_data::{DataSummary, OnError, Prepared};
use ssim_train::config::Config;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Data folder
    #[arg(value_name = "DATA", required_unless_present = "raw")]
    data: Option<PathBuf>,
    /// Raw log instead of a data folder; nothing is written, rows that cannot be read are left out
    #[arg(long, value_name = "PATH", conflicts_with = "data")]
    raw: Option<PathBuf>,
    /// TOML file that says what the raw log's columns mean
    #[arg(long, value_name = "FILE", requires = "raw", required_unless_present_any = ["data", "log"])]
    schema: Option<PathBuf>,
    /// Name of the raw log, if it is a published one
    #[arg(long, value_name = "NAME", requires = "raw", conflicts_with = "schema")]
    log: Option<Known>,
    /// CTR model whose time is estimated
    #[arg(long, default_value = "dnn", value_parser = PossibleValuesParser::new(ssim_core::backbone::names()))]
    backbone: String,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// An AUC over fewer clicks than this says little.
const FEW: usize = 50;

/// Everything that was found out.
#[derive(Serialize)]
struct Findings {
    #[serde(flatten)]
    summary: DataSummary,
    /// Time and memory that the preparation of a raw log took.
    preparation: Option<Took>,
    #[serde(flatten)]
    needs: Needs,
    /// Largest number of retrain epochs that the settings allow.
    #[serde(skip)]
    epochs: u64,
    fields_alone: Vec<FieldCheck>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Took {
    seconds: f64,
    /// Largest number of bytes at a time, if the system says so.
    memory: Option<u64>,
}

pub fn run(args: &DoctorArgs) -> Result<()> {
    // Mistakes in the settings are told before the log is read.
    config::resolve(&args.settings)?;
    device::threads(None)?;
    let Some(data) = &args.data else {
        let start = Instant::now();
        let p = raw(args)?;
        let took = Took { seconds: start.elapsed().as_secs_f64(), memory: memory::peak() };
        let config = settings(args, p.rows.train.len(), &p.schema)?;
        return tell(args, &examine(args, &config, p.summary(), &p.schema, &p.rows, Some(took))?);
    };
    let data = Data::open(data)?;
    let rows = data.rows()?;
    let config = settings(args, rows.train.len(), &data.schema)?;
    tell(args, &examine(args, &config, data.manifest.summary(), &data.schema, &rows, None)?)
}

/// Gives the settings for a log of so many train rows, and says which preset its size has chosen.
fn settings(args: &DoctorArgs, rows: usize, schema: &Schema) -> Result<Config> {
    let log = LogSize { rows, scenarios: schema.scenarios.len() };
    let settings = args.settings.for_log(Some(log));
    let config = config::resolve(&settings)?;
    if let Some(told) = settings.told(&config) {
        out::note(&told);
    }
    Ok(config)
}

/// Prepares a raw log in memory.
fn raw(args: &DoctorArgs) -> Result<Prepared> {
    match (&args.raw, &args.schema, args.log) {
        (Some(raw), Some(schema), _) => {
            Ok(super::prepare::table(raw, schema, super::prepare::BadRowPolicy::Skip, 1)?.0)
        }
        (Some(raw), _, Some(log)) => published(raw, log),
        _ => Fail::usage("doctor: expected DATA, or --raw and --schema or --log"),
    }
}

/// Prepares a published log in memory.
fn published(raw: &Path, log: Known) -> Result<Prepared> {
    let layouts = log.layouts();
    let found = published::choose(&layouts, raw)?;
    let mut open = |name: &str| found.open(name);
    Ok(found.log.prepare(&read::name(raw), &mut open, OnError::Skip, 1)?)
}

fn examine(
    args: &DoctorArgs,
    config: &Config,
    summary: DataSummary,
    schema: &Schema,
    rows: &Split<Instances>,
    preparation: Option<Took>,
) -> Result<Findings> {
    let fields_alone: Vec<FieldCheck> =
        (0..schema.fields.len()).map(|f| leaks::alone(f, schema, rows)).collect();
    let needs = needs::needs(schema, rows, config, &args.backbone)?;
    let mut warnings: Vec<String> =
        fields_alone.iter().filter_map(|alone| alone.warning.clone()).collect();
    warnings.extend(scenarios(&summary, rows));
    if let Some(available) = needs.available.filter(|available| needs.memory > *available) {
        let needed = report::bytes(needs.memory);
        let free = report::bytes(available);
        warnings.push(format!("training needs about {needed}, and this machine has {free} free"));
    }
    if let Some(epoch) = needs.retrain_epoch_s
        && let Some(missed) = MissedSteps::of_epoch(schema.features(), &rows.train, config)?
    {
        warnings.extend(missed.told(epoch));
    }
    let epochs = config.retrain.max_epochs;
    Ok(Findings { summary, preparation, needs, epochs, fields_alone, warnings })
}

/// Warns of scenarios that have too few rows or clicks to measure a model.
fn scenarios(summary: &DataSummary, rows: &Split<Instances>) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, split) in [("val", &rows.val), ("test", &rows.test)] {
        for (k, s) in summary.scenarios.iter().enumerate() {
            let scenario = &s.scenario;
            match clicks(split, k) {
                (0, 0) => warnings.push(format!("scenario {scenario} has no rows in {name}")),
                (rows, 0) => warnings.push(format!(
                    "scenario {scenario} has no clicks in {name} ({rows} rows): it has no AUC"
                )),
                (rows, clicks) if clicks == rows => warnings.push(format!(
                    "scenario {scenario} has only clicks in {name} ({rows} rows): it has no AUC"
                )),
                (_, clicks) if clicks < FEW => warnings.push(format!(
                    "scenario {scenario} has {clicks} clicks in {name}: its AUC will say little"
                )),
                _ => (),
            }
        }
    }
    warnings
}

/// Counts the rows and the clicks of scenario `k`.
fn clicks(split: &Instances, k: usize) -> (usize, usize) {
    let rows = split.scenarios.iter().zip(&split.labels);
    let rows = rows.filter(|(scenario, _)| usize::from(**scenario) == k);
    rows.fold((0, 0), |(rows, clicks), (_, y)| (rows + 1, clicks + usize::from(*y)))
}

fn tell(args: &DoctorArgs, findings: &Findings) -> Result<()> {
    if args.json {
        return out::json(findings);
    }
    out::text(&text(findings))
}

fn text(findings: &Findings) -> String {
    let head = ["field alone", "val AUC", "if known", "top value", "rare"];
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut fields = vec![head.map(str::to_owned).to_vec()];
    fields.extend(findings.fields_alone.iter().map(|a| {
        let auc = report::number(a.auc);
        let known = report::number(a.auc_known);
        vec![format!("  {}", a.field), auc, known, percent(a.top), percent(a.rare)]
    }));

    let needs = &findings.needs;
    let mut about = vec![vec!["about".to_owned(), "time".to_owned(), "memory".to_owned()]];
    if let Some(took) = &findings.preparation {
        let memory = took.memory.map_or("-".to_owned(), report::bytes);
        about.push(vec!["  preparation".to_owned(), report::duration(took.seconds), memory]);
    }
    let time = |seconds: Option<f64>| seconds.map_or("-".to_owned(), report::duration);
    let memory = report::bytes(needs.memory);
    about.push(vec!["  search, an epoch".to_owned(), time(needs.search_epoch_s), memory.clone()]);
    let name = format!("  retrain, one of {}", findings.epochs.max(1));
    about.push(vec![name, time(needs.retrain_epoch_s), memory]);

    let summary = super::prepare::text(&findings.summary);
    let mut text = format!("{summary}\n{}\n{}", report::table(&fields), report::table(&about));
    for warning in &findings.warnings {
        text.push_str(&format!("{}\n", report::wrap(&format!("warning: {warning}"))));
    }
    text
}
