//! `ssim doctor`: checks data before a model is trained on them.

mod gpu;
mod leaks;
mod likeness;
mod needs;
mod rejects;
mod scenarios;
mod selector;

use crate::files::data::Data;
use crate::files::published::{self, Known};
use crate::files::read;
use crate::machine::missed_steps::MissedSteps;
use crate::machine::{device, memory};
use crate::settings::args::{Settings, any_whole, seeds, whole};
use crate::settings::config;
use crate::settings::size::LogSize;
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;
use gpu::GpuNeeds;
use leaks::FieldCheck;
use likeness::Likeness;
use needs::Needs;
use scenarios::SplitCounts;
use selector::SelectorCheck;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_data::{DataSummary, OnError, Prepared};
use ssim_train::config::Config;
use ssim_train::setup::Setup;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Data folder
    #[arg(value_name = "DATA", required_unless_present = "raw")]
    data: Option<PathBuf>,
    /// Raw log instead of a data folder; nothing is written, rows that cannot be read are left out
    #[arg(long = "input", alias = "raw", value_name = "PATH", conflicts_with = "data")]
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
    /// GPU whose memory and time are predicted: cuda or cuda:N of this machine, or a100, h100, h200, l4
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Fit two small models with some seeds, and say which scenarios gain from sharing
    #[arg(long)]
    likeness: bool,
    /// Train rows that each of these models visits at most, anew in every epoch
    #[arg(long, value_name = "N", default_value_t = 2_000_000, requires = "likeness",
          value_parser = whole::<u64>(1, u64::MAX))]
    fit_rows: u64,
    /// First seed of these models
    #[arg(long, default_value_t = 1, requires = "likeness", value_parser = any_whole::<u64>())]
    seed: u64,
    /// Number of seeds, 2 to 100: findings must hold for other seeds, too
    #[arg(long, value_name = "N", default_value_t = 3, requires = "likeness",
          value_parser = whole::<u64>(2, 100))]
    seeds: u64,
    /// Run folder with a selector: say whether it decides by row or by scenario
    #[arg(long, value_name = "RUN", conflicts_with = "raw")]
    run: Option<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
    /// The time that these models may take.
    #[arg(skip)]
    limit: Option<Duration>,
}

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
    scenario_counts: Vec<SplitCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu: Option<GpuNeeds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    likeness: Option<Likeness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<SelectorCheck>,
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
    let findings = match &args.data {
        Some(data) => of_folder(args, data)?,
        None => of_raw(args)?,
    };
    if args.json {
        return out::json(&findings);
    }
    out::text(&text(&findings))
}

/// Examines a data folder.
fn of_folder(args: &DoctorArgs, data: &Path) -> Result<Findings> {
    let data = Data::open(data)?;
    let rows = data.rows()?;
    let selector = args.run.as_ref().map(|run| SelectorCheck::of(run, &data, &rows.train));
    let selector = selector.transpose()?;
    let findings = examine(args, data.manifest.summary(), &data.schema, &rows, None)?;
    Ok(Findings { selector, ..findings })
}

/// The findings about a data folder for people, in parts.
pub struct Diagnosis {
    /// Counts of rows and ids, and the tables of fields and of needs.
    pub log: String,
    /// The likeness of the scenarios.
    pub likeness: String,
    pub warnings: Vec<String>,
}

impl Diagnosis {
    /// The text that `ssim doctor --likeness` prints.
    pub fn text(&self) -> String {
        let warnings = self.warnings.iter();
        let warnings =
            warnings.map(|warning| format!("\n{}", report::wrap(&format!("warning: {warning}"))));
        format!("{}\n{}{}", self.log, self.likeness, warnings.collect::<String>())
    }
}

/// Examines a data folder, and measures the likeness of its scenarios
/// by models that visit at most `fit_rows` train rows and take at most the time of `limit`.
///
/// # Errors
/// The folder cannot be read, or a model cannot be fitted.
pub fn diagnose(
    data: &Path,
    fit_rows: u64,
    seed: u64,
    settings: &Settings,
    limit: Option<Duration>,
) -> Result<Diagnosis> {
    let args = DoctorArgs {
        data: Some(data.to_owned()),
        raw: None,
        schema: None,
        log: None,
        backbone: "dnn".to_owned(),
        device: None,
        likeness: true,
        fit_rows,
        seed,
        seeds: 3,
        run: None,
        json: false,
        settings: settings.clone(),
        limit,
    };
    let mut findings = of_folder(&args, data)?;
    let likeness = told(findings.likeness.take().as_ref(), args.seeds, limit);
    let warnings = std::mem::take(&mut findings.warnings);
    Ok(Diagnosis { log: text(&findings), likeness, warnings })
}

/// The likeness of scenarios, and the seeds that were skipped since the time did not allow them.
fn told(likeness: Option<&Likeness>, seeds: u64, limit: Option<Duration>) -> String {
    let time = limit.map_or(0.0, |limit| limit.as_secs_f64());
    let skipped = |what: &str| {
        let why = format!("a quarter of --budget is {}", report::duration(time));
        format!("{}\n", report::wrap(&format!("{what}, since {why}.")))
    };
    match likeness {
        None => skipped("Not measured: the two models of two seeds take longer"),
        Some(found) if (found.seeds.len() as u64) < seeds => {
            let done = found.seeds.len();
            let what = format!("Measured with {done} of {seeds} seeds; the others were skipped");
            format!("{}\n{}", likeness::text(found), skipped(&what))
        }
        Some(found) => likeness::text(found),
    }
}

/// Prepares a raw log in memory and examines it.
fn of_raw(args: &DoctorArgs) -> Result<Findings> {
    let start = Instant::now();
    let p = raw(args)?;
    let took = Took { seconds: start.elapsed().as_secs_f64(), memory: memory::peak() };
    let mut findings = examine(args, p.summary(), &p.schema, &p.rows, Some(took))?;
    findings.warnings.extend(rejects::warnings(&p.rejects));
    Ok(findings)
}

/// Gives the settings for a log of so many train rows, and says which preset its size has chosen.
fn settings(args: &DoctorArgs, log: LogSize) -> Result<Config> {
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
        _ => Fail::usage("doctor: expected DATA, or --input and --schema or --log"),
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
    summary: DataSummary,
    schema: &Schema,
    rows: &Split<Instances>,
    preparation: Option<Took>,
) -> Result<Findings> {
    let log = LogSize { rows: rows.train.len(), scenarios: schema.scenarios.len() };
    let config = settings(args, log)?;
    let fields_alone: Vec<FieldCheck> =
        (0..schema.fields.len()).map(|f| leaks::alone(f, schema, rows)).collect();
    let needs = needs::needs(schema, rows, &config, &args.backbone)?;
    let scenario_counts = scenarios::counts(schema, rows);
    let mut warnings: Vec<String> =
        fields_alone.iter().filter_map(|alone| alone.warning.clone()).collect();
    warnings.extend(scenarios::warnings(&scenario_counts));
    if let Some(available) = needs.available.filter(|available| needs.memory > *available) {
        let needed = report::bytes(needs.memory);
        let free = report::bytes(available);
        warnings.push(format!("training needs about {needed}, and this machine has {free} free"));
    }
    if let Some(epoch) = needs.retrain_epoch_s
        && let Some(missed) = MissedSteps::of_epoch(schema.features(), &rows.train, &config)?
    {
        warnings.extend(missed.told(epoch));
    }
    let gpu = args.device.as_ref();
    let gpu = gpu.map(|name| gpu::needs(name, schema, &rows.train, &config, &args.backbone));
    let gpu = gpu.transpose()?;
    warnings.extend(gpu.iter().flat_map(|gpu| gpu.warnings.clone()));
    let likeness = args.likeness.then(|| likeness(args, log, schema, rows)).transpose()?;
    Ok(Findings {
        summary,
        preparation,
        needs,
        epochs: config.retrain.max_epochs,
        fields_alone,
        scenario_counts,
        gpu,
        likeness: likeness.flatten(),
        selector: None,
        warnings,
    })
}

/// Measures the likeness of the scenarios, with settings for a log of as many rows as a model visits:
/// the published networks, for larger logs, would take hours.
fn likeness(
    args: &DoctorArgs,
    log: LogSize,
    schema: &Schema,
    rows: &Split<Instances>,
) -> Result<Option<Likeness>> {
    let visited = LogSize { rows: log.rows.min(args.fit_rows as usize), ..log };
    let config = config::resolve(&args.settings.for_log(Some(visited)))?;
    let setup = Setup { backbone: &args.backbone, ..Setup::new(schema, &config) };
    likeness::measure(&setup, rows, seeds(args.seed, args.seeds)?, args.fit_rows, args.limit)
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
    let parts = [
        findings.gpu.as_ref().map(GpuNeeds::text),
        findings.likeness.as_ref().map(likeness::text),
        findings.selector.as_ref().map(SelectorCheck::text),
    ];
    for part in parts.iter().flatten() {
        text.push_str(&format!("\n{part}"));
    }
    if parts.iter().any(Option::is_some) && !findings.warnings.is_empty() {
        text.push('\n');
    }
    for warning in &findings.warnings {
        text.push_str(&format!("{}\n", report::wrap(&format!("warning: {warning}"))));
    }
    text
}
