//! Measures wall time, processor time and memory of a phase.

use crate::machine::memory;
use serde_json::{Value, json};
use std::time::Instant;

/// Number of steps before the clock runs.
pub const WARM_UP: usize = 3;

/// Runs a step for each of the batches, and gives the medians over the steps after the warm-up.
pub fn clock<B>(
    batch: usize,
    batches: impl Iterator<Item = B>,
    mut step: impl FnMut(B) -> anyhow::Result<()>,
) -> anyhow::Result<Value> {
    let mut wall = Vec::new();
    let mut cpu = Vec::new();
    for (i, rows) in batches.enumerate() {
        let (start, used) = (Instant::now(), cpu_seconds());
        step(rows)?;
        if i >= WARM_UP {
            wall.push(start.elapsed().as_secs_f64() * 1e3);
            cpu.push((cpu_seconds() - used) * 1e3);
        }
    }
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    let median = wall[wall.len() / 2];
    Ok(json!({
        "steps": wall.len(), "batch": batch, "ms_med": median, "cpu_ms_med": cpu[cpu.len() / 2],
        "inst_per_s": (batch as f64 / median * 1e3).round(), "peak_rss_mb": memory::peak().map(|bytes| bytes >> 20), "load": load(),
    }))
}

/// Processor seconds that the process's threads have used so far, from the kernel's scheduler.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|t| {
        let text = std::fs::read_to_string(t.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() * 1e-9
}

/// Number of processes that wanted to run, on average over the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
