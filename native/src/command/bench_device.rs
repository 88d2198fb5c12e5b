//! `ssim bench-device`: times steps that stay on a device, for `cargo xtask gpu`.
//!
//! It writes one JSON file and one table in Markdown, with the times that the cost model gives beside them,
//! and with what others have measured in lines of JSON.

mod grid;

use crate::command::bench_step::rows::{RandomLog, StepCase};
use crate::machine::{device, device_plan};
use crate::settings::args::Machine;
use crate::terminal::{out, report};
use anyhow::{Context, Result};
use candle_core::Device;
use grid::{BenchCase, BenchGrid};
use serde_json::{Value, json};
use ssim_core::artifact::record::Record;
use ssim_core::metric::Metric;
use ssim_train::cost::{CHIPS, CostMachine};
use ssim_train::setup::Setup;
use std::path::{Path, PathBuf};

/// Times steps on a device.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchDevice {
    /// Few and small cases, as a rehearsal
    #[arg(long)]
    small: bool,
    /// Steps that are timed at a time, in sixteens: the host looks at the loss after as many
    #[arg(long, default_value_t = 2)]
    looks: u64,
    /// GPU whose predicted times are beside the measured ones
    #[arg(long, default_value = "h200")]
    chip: String,
    /// Lines of JSON that others have written: tests that passed, steps of other programs
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// The records of two runs of `ssim fit --json`, on the device and on the CPU
    #[arg(long, value_name = "FILE", num_args = 2)]
    fits: Vec<PathBuf>,
    /// Folder for results.json and results.md
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    machine: Machine,
}

/// Steps between two looks at the loss, for which the host waits.
const LOOK: u64 = 16;

/// Runs the benchmark.
///
/// # Errors
/// An error of the device; a file that cannot be read or written.
pub fn run(args: &BenchDevice) -> Result<()> {
    device::threads(args.machine.threads)?;
    let opened = Opened::of(&args.machine.device)?;
    let chip = CHIPS.iter().find(|chip| chip.name == args.chip);
    let mut lines = Vec::new();
    for file in &args.with {
        lines.extend(lines_of(file)?);
    }
    lines.extend(fits(&args.fits)?);
    for cell in BenchGrid::of(args.small).cells(device_plan::free(&opened.device)?) {
        let line = match time(&cell, &opened, args, chip) {
            Ok(line) => line,
            // A case that does not fit must not end the others.
            Err(error) => {
                json!({ "who": "ssim", "case": cell.name(), "error": format!("{error:#}") })
            }
        };
        out::note(&line.to_string());
        lines.push(line);
    }
    let write = |name: &str, text: String| {
        let path = args.out.join(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    };
    write("results.json", format!("{:#}\n", json!({ "schema": 1, "lines": lines })))?;
    write("results.md", table(&lines))
}

/// A device, and the one that stands for a GPU where there is none.
struct Opened {
    device: Device,
    #[cfg(feature = "simulated")]
    simulated: Option<std::sync::Arc<dyn ssim_train::kernels::KernelDevice>>,
}

impl Opened {
    fn of(name: &str) -> Result<Self> {
        #[cfg(feature = "simulated")]
        if name == "simulated" {
            let simulated = std::sync::Arc::new(ssim_train::kernels::Simulated::default());
            return Ok(Self { device: Device::Cpu, simulated: Some(simulated) });
        }
        Ok(Self {
            device: device::device(name)?,
            #[cfg(feature = "simulated")]
            simulated: None,
        })
    }

    fn setup<'a>(&'a self, setup: Setup<'a>) -> Setup<'a> {
        Setup {
            device: &self.device,
            #[cfg(feature = "simulated")]
            accelerator: self.simulated.as_ref(),
            ..setup
        }
    }
}

/// Takes the steps of a case, and times those between two looks.
fn time(
    cell: &BenchCase,
    on: &Opened,
    args: &BenchDevice,
    chip: Option<&CostMachine>,
) -> Result<Value> {
    let log = RandomLog::new(cell.log, cell.ids, cell.batch, cell.batches);
    let mut config = log.config(cell.mlp);
    config.train.precision = cell.precision;
    let setup = on.setup(log.setup(&config));
    let mut case = match cell.ratio {
        Some(ratio) => StepCase::retrain(&log, setup, ratio)?,
        None => StepCase::search(&log, setup)?,
    };
    // The host looks after the first step, and then after every sixteenth.
    for _ in 0..=LOOK {
        case.step()?;
    }
    let steps = LOOK * args.looks;
    let seconds = (0..steps).map(|_| case.step()).sum::<Result<f64>>()? / steps as f64;
    let work = case.work_on_device(cell.ratio.unwrap_or(1.0));
    let rate = device_plan::rate(cell.precision);
    let predicted = chip.map(|chip| chip.seconds(&work, rate));
    let bound = chip.and_then(|chip| chip.longest(&work, rate)).map(|item| item.name);
    Ok(json!({
        "who": "ssim", "case": cell.name(), "log": cell.log.name, "phase": cell.phase(),
        "precision": cell.precision, "batch": cell.batch, "ids": log.ids(), "steps": steps,
        "ms": 1e3 * seconds, "rows_per_s": (cell.batch as f64 / seconds).round(),
        "predicted_ms": predicted.map(|seconds| 1e3 * seconds), "bound": bound,
        "memory": case.memory(cell.ratio.unwrap_or(1.0)).total(),
    }))
}

/// Compares the test metrics of two runs. After equal steps they differ by the rounding of sums, and by the rows that
/// it moves over the edge of a list.
fn fits(files: &[PathBuf]) -> Result<Option<Value>> {
    let [device, cpu] = files else { return Ok(None) };
    let auc = |file: &Path| -> Result<f64> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let record: Record = serde_json::from_str(&text)?;
        let auc = record.test.pooled.get(Metric::AUC);
        auc.with_context(|| format!("{}: no AUC", file.display()))
    };
    let (device, cpu) = (auc(device)?, auc(cpu)?);
    let case = format!("test AUC {device:.5}, on the CPU {cpu:.5}");
    Ok(Some(json!({ "who": "fit", "case": case, "passed": (device - cpu).abs() < 0.01 })))
}

fn lines_of(file: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let line = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("{}: {line}", file.display()))
    };
    text.lines().filter(|line| line.starts_with('{')).map(line).collect()
}

/// The lines as a table in Markdown.
fn table(lines: &[Value]) -> String {
    let head = ["who", "case", "ms", "rows/s", "predicted ms", "bound by"].map(str::to_owned);
    let number = |line: &Value, key: &str| {
        line[key].as_f64().map_or("-".to_owned(), |value| format!("{value:.2}"))
    };
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or("-").to_owned();
    let row = |line: &Value| {
        let rows = line["rows_per_s"].as_f64().map_or("-".to_owned(), |n| report::count(n as u64));
        let last = ["error", "passed", "bound"].iter().find(|key| !line[**key].is_null());
        let last = last.map_or("-".to_owned(), |key| match &line[*key] {
            Value::String(text) => text.clone(),
            other => format!("{key}: {other}"),
        });
        let (ms, predicted) = (number(line, "ms"), number(line, "predicted_ms"));
        vec![word(line, "who"), word(line, "case"), ms, rows, predicted, last]
    };
    let rows: Vec<Vec<String>> = [head.to_vec()].into_iter().chain(lines.iter().map(row)).collect();
    report::markdown(&rows)
}
