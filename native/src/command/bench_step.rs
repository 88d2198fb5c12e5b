//! `ssim bench-step`: times steps on random rows, beside the time that the cost model gives them.
//!
//! The speed of the machine's products, memory and sorts is measured in turn with the steps, so that other
//! programs slow all of them; the medians are compared.

mod chips;
pub mod rows;
mod speed;

use crate::machine::device;
use crate::terminal::{out, report};
use anyhow::Result;
use rows::{ALI_MAMA, RandomLog, StepCase};
use serde_json::json;
use speed::SpeedTurns;
use ssim_train::cost::{CostMachine, PhaseWork, Rate};

/// Compares measured steps with the cost model.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchStep {
    /// Turns, of which the medians count
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Worker threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Rows per step
    #[arg(long, default_value_t = 4096)]
    batch: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print the parts of each step with their predicted times
    #[arg(long)]
    parts: bool,
    /// Print what the model predicts of GPUs, and measure nothing
    #[arg(long)]
    chips: bool,
}

/// Hidden layers of the towers: those of the published model, and small ones.
const TOWERS: [&[usize]; 3] = [&[1024, 512, 256], &[512, 256, 128], &[256, 128, 64]];
/// Ratios of the lists to retrain on.
const RATIOS: [f64; 3] = [0.0, 0.3, 1.0];

/// Ids of the table, and different batches. They repeat, so that no id misses more steps than that.
const IDS: usize = 1_000_000;
const BATCHES: usize = 4;

/// A phase with its sizes, and its measured steps.
struct Measured {
    name: String,
    work: PhaseWork,
    seconds: Vec<f64>,
    /// The machine as it was in the same turns.
    machine: CostMachine,
}

/// Runs the benchmark.
///
/// # Errors
/// An error of a step.
pub fn run(args: &BenchStep) -> Result<()> {
    device::threads(Some(args.threads))?;
    if args.chips {
        return out::text(&chips::tables());
    }
    let log = RandomLog::new(&ALI_MAMA, IDS, args.batch, BATCHES);
    let mut speed = SpeedTurns::default();
    let mut all = Vec::new();
    for mlp in TOWERS {
        let config = log.config(mlp);
        for ratio in RATIOS {
            let mut case = StepCase::retrain(&log, log.setup(&config), ratio)?;
            all.push(measure(&mut case, &mut speed, args, format!("retrain, ratio {ratio}"))?);
        }
        let mut case = StepCase::search(&log, log.setup(&config))?;
        all.push(measure(&mut case, &mut speed, args, "search".to_owned())?);
    }
    let machine = speed.machine(all.len() * args.turns);
    let rows = all.iter().map(|measured| {
        let predicted = measured.machine.seconds(&measured.work, Rate::F32);
        (measured, predicted, median(&measured.seconds))
    });
    if args.json {
        let cases = rows.map(|(m, predicted, measured)| {
            json!({ "case": m.name, "predicted_s": predicted, "measured_s": measured })
        });
        return out::json(&json!({
            "schema": 1, "threads": args.threads, "batch": args.batch,
            "gflops": machine.products[0] * 1e-9, "gb_per_s": machine.bandwidth * 1e-9,
            "comparisons_per_s": machine.operations, "cases": cases.collect::<Vec<_>>(),
        }));
    }
    let mut table = vec![["step", "predicted", "measured", "ratio"].map(str::to_owned).to_vec()];
    for (measured, predicted, seconds) in rows {
        let ms = |seconds: f64| format!("{:.1} ms", 1e3 * seconds);
        let ratio = format!("{:.2}", predicted / seconds);
        table.push(vec![measured.name.clone(), ms(predicted), ms(seconds), ratio]);
        if args.parts {
            for item in &measured.work.items {
                let told = ms(measured.machine.item(item, Rate::F32));
                table.push(vec![format!("  {}", item.name), told, String::new(), String::new()]);
            }
        }
    }
    out::text(&format!(
        "{:.0} GFLOPS in products, {:.1} GB/s, {:.0} M comparisons/s, {} threads\n{}",
        machine.products[0] * 1e-9,
        machine.bandwidth * 1e-9,
        machine.operations * 1e-6,
        args.threads,
        report::table(&table)
    ))
}

/// Takes a first step, and then steps in turn with the speeds of the machine.
fn measure(
    case: &mut StepCase,
    speed: &mut SpeedTurns,
    args: &BenchStep,
    name: String,
) -> Result<Measured> {
    // The first steps get their memory from the system.
    case.step()?;
    case.step()?;
    let mut seconds = Vec::new();
    for _ in 0..args.turns {
        speed.turn()?;
        seconds.push(case.step()?);
    }
    let name = format!("{}, {name}", case.layers());
    let (work, machine) = (case.work(args.threads), speed.machine(args.turns));
    Ok(Measured { name, work, seconds, machine })
}

/// The value in the middle.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
