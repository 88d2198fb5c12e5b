//! Checks how the selector of a run decides: by the rows, or by their scenarios alone.

use crate::files::data::Data;
use crate::run::run_folder::RunFolder;
use crate::terminal::report;
use anyhow::Result;
use candle_core::Device;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::look::explained::explained;
use ssim_train::select::score;
use ssim_train::setup::Setup;
use std::path::Path;

/// Findings about the selector of a run.
#[derive(Serialize)]
pub struct SelectorCheck {
    /// The part of the variance of the scores of train rows that the scenario of a row alone explains;
    /// nothing if all rows have one score.
    scenario_r2: Option<f64>,
}

impl SelectorCheck {
    /// Scores the train rows with the selector of the run in the folder `path`.
    ///
    /// # Errors
    /// The run is on other data, has no selector, or cannot be read.
    pub fn of(path: &Path, data: &Data, train: &Instances) -> Result<Self> {
        let (run, identity) = RunFolder::open(path)?;
        identity.expect_data(path, data)?;
        let config = run.config()?;
        let scorer = run.expect_scorer(&data.schema, &Device::Cpu)?;
        let scores = score(&Setup::new(&data.schema, &config), &scorer, train)?;
        Ok(Self { scenario_r2: explained(&scores, &train.scenarios) })
    }

    /// Says it in a line.
    pub fn text(&self) -> String {
        match self.scenario_r2 {
            Some(scenario_r2) => report::decides(scenario_r2),
            None => "The selector gives every row the same score.\n".to_owned(),
        }
    }
}
