//! Draws charts of a run's numbers.

use crate::compare::{Cell, Comparison, Line};
use crate::run::journal::JournalLine;
use crate::run::run_folder::RunFolder;
use crate::run::sample;
use crate::terminal::exit::Fail;
use anyhow::Result;
use candle_core::Device;
use ssim_core::artifact::record::{Record, ScenarioShare, Share};
use ssim_core::look::statistics::interval;
use ssim_core::mask::{Pool, Ranking};
use ssim_core::metric::{Metric, ScenarioMetrics, disagreement};
use ssim_viz::{
    CurveLine, Curves, Estimate, Look, Map, Marked, MethodRow, MetricsChart, OTHER, Points,
    ScenarioCounts, Shares, classes, largest,
};

/// Draws the test AUC per scenario, a line per run. The other runs are compared with the first one.
pub fn metrics(runs: &[Record], look: &Look) -> String {
    let names = runs.first().map(|r| r.test.scenarios.as_slice()).unwrap_or_default();
    let metric = Metric::AUC;
    let estimate = |s: &ScenarioMetrics| s.metrics.get(metric).map(Estimate::single);
    let methods = runs.iter().map(|run| MethodRow {
        name: run.method.clone(),
        shares: run.share.shared > 0,
        estimates: run.test.scenarios.iter().map(estimate).collect(),
    });
    let chart = MetricsChart {
        title: format!("Test {} per scenario", metric.label()),
        note: "One seed.".into(),
        scenarios: names
            .iter()
            .map(|s| (format!("scenario {}", s.scenario), s.metrics.instances))
            .collect(),
        methods: methods.collect(),
        baseline: (runs.len() > 1).then_some(0),
        most: metric.info().most,
        less_is_better: metric.is_lower_better(),
    };
    chart.svg(look)
}

/// Draws a comparison: a panel per scenario and one for the mean of scenarios. The metric is the
/// one without label noise (`true_auc`), or else the first one (AUC). The dashed line is the best
/// baseline by that mean.
pub fn comparison(found: &Comparison) -> String {
    let without_noise = found.metrics.iter().find(|m| m.metric == Metric::TRUE_AUC.name());
    let metric = without_noise.or(found.metrics.first());
    let estimate = |c: &Cell| {
        let seeds: Option<Vec<f64>> = c.values.iter().copied().collect();
        let seeds = seeds.unwrap_or_default();
        Some(Estimate { mean: c.mean?, interval: interval(&seeds), seeds })
    };
    let method = |(i, system): (usize, &Line)| MethodRow {
        name: system.name.clone(),
        shares: system.shares.iter().any(|share| *share > 0.0),
        estimates: metric.map(|m| m.cells[i].iter().map(estimate).collect()).unwrap_or_default(),
    };
    let mut scenarios: Vec<_> =
        found.scenarios.iter().map(|s| (format!("scenario {}", s.scenario), s.instances)).collect();
    let all = scenarios.iter().map(|s| s.1).sum();
    scenarios.push(("mean of scenarios".into(), all));
    let best = metric.and_then(|m| m.best_baseline.last()?.clone());
    let chart = MetricsChart {
        title: format!("{}: {}", found.title, metric.map_or("", |m| &m.name)),
        note: format!(
            "Lines are 95 % intervals over {} seeds, faint dots the single runs{}.",
            found.seeds.len(),
            best.as_ref().map_or(String::new(), |name| format!("; axes: difference from {name}"))
        ),
        scenarios,
        baseline: best.and_then(|name| found.systems.iter().position(|s| s.name == name)),
        methods: found.systems.iter().enumerate().map(method).collect(),
        most: metric.and_then(|m| Metric::find(m.metric)?.info().most),
        less_is_better: metric.is_some_and(|m| m.less_is_better),
    };
    chart.svg(&Look::default())
}

/// Draws how many train instances of each scenario are shared.
pub fn shares(method: &str, share: &Share, look: &Look) -> String {
    let scenarios = counts(share, |name| name.to_owned());
    let chart = Shares {
        title: format!("Train instances that {method} shares"),
        note: String::new(),
        scenarios,
    };
    chart.svg(look)
}

/// Points of a map in a document. More points would make a large file and hide each other.
const MARKS: usize = 2000;

/// Draws the test rows that a run keeps: share score to the right, disagreement of the towers
/// upwards.
///
/// # Errors
/// Fails for a run without selector or with a single tower, and if its files cannot be read.
pub fn map(run: &RunFolder, look: &Look) -> Result<String> {
    let data = run.schema()?;
    let config = run.config()?;
    let schema = &data.schema;
    let model = run.model(schema, &Device::Cpu)?;
    let Some(scorer) = run.scorer(schema, &Device::Cpu)?.filter(|_| model.config.towers > 1) else {
        return Fail::usage(format!(
            "map: expected a run with a selector and a tower per scenario, got {run}; the report of `ssim export --run {run} \
             --html FILE` has a map of similar rows",
            run = run.path.display()
        ));
    };
    let kept = run.sample(schema)?;
    let sample = sample::stratified(&kept, schema.scenarios.len(), MARKS, 0);
    let rows: Vec<u32> = (0..sample.len() as u32).collect();
    let scores = scorer.score(&sample, &rows, &Device::Cpu)?;
    let spread = disagreement(&model.predict_all(&sample, &rows)?, model.config.towers);
    let ratio = config.select.ratio;
    // The sample has too many rows of small scenarios, so each row weighs as many test rows as it
    // stands for.
    let summary: Record = run.record()?;
    let scenarios = summary.test.scenarios.iter().enumerate();
    let weights = scenarios.map(|(k, s): (usize, &ScenarioMetrics)| {
        let sampled = sample.scenarios.iter().filter(|s| usize::from(**s) == k).count();
        s.metrics.instances as f64 / (sampled as f64).max(1.0)
    });
    let weights: Vec<f64> = weights.collect();
    let n = rows.len().max(1);
    // The rows are of no batch, so the best of each batch are here the best of all.
    let pool = config.select.by;
    let shared =
        Ranking::weighted(&scores, &sample.scenarios, &rows, pool, n, &weights)?.cut(ratio)?;
    let share = Share::count(&schema.scenarios, &sample, &shared, None);
    let counts = counts(&share, |name| format!("scenario {name}"));
    let class_of = |k: u16| counts.get(usize::from(k)).map_or(OTHER, |s| s.class);
    let class: Vec<u8> = sample.scenarios.iter().map(|k| class_of(*k)).collect();
    let cut = scores.iter().zip(&shared).filter(|(_, s)| **s).map(|(z, _)| *z).reduce(f32::min);
    // Of lists of each scenario, every scenario has a lowest score of its own.
    let cut = cut.filter(|_| pool != Pool::Scenario);
    let chart = Map {
        title: "Which test instances the selector would share".into(),
        note: format!(
            "{} test instances, small scenarios over-represented; shared: the {:.0} % of all test instances with the best scores.",
            ssim_viz::count(rows.len() as u64),
            100.0 * ratio
        ),
        marked: Marked::Shared,
        x: "share score".into(),
        y: "disagreement of the towers (standard deviation of logits)".into(),
        value: String::new(),
        cuts: cut.map(|cut| (f64::from(cut), OTHER)).into_iter().collect(),
        scenarios: counts,
        points: Points {
            x: &scores,
            y: &spread,
            class: &class,
            shared: &shared,
            ..Points::default()
        },
    };
    Ok(chart.svg(look))
}

/// The rows of every scenario with its name for readers and its colour.
fn counts(share: &Share, name: impl Fn(&str) -> String) -> Vec<ScenarioCounts> {
    let sizes: Vec<u64> = share.by_scenario.iter().map(|s| s.instances).collect();
    let scenarios = share.by_scenario.iter().zip(classes(sizes.len(), largest(&sizes)));
    let one = |(s, class): (&ScenarioShare, u8)| ScenarioCounts {
        scenario: name(&s.scenario),
        instances: s.instances,
        shared: s.shared,
        class,
    };
    scenarios.map(one).collect()
}

/// Draws the loss over the steps of each phase, from the lines of `metrics.jsonl`.
pub fn curves(lines: &[JournalLine], look: &Look) -> String {
    let found = crate::run::curves::curves(lines).into_iter().filter(|c| c.what == "loss");
    let curves = found.map(|c| CurveLine {
        name: c.phase,
        points: c.points.into_iter().map(|(step, loss)| (step as f64, loss)).collect(),
    });
    let chart = Curves {
        title: "Training loss".into(),
        x: "step".into(),
        y: "loss".into(),
        curves: curves.collect(),
    };
    chart.svg(look)
}
