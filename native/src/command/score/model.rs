//! The model and the selector that score rows: those of a run folder or of an artifact.

use super::tower_rows::TowerRows;
use crate::files::read;
use crate::files::wanted::InputKind;
use crate::run::fitted::expect_calibration;
use crate::run::run_folder::RunFolder;
use crate::run::scoring;
use anyhow::{Context, Result};
use candle_core::Device;
use ssim_core::calibrator::Calibrator;
use ssim_core::drift::Baseline;
use ssim_core::instances::Instances;
use ssim_core::model::{Model, Predict, sigmoid};
use ssim_core::schema::Schema;
use ssim_core::selector::Scorer;
use ssim_data::scored::ScoreOrigin;
use ssim_data::table::CellRules;
use std::path::Path;

/// A model, or a copy per scenario, and, where there is one, its selector.
pub struct ScoringModel {
    pub schema: Schema,
    models: Vec<Model>,
    scorer: Option<Scorer>,
    column: Option<String>,
    /// The rules by which the cells of the log were read.
    pub cells: CellRules,
    /// The selector that the share scores come from, if it is that of a run.
    pub origin: Option<ScoreOrigin>,
    /// Counts of the rows that the model was fitted on; none if an older version has fitted it.
    pub baseline: Option<Baseline>,
    /// The calibration of the CTRs, if it is asked for.
    calibrator: Option<Calibrator>,
}

/// Scored rows, column by column.
pub struct Scores<'a> {
    /// Lines in the input.
    pub rows: &'a [u64],
    /// Names of the scenarios; none for a scenario that the model does not know.
    pub scenarios: Vec<Option<&'a str>>,
    /// Click probabilities; of a scenario that the model does not know, the mean of all towers'.
    pub ctr: Vec<f32>,
    /// Logits without calibration; none for a scenario that the model does not know.
    pub logits: Vec<Option<f32>>,
    /// Raw share scores; none without a selector, or for such a scenario.
    pub share: Vec<Option<f32>>,
}

impl ScoringModel {
    /// Opens a run folder or an artifact, with or without its calibration.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open(path: &Path, calibrated: bool) -> Result<Self> {
        if !path.exists() || InputKind::of(path) == Some(InputKind::Data) {
            return InputKind::Model.refuse(path);
        }
        if path.is_dir() {
            let (run, _) = RunFolder::open(path)?;
            let data = run.schema()?;
            let scorer = run.scorer(&data.schema, &Device::Cpu)?;
            let origin = |selector| {
                let fingerprint = data.schema.fingerprint();
                ScoreOrigin { fingerprint, selector, rows: None, shard: None }
            };
            let selector = scorer.is_some().then(|| run.selector_digest()).transpose()?;
            return Ok(Self {
                origin: selector.map(origin),
                baseline: run.baseline(&data.schema)?,
                calibrator: calibrated.then(|| run.calibrator(&data.schema)).transpose()?,
                models: run.models(&data.schema, &Device::Cpu)?,
                scorer,
                column: data.scenario_column()?,
                cells: data.cell_rules()?,
                schema: data.schema,
            });
        }
        let name = || path.display().to_string();
        let artifact = read::artifact(path)?;
        let (schema, report) = (&artifact.header.schema, &artifact.header.report);
        let baseline: Option<Baseline> =
            report.baseline.clone().and_then(|counts| serde_json::from_value(counts).ok());
        let baseline = baseline.map(|counts| counts.check(schema).map(|()| counts));
        let calibrator =
            calibrated.then(|| expect_calibration(report.calibration.clone(), schema, path));
        let cells = report.cells.as_ref();
        let cells = cells.map(|cells| CellRules::of_json(cells, &name())).transpose()?;
        Ok(Self {
            origin: None,
            baseline: baseline.transpose().with_context(name)?,
            calibrator: calibrator.transpose()?,
            models: vec![artifact.model(&Device::Cpu).with_context(name)?],
            scorer: artifact.scorer(&Device::Cpu).with_context(name)?,
            column: artifact.header.report.scenario_column().map(str::to_owned),
            cells: cells.unwrap_or_default(),
            schema: artifact.header.schema,
        })
    }

    /// The raw log's column that holds the scenario: the recorded one, which need not be a field,
    /// or else the name of the field that holds the scenario.
    pub fn scenario_column(&self) -> Option<String> {
        let field = || Some(self.schema.fields[self.schema.scenario_field(None)?].name.clone());
        self.column.clone().or_else(field)
    }

    /// Click probabilities and share scores.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn score<'a>(&'a self, rows: &'a Instances) -> Result<Scores<'a>> {
        let all = TowerRows::new(rows, self.schema.scenarios.len());
        let mut of_towers =
            scoring::each(&all.rows, |places| self.models.predict(&all.rows, places))?;
        let logits = all.singles(&of_towers);
        if let Some(calibrator) = &self.calibrator {
            calibrator.apply(&mut of_towers, &all.rows.scenarios);
        }
        let ctr = all.means(of_towers.into_iter().map(sigmoid).collect());
        let share = match &self.scorer {
            Some(scorer) => all.singles(&scoring::each(&all.rows, |places| {
                scorer.score(&all.rows, places, &Device::Cpu)
            })?),
            None => vec![None; rows.len()],
        };
        let names = &self.schema.scenarios;
        let scenarios =
            rows.scenarios.iter().map(|s| names.get(usize::from(*s)).map(String::as_str));
        Ok(Scores { rows: &rows.rows, scenarios: scenarios.collect(), ctr, logits, share })
    }
}
