//! The results of a comparison: means and deviations over seeds, tests against the best baseline, and
//! the lists.

use super::lists::Stability;
use super::runs::{Outcome, Runs};
use crate::files::read;
use crate::settings::plan::{ListOf, System};
use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value, json};
use ssim_core::artifact::record::Record;
use ssim_core::look::statistics::{Paired, deviation, mean, paired};
use ssim_core::method::PLANTED;
use ssim_core::metric::{Metric, Report};
use ssim_data::list::{self, SharedList};
use std::path::PathBuf;

/// Two-sided p below which a difference gets its star.
const LEVEL: f64 = 0.05;

/// The object that `compare --json` prints and `compare.json` holds. There are no times in it: the
/// same runs give the same bytes.
#[derive(Serialize)]
pub struct Comparison {
    pub schema: u32,
    pub title: String,
    pub preset: Option<String>,
    pub dataset: String,
    pub fingerprint: String,
    pub seeds: Vec<u64>,
    pub scenarios: Vec<Scenario>,
    /// Names of the columns: the scenarios, and the mean over them.
    pub columns: Vec<String>,
    /// One per metric.
    pub metrics: Vec<MetricCells>,
    pub systems: Vec<Line>,
}

/// A scenario and its test rows.
#[derive(Serialize)]
pub struct Scenario {
    pub scenario: String,
    pub instances: u64,
}

/// One metric of all systems.
#[derive(Serialize)]
pub struct MetricCells {
    /// Its key in reports, such as `auc`.
    pub metric: &'static str,
    /// Its name for people.
    pub name: String,
    pub less_is_better: bool,
    /// The baseline with the best mean, by column.
    pub best_baseline: Vec<Option<String>>,
    /// By system and column.
    pub cells: Vec<Vec<Cell>>,
}

/// One metric of one system in one column.
#[derive(Clone, Serialize)]
pub struct Cell {
    pub mean: Option<f64>,
    /// Standard deviation over seeds (over n − 1).
    pub deviation: Option<f64>,
    /// By seed; `None` where the metric is not defined.
    pub values: Vec<Option<f64>>,
    /// Against the best baseline of the column; baselines are not tested.
    pub test: Option<Paired>,
    /// Better than the best baseline with p < .05.
    pub star: bool,
}

/// One system.
#[derive(Serialize)]
pub struct Line {
    pub name: String,
    pub method: String,
    pub backbone: String,
    /// The system whose list it was trained on, if that is another one.
    pub list: Option<String>,
    pub baseline: bool,
    /// The settings that validation chose from a grid.
    pub chosen: Map<String, Value>,
    /// Every candidate of the grid with its validation AUC, mean over scenarios and seeds.
    pub grid: Vec<Value>,
    /// Mean share of the train rows, by scenario.
    pub shares: Vec<f64>,
    /// The agreement of the lists, if some rows are shared and some are not.
    pub lists: Option<Stability>,
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Serialize)]
pub struct Run {
    pub seed: u64,
    /// Its folder below that of the comparison.
    pub folder: PathBuf,
    pub shared: u64,
    pub val: Report,
    /// With DeLong intervals of every AUC.
    pub test: Report,
}

impl Comparison {
    /// Puts finished runs together.
    ///
    /// # Errors
    /// When a list cannot be read.
    pub fn new(runs: &Runs, outcomes: &[Outcome]) -> Result<Self> {
        let schema = &runs.maker.data.schema;
        let systems = &runs.plan.systems;
        let test = |o: &Outcome| o.runs.first().map(|(_, s)| s.test.scenarios.clone());
        let scenarios = outcomes.first().and_then(test).unwrap_or_default().into_iter();
        let scenarios =
            scenarios.map(|s| Scenario { scenario: s.scenario, instances: s.metrics.instances });
        let mut columns = schema.scenarios.clone();
        columns.push("mean".into());
        let metrics = Metric::compared().filter_map(|m| cells(m, systems, outcomes, &columns));
        let lines = systems.iter().zip(outcomes).map(|(s, o)| line(runs, s, o));
        Ok(Self {
            schema: 1,
            title: runs.plan.title.clone(),
            preset: runs.plan.preset.clone(),
            dataset: schema.dataset.clone(),
            fingerprint: schema.fingerprint(),
            seeds: runs.seeds.clone(),
            scenarios: scenarios.collect(),
            metrics: metrics.collect(),
            columns,
            systems: lines.collect::<Result<_>>()?,
        })
    }
}

/// One metric's cells; `None` where no run has it.
fn cells(
    metric: Metric,
    systems: &[System],
    outcomes: &[Outcome],
    columns: &[String],
) -> Option<MetricCells> {
    let value = |s: &Record, c: usize| match s.test.scenarios.get(c) {
        Some(scenario) => scenario.metrics.get(metric),
        None => {
            let all = s.test.scenarios.iter().filter_map(|s| s.metrics.get(metric));
            mean(&all.collect::<Vec<_>>())
        }
    };
    let cell = |o: &Outcome, c: usize| {
        let values: Vec<Option<f64>> = o.runs.iter().map(|(_, s)| value(s, c)).collect();
        let known: Option<Vec<f64>> = values.iter().copied().collect();
        let known = known.unwrap_or_default();
        let (mean, deviation) = (mean(&known), deviation(&known));
        Cell { mean, deviation, values, test: None, star: false }
    };
    let row = |o: &Outcome| (0..columns.len()).map(|c| cell(o, c)).collect();
    let mut cells: Vec<Vec<Cell>> = outcomes.iter().map(row).collect();
    if cells.iter().flatten().all(|cell| cell.mean.is_none()) {
        return None;
    }
    let less_is_better = metric.is_lower_better();
    let sign = if less_is_better { -1.0 } else { 1.0 };
    let mut best_baseline = Vec::new();
    for c in 0..columns.len() {
        let baselines = (0..systems.len()).filter(|s| systems[*s].baseline);
        let means = baselines.filter_map(|s| Some((s, sign * cells[s][c].mean?)));
        // The first of the best.
        let best = means.reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|(s, _)| s);
        best_baseline.push(best.map(|s| systems[s].name.clone()));
        let Some(best) = best else { continue };
        let known = |cell: &Cell| cell.values.iter().copied().collect::<Option<Vec<f64>>>();
        let base = known(&cells[best][c]);
        for (row, _) in cells.iter_mut().zip(systems).filter(|(_, s)| !s.baseline) {
            let own = known(&row[c]);
            row[c].test = own.zip(base.as_ref()).and_then(|(own, base)| paired(&own, base));
            let better = |t: Paired| sign * t.difference > 0.0 && t.p.is_some_and(|p| p < LEVEL);
            row[c].star = row[c].test.is_some_and(better);
        }
    }
    Some(MetricCells {
        metric: metric.name(),
        name: format!("Test {}", metric.info().title),
        less_is_better,
        best_baseline,
        cells,
    })
}

fn line(runs: &Runs, system: &System, outcome: &Outcome) -> Result<Line> {
    let share = |k: usize| {
        let of = |s: &Record| {
            let s = &s.share.by_scenario[k];
            s.shared as f64 / s.instances.max(1) as f64
        };
        mean(&outcome.runs.iter().map(|(_, s)| of(s)).collect::<Vec<_>>()).unwrap_or(0.0)
    };
    let rows = &runs.maker.rows.train;
    let schema = &runs.maker.data.schema;
    // A list of nothing or of everything tells nothing.
    let tells = |s: &Record| s.share.shared > 0 && s.share.shared < rows.len() as u64;
    let lists = match outcome.runs.iter().all(|(_, s)| tells(s)) {
        false => None,
        true => {
            let lists = outcome.runs.iter().map(|(run, _)| {
                let path = run.list();
                Ok(list::read(read::open(&path)?, &read::name(&path), schema)?)
            });
            let lists = lists.collect::<Result<Vec<SharedList>>>()?;
            Some(Stability::new(&lists, rows.planted.as_ref().map(|p| p.shared.as_slice())))
        }
    };
    let settings = |c: usize| -> Map<String, Value> {
        let values = &system.candidates[c].values;
        values.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
    };
    let grid = outcome.grid.iter().enumerate();
    let run = |(run, s): &(crate::run::run_folder::RunFolder, Record)| Run {
        seed: s.seed,
        folder: run.path.strip_prefix(runs.folder).unwrap_or(&run.path).to_owned(),
        shared: s.share.shared,
        val: s.val.clone(),
        test: s.test.clone(),
    };
    Ok(Line {
        name: system.name.clone(),
        method: system.method.name().to_owned(),
        backbone: system.backbone.clone(),
        list: system.list.map(|list| match list {
            ListOf::System(source) => runs.plan.systems[source].name.clone(),
            ListOf::Planted => PLANTED.to_owned(),
        }),
        baseline: system.baseline,
        chosen: settings(outcome.chosen),
        grid: grid.map(|(c, auc)| json!({ "settings": settings(c), "val_auc": auc })).collect(),
        shares: (0..runs.maker.data.schema.scenarios.len()).map(share).collect(),
        lists,
        runs: outcome.runs.iter().map(run).collect(),
    })
}
