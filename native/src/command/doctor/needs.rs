//! Estimates what training needs: memory by counting, time by taking a few steps.

use crate::machine::memory;
use crate::machine::training_memory::TrainingMemory;
use anyhow::Result;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_train::config::Config;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::recipe::Recipe;
use ssim_train::retrain::Retrain;
use ssim_train::search::Search;
use ssim_train::setup::Setup;
use std::time::Instant;

/// Number of timed steps, after a first one whose time does not count.
const STEPS: usize = 3;

/// Estimates of what training needs.
#[derive(Serialize)]
pub struct Needs {
    /// Bytes of memory.
    pub memory: u64,
    /// Free bytes of this machine, if the system says so.
    pub available: Option<u64>,
    /// Seconds of an epoch of search on all cores of this machine; nothing if it lacks the memory.
    pub search_epoch_s: Option<f64>,
    /// Seconds of an epoch of retrain, likewise.
    pub retrain_epoch_s: Option<f64>,
}

/// Counts the bytes and times the steps.
///
/// # Errors
/// Returns the error of a phase.
pub fn needs(
    schema: &Schema,
    rows: &Split<Instances>,
    config: &Config,
    backbone: &str,
) -> Result<Needs> {
    let setup = Setup { backbone, ..Setup::new(schema, config) };
    let memory = bytes(&setup, rows)?;
    let available = memory::there_is().map(|memory| memory.free);
    let mut needs = Needs { memory, available, search_epoch_s: None, retrain_epoch_s: None };
    if available.is_some_and(|available| memory > available) {
        return Ok(needs);
    }
    let epoch = |step: f64| step * rows.train.len().div_ceil(config.train.batch).max(1) as f64;
    needs.search_epoch_s = step(&mut Search::new(setup, &rows.train)?)?.map(epoch);
    // As many rows are shared as the list will have, and they are spread evenly.
    let before = |i: usize| (i as f64 * config.select.ratio) as usize;
    let shared = (0..rows.train.len()).map(|i| before(i + 1) > before(i)).collect();
    let towers = schema.scenarios.len();
    let mut retrain = Retrain::new(setup, towers, &rows.train, &rows.val, shared)?;
    needs.retrain_epoch_s = step(&mut retrain)?.map(epoch);
    Ok(needs)
}

/// Seconds of the fastest of a few steps, or of the first one if there is no other.
fn step(phase: &mut impl Phase) -> Result<Option<f64>> {
    let mut fastest = None;
    for turn in 0..=STEPS {
        let start = Instant::now();
        let Event::Step { .. } = phase.step()? else { break };
        let seconds = start.elapsed().as_secs_f64();
        // The first step is slower, because it gets its memory from the system.
        fastest = match fastest {
            Some(best) if turn > 1 => Some(seconds.min(best)),
            _ => Some(seconds),
        };
    }
    Ok(fastest)
}

/// Bytes of a search and a retraining, whichever needs more, and of the rows.
fn bytes(setup: &Setup, rows: &Split<Instances>) -> Result<u64> {
    let training = TrainingMemory::of(setup, Recipe::of(Method::Ssim), None)?.total();
    // Per row: 4 bytes per id, 8 for the number, 2 for the scenario and 1 for the label.
    let row_bytes = |r: &Instances| (r.ids.len() * 4 + r.len() * 11) as u64;
    Ok(training + row_bytes(&rows.train) + row_bytes(&rows.val) + row_bytes(&rows.test))
}
