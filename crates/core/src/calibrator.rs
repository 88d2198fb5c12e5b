//! The calibration of a model: a line of its logits per scenario, fitted on validation rows.

use crate::error::{Error, Result};
use crate::metric::{calibration_error, cross_entropy};
use crate::platt::Platt;
use crate::schema::Schema;
use serde::{Deserialize, Serialize};

/// The rows that a scenario's line was fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineRows {
    /// The scenario's own validation rows.
    Scenario,
    /// The validation rows of all scenarios: the scenario's own are too few, or its best line falls.
    Pooled,
    /// None: those of all scenarios are too few, too, or their best line falls. Logits stay as they are.
    Nothing,
}

impl LineRows {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scenario, Self::Pooled, Self::Nothing];

    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Pooled => "pooled",
            Self::Nothing => "nothing",
        }
    }
}

/// How well the predicted CTR fits the clicks; `None` where there is no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CtrFit {
    /// Mean cross entropy.
    pub logloss: Option<f64>,
    /// Expected calibration error, see [`calibration_error`].
    pub error: Option<f64>,
}

/// The calibration of the rows of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioLine {
    /// The scenario's name.
    pub scenario: String,
    /// The rows that the line was fitted on.
    pub from: LineRows,
    /// The line's slope, above 0.
    pub slope: f64,
    /// The line's intercept.
    pub intercept: f64,
    /// The fit of the scenario's test rows without the line.
    #[serde(default)]
    pub before: CtrFit,
    /// The fit of the scenario's test rows with it.
    #[serde(default)]
    pub after: CtrFit,
}

/// The calibration of a model, `[K]` lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibrator {
    /// The fit of all test rows without calibration.
    pub before: CtrFit,
    /// The fit of all test rows with it.
    pub after: CtrFit,
    /// A line per scenario.
    pub scenarios: Vec<ScenarioLine>,
}

/// The rows that a calibration is fitted or measured on, `[n]` each.
#[derive(Clone, Copy, Debug)]
pub struct LabelledLogits<'a> {
    /// Logits of the model.
    pub logits: &'a [f32],
    /// Labels, 1 for a click.
    pub labels: &'a [u8],
    /// Places of the scenarios.
    pub scenarios: &'a [u16],
}

impl<'a> LabelledLogits<'a> {
    /// Logits and labels of one scenario's rows.
    fn of(self, k: usize) -> impl Iterator<Item = (f32, u8)> + 'a {
        let rows = self.logits.iter().zip(self.labels).zip(self.scenarios);
        rows.filter(move |(_, s)| usize::from(**s) == k).map(|((z, y), _)| (*z, *y))
    }

    fn all(self) -> impl Iterator<Item = (f32, u8)> + 'a {
        self.logits.iter().zip(self.labels).map(|(z, y)| (*z, *y))
    }
}

impl Calibrator {
    /// Fits a line per scenario to validation rows. A scenario for which [`Platt::fit`] gives none takes the
    /// line of all rows, and keeps its logits if there is none of them either. `names` are the scenarios'.
    pub fn fit(names: &[String], val: LabelledLogits) -> Self {
        let pooled = Platt::fit(val.all());
        let line = |(k, name): (usize, &String)| {
            let (from, line) = match (Platt::fit(val.of(k)), pooled) {
                (Some(own), _) => (LineRows::Scenario, own),
                (None, Some(pooled)) => (LineRows::Pooled, pooled),
                (None, None) => (LineRows::Nothing, Platt::NONE),
            };
            let Platt { slope, intercept } = line;
            let (before, after) = <(CtrFit, CtrFit)>::default();
            ScenarioLine { scenario: name.clone(), from, slope, intercept, before, after }
        };
        let scenarios = names.iter().enumerate().map(line).collect();
        Self { scenarios, ..Self::default() }
    }

    /// Notes how well the predicted CTR of test rows fits their clicks, with and without the lines.
    #[must_use]
    pub fn measured(mut self, test: LabelledLogits) -> Self {
        let mut logits = test.logits.to_vec();
        self.apply(&mut logits, test.scenarios);
        let calibrated = LabelledLogits { logits: &logits, ..test };
        for (k, line) in self.scenarios.iter_mut().enumerate() {
            line.before = CtrFit::of(test.of(k));
            line.after = CtrFit::of(calibrated.of(k));
        }
        self.before = CtrFit::of(test.all());
        self.after = CtrFit::of(calibrated.all());
        self
    }

    /// Checks that there is a rising line for every scenario of a schema.
    ///
    /// # Errors
    /// There is not.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let names = self.scenarios.iter().map(|line| &line.scenario);
        let rises = |line: &ScenarioLine| {
            line.slope > 0.0 && line.slope.is_finite() && line.intercept.is_finite()
        };
        match names.eq(&schema.scenarios) && self.scenarios.iter().all(rises) {
            true => Ok(()),
            false => {
                let text = "calibration: expected a rising line for every scenario, got another";
                Err(Error::File(text.into()))
            }
        }
    }

    /// Calibrates logits `[n]`, each by the line of its scenario. A row of another scenario keeps its logit.
    pub fn apply(&self, logits: &mut [f32], scenarios: &[u16]) {
        for (z, k) in logits.iter_mut().zip(scenarios) {
            let Some(line) = self.scenarios.get(usize::from(*k)) else { continue };
            if line.from != LineRows::Nothing {
                *z = Platt { slope: line.slope, intercept: line.intercept }.logit(*z);
            }
        }
    }
}

impl CtrFit {
    fn of(rows: impl Iterator<Item = (f32, u8)>) -> Self {
        let (logits, labels): (Vec<f32>, Vec<u8>) = rows.unzip();
        let loss: f64 = logits.iter().zip(&labels).map(|(z, y)| cross_entropy(*z, *y)).sum();
        Self {
            logloss: (!labels.is_empty()).then(|| loss / labels.len() as f64),
            error: calibration_error(&logits, &labels),
        }
    }
}
