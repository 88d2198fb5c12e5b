//! Methods side by side, scenario by scenario.

use crate::measured::{Mean, Measured};
use crate::report::RunLine;
use crate::tested::Measures;
use ssim_core::method::{Method, PLANTED, Role};
use ssim_core::metric::Metric;
use ssim_viz::{Estimate, MethodRow, MetricsChart, Picks, seen};

/// One method's values of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodLine {
    /// The method's name.
    pub method: String,
    /// The same with its ratio.
    pub name: String,
    /// Whether it shares instances.
    pub shares: bool,
    /// A value per scenario.
    pub scenarios: Vec<Option<Mean>>,
    /// All rows.
    pub all: Option<Mean>,
}

/// A method's name in words, with the short name of files and commands beside it.
pub fn named(method: &str) -> String {
    let words = match Role::of(method) {
        _ if method == PLANTED => "true list",
        Role::OneTower => "one tower",
        Role::SharesNothing => "no sharing",
        Role::SharesAll => "share all",
        Role::SharesRandom => "random rows",
        Role::Other if method.starts_with(Method::Ssim.name()) => "chosen rows",
        Role::Other => return method.to_owned(),
    };
    format!("{words} ({method})")
}

/// Every method at the measured ratio nearest to `ratio`; where no sweep was made, the runs that
/// were compared.
pub fn lines(
    runs: &[RunLine],
    measured: &Measured,
    scenarios: usize,
    ratio: f64,
    metric: Metric,
) -> Vec<MethodLine> {
    let mut lines: Vec<MethodLine> = runs.iter().map(|run| single(run, metric)).collect();
    let line = |method: &str, ratio: f64, name: String| MethodLine {
        method: method.to_owned(),
        name,
        shares: !Role::of(method).is_reference(),
        scenarios: (0..scenarios).map(|k| measured.mean(method, ratio, metric, Some(k))).collect(),
        all: measured.mean(method, ratio, metric, None),
    };
    let mut swept = Vec::new();
    if !measured.is_empty() {
        for method in Method::all() {
            if let Some(ratio) = method.role().ratio() {
                swept.push(line(method.name(), ratio, named(method.name())));
            }
        }
    }
    for method in measured.methods() {
        let inner = measured.ratios(method).into_iter().filter(|r| *r > 0.0 && *r < 1.0);
        let near = inner.min_by(|a, b| (a - ratio).abs().total_cmp(&(b - ratio).abs()));
        if let Some(near) = near {
            swept.push(line(method, near, format!("{} {:.0} %", named(method), 100.0 * near)));
        }
    }
    // A method with seeds takes the place of its single run.
    lines.retain(|l| swept.iter().all(|s| s.method != l.method));
    lines.extend(swept);
    lines
}

fn single(run: &RunLine, metric: Metric) -> MethodLine {
    let mean =
        |m: &Measures| m.get(metric).map(|mean| Mean { mean, interval: None, seeds: vec![mean] });
    MethodLine {
        name: named(&run.method),
        method: run.method.clone(),
        shares: run.shares,
        scenarios: run.test.scenarios.iter().map(|s| mean(&s.1)).collect(),
        all: mean(&run.test.all),
    }
}

/// The most scenarios with a panel.
const PANELS: usize = 12;

/// Methods × scenarios with intervals: of the picked scenarios, and of the largest others.
pub fn chart(
    metric: Metric,
    names: &[String],
    counts: &[u64],
    lines: &[MethodLine],
    picks: Picks,
) -> MetricsChart {
    let panels = seen(counts, picks, PANELS);
    let some = match names.len() - panels.len().min(names.len()) {
        0 => String::new(),
        n => format!(" {n} smaller scenarios are not drawn."),
    };
    let seeds =
        lines.iter().flat_map(|l| &l.scenarios).flatten().map(|m| m.seeds.len()).max().unwrap_or(0);
    let methods = lines.iter().map(|line| MethodRow {
        name: line.name.clone(),
        shares: line.shares,
        estimates: panels.iter().map(|k| line.scenarios.get(*k)?.as_ref().map(estimate)).collect(),
    });
    let intervals = match seeds {
        0 | 1 => "One seed: differences of a few thousandths are noise.".to_owned(),
        n => format!(
            "Mean of up to {n} seeds with its 95 % interval; a dot without an interval is one seed, and faint dots are single seeds."
        ),
    };
    let baseline = lines.iter().position(|line| Role::of(&line.method).is_reference());
    let difference =
        baseline.map(|b| format!(" Each axis is the difference from {}.", lines[b].name));
    MetricsChart {
        title: format!("Test {} by scenario", metric.label()),
        note: format!(
            "{intervals} Filled: shares instances.{}{some}",
            difference.unwrap_or_default()
        ),
        scenarios: panels
            .iter()
            .filter_map(|k| Some((names.get(*k)?.clone(), counts[*k])))
            .collect(),
        baseline,
        most: metric.info().most,
        less_is_better: metric.is_lower_better(),
        methods: methods.collect(),
    }
}

/// A mean as charts want it.
pub fn estimate(mean: &Mean) -> Estimate {
    let seeds = if mean.seeds.len() > 1 { mean.seeds.clone() } else { Vec::new() };
    Estimate { mean: mean.mean, interval: mean.interval, seeds }
}
