//! The runs that a run was compared with, by `ssim compare`.

use crate::files::read;
use crate::run::run_folder::RunFolder;
use anyhow::Result;
use serde::Deserialize;
use ssim_core::artifact::record::Record;
use std::path::PathBuf;

/// The runs in a `compare.json`.
#[derive(Deserialize)]
struct Comparison {
    systems: Vec<System>,
}

#[derive(Deserialize)]
struct System {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    seed: u64,
    /// Its folder below that of the comparison.
    folder: PathBuf,
}

/// The records of a run of every system, with the seed of this run; nothing if it is no run of a comparison.
///
/// # Errors
/// The comparison or a run is damaged.
pub fn compared(run: &RunFolder, seed: u64) -> Result<Vec<Record>> {
    let path = run.path.canonicalize()?;
    let found = path.ancestors().map(|folder| (folder, folder.join("compare.json")));
    let Some((folder, results)) = found.into_iter().find(|(_, results)| results.is_file()) else {
        return Ok(Vec::new());
    };
    let comparison: Comparison = read::json(&results)?;
    let runs: Vec<Run> = comparison.systems.into_iter().flat_map(|system| system.runs).collect();
    if !runs.iter().any(|other| path == folder.join(&other.folder)) {
        return Ok(Vec::new());
    }
    let of_seed = runs.into_iter().filter(|other| other.seed == seed);
    let record = |other: Run| {
        let record: Record = RunFolder { path: folder.join(other.folder) }.record()?;
        Ok(record.without_times())
    };
    of_seed.map(record).collect()
}
