//! Names of the files by which a run folder is recognised.

/// The identity of a run. A folder with this file holds one.
pub const RUN: &str = "run.json";
/// The decision of a race. A folder with this file stands for the run that was chosen.
pub const RACE: &str = "race.json";
/// Folder of the runs of a race.
pub const RACES: &str = "race";
/// The list of shared rows.
pub const LIST: &str = "shared.parquet";
