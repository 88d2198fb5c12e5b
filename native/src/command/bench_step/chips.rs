//! The times of GPUs that the cost model predicts, as tables in Markdown for the book.

use super::rows::{ALI_MAMA, RandomLog};
use crate::terminal::report;
use ssim_train::cost::{CHIPS, CostMachine, PhaseWork, Rate, StepSizes, device};

/// Ids of the table.
const IDS: usize = 3_000_000;
/// Steps of an epoch: 20 million rows in batches of 4096.
const EPOCH: f64 = 4883.0;
/// Hidden layers.
const LAYERS: [usize; 3] = [1024, 512, 256];
/// Batches, and rows of a batch of an evaluation.
const BATCHES: [usize; 2] = [4096, 65_536];
const EVALUATION: usize = 40_960;

/// All tables.
pub fn tables() -> String {
    let mut text = String::new();
    for batch in BATCHES {
        text.push_str(&format!("Batches of {batch}:\n\n{}\n", by_chip(batch)));
    }
    let h100 = CHIPS.iter().find(|chip| chip.name == "h100");
    if let Some(chip) = h100 {
        let of_phase = [("retrain", retrain(BATCHES[0])), ("search", search(BATCHES[0]))];
        for (phase, work) in of_phase {
            text.push_str(&format!("{phase} on {}:\n\n{}\n", chip.name, by_part(chip, &work)));
        }
    }
    text
}

fn sizes(batch: usize) -> StepSizes {
    let log = RandomLog::new(&ALI_MAMA, IDS, batch, 1);
    let rows: Vec<u32> = (0..batch as u32).collect();
    let (sizes, _) = log.sizes(&log.config(&LAYERS), &rows, 0.3);
    // On average an id comes once in so many steps that all ids have come; the rarest come once in an epoch.
    let missed = (sizes.ids as f64 / sizes.distinct as f64).min(EPOCH);
    StepSizes { missed, longest: EPOCH, ..sizes }
}

fn retrain(batch: usize) -> PhaseWork {
    device::retrain(&sizes(batch), false)
}

fn search(batch: usize) -> PhaseWork {
    device::search(&sizes(batch), false)
}

/// A row per chip and phase: milliseconds, thousand rows per second, and what takes longest.
fn by_chip(batch: usize) -> String {
    let head =
        ["GPU, phase", "f32 ms", "TF32 ms", "bf16 ms", "thousand rows/s, TF32", "longest, TF32"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    let evaluated = device::evaluation(&sizes(EVALUATION));
    let phases = [("retrain", retrain(batch)), ("search", search(batch)), ("evaluate", evaluated)];
    for chip in &CHIPS {
        for (phase, work) in &phases {
            let rows = if *phase == "evaluate" { EVALUATION } else { batch } as f64;
            let ms = |rate| format!("{:.2}", 1e3 * chip.seconds(work, rate));
            let speed = rows / chip.seconds(work, Rate::Tf32) / 1e3;
            let longest = chip.longest(work, Rate::Tf32);
            let longest = longest.map_or(String::new(), |item| {
                format!("{} ({})", item.name, chip.bound(item, Rate::Tf32))
            });
            let times = [Rate::F32, Rate::Tf32, Rate::Bf16].map(ms);
            let name = format!("{}, {phase}", chip.name.to_uppercase());
            table.push([vec![name], times.to_vec(), vec![format!("{speed:.0}"), longest]].concat());
        }
    }
    report::markdown(&table)
}

/// The parts of a step: work, seconds in f32 and TF32, and what bounds them in TF32.
fn by_part(chip: &CostMachine, work: &PhaseWork) -> String {
    let head = ["part", "GFLOP", "MB", "starts", "f32 µs", "TF32 µs", "bound by (TF32)"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for item in &work.items {
        let us = |rate| format!("{:.0}", 1e6 * chip.item(item, rate));
        table.push(vec![
            item.name.to_owned(),
            format!("{:.1}", item.products * 1e-9),
            format!("{:.1}", item.bytes * 1e-6),
            format!("{}", item.starts),
            us(Rate::F32),
            us(Rate::Tf32),
            chip.bound(item, Rate::Tf32).to_owned(),
        ]);
    }
    report::markdown(&table)
}
