//! The change from earlier rows to those that were prepared like them.

use crate::files::data::Data;
use crate::files::wanted::InputKind;
use crate::run::run_folder::RunFolder;
use anyhow::Result;
use ssim_core::drift::{Baseline, BaselineCounter, Drift, DriftCounter};
use ssim_core::split::SPLITS;
use ssim_data::JobPart;
use std::path::Path;

/// Compares all rows of a data folder with the train rows of an earlier data folder or run. `None` if the run keeps no
/// counts of them.
///
/// # Errors
/// A file cannot be read, or is damaged.
pub fn between(like: &Path, out: &Path) -> Result<Option<Drift>> {
    let Some(baseline) = earlier(like)? else { return Ok(None) };
    let data = Data::open(out)?;
    let mut counter = DriftCounter::new(&baseline, &data.schema)?;
    for split in SPLITS {
        for rows in data.stream(split, JobPart::WHOLE)? {
            counter.add(&rows?, true, None);
        }
    }
    Ok(Some(counter.finish()))
}

/// The counts of the earlier train rows.
fn earlier(like: &Path) -> Result<Option<Baseline>> {
    if InputKind::of(like) == Some(InputKind::Run) {
        let (run, _) = RunFolder::open(like)?;
        return run.baseline(&run.schema()?.schema);
    }
    let data = Data::open(like)?;
    let mut counter = BaselineCounter::new(&data.schema);
    for rows in data.stream("train", JobPart::WHOLE)? {
        counter.add(&rows?);
    }
    Ok(Some(counter.finish()))
}
