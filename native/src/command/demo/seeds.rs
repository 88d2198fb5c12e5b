//! Reports the demo over several seeds: means, and tests of the differences between methods.

use super::account::Account;
use crate::files::write;
use crate::terminal::report;
use anyhow::Result;
use serde::Serialize;
use ssim_core::artifact::record::Record;
use ssim_core::look::statistics::{Paired, deviation, mean, paired};
use ssim_core::method::Method;
use ssim_core::method::PLANTED;
use std::path::Path;

/// The report that `demo --seeds N --json` prints and `report.json` holds.
#[derive(Serialize)]
pub struct Seeds {
    schema: u32,
    /// Names of the columns: scenarios, the mean of all but the largest, and all rows.
    columns: Vec<String>,
    methods: Vec<Line>,
    /// The planted list and `ssim` against every other method.
    comparisons: Vec<Comparison>,
    /// One report per seed.
    seeds: Vec<Account>,
}

/// A method's test AUC against the true click probabilities, a value per column.
#[derive(Serialize)]
struct Line {
    method: String,
    mean: Vec<Option<f64>>,
    deviation: Vec<Option<f64>>,
}

/// Differences of two methods over paired seeds, one per column.
#[derive(Serialize)]
struct Comparison {
    method: String,
    to: String,
    columns: Vec<Option<Paired>>,
}

impl Seeds {
    /// Computes means and tests from one report per seed.
    pub fn new(seeds: Vec<Account>) -> Self {
        let scenarios = seeds.first().map_or(&[][..], |a| &a.data.scenarios[..]);
        let largest = (0..scenarios.len()).max_by_key(|k| scenarios[*k].train).unwrap_or(0);
        let mut columns: Vec<String> =
            scenarios.iter().map(|s| format!("s{}", s.scenario)).collect();
        columns.extend(["small".to_owned(), "all".to_owned()]);
        let names: Vec<String> = seeds.first().map_or(Vec::new(), |account| {
            account.methods.iter().map(|m| m.method.clone()).collect()
        });
        // Indexed by method, column and seed.
        let values: Vec<Vec<Vec<f64>>> = (0..names.len())
            .map(|m| {
                let per_seed: Vec<_> =
                    seeds.iter().map(|a| values(&a.methods[m], largest)).collect();
                (0..columns.len()).map(|c| per_seed.iter().map(|v| v[c]).collect()).collect()
            })
            .collect();
        let methods = names.iter().zip(&values).map(|(method, columns)| Line {
            method: method.clone(),
            mean: columns.iter().map(|v| mean(v)).collect(),
            deviation: columns.iter().map(|v| deviation(v)).collect(),
        });
        let methods = methods.collect();
        let mut comparisons = Vec::new();
        for method in [PLANTED, Method::Ssim.name()] {
            let Some(a) = names.iter().position(|n| n == method) else { continue };
            for (b, to) in names.iter().enumerate().filter(|(b, to)| *b != a && *to != PLANTED) {
                let columns = values[a].iter().zip(&values[b]).map(|(a, b)| paired(a, b));
                comparisons.push(Comparison {
                    method: method.to_owned(),
                    to: to.clone(),
                    columns: columns.collect(),
                });
            }
        }
        Self { schema: 1, columns, methods, comparisons, seeds }
    }

    /// Writes the report as JSON and as Markdown.
    pub fn write(&self, out: &Path) -> Result<()> {
        write::json(&out.join("report.json"), self)?;
        let [means, tests] = self.tables().map(|t| report::markdown(&t));
        let text = format!("# SSIM demo, {}\n\n{}", self.title(), self.sections(&means, &tests));
        write::bytes(&out.join("report.md"), text.as_bytes())
    }

    /// Makes the report for the terminal.
    pub fn text(&self) -> String {
        let [means, tests] = self.tables().map(|t| report::table(&t));
        format!("{}\n\n{}", self.title(), self.sections(&means, &tests))
    }

    fn title(&self) -> String {
        let rows = self
            .seeds
            .first()
            .map_or(0, |a| a.data.rows.train + a.data.rows.val + a.data.rows.test);
        format!("{} seeds of {} rows", self.seeds.len(), report::count(rows as u64))
    }

    fn sections(&self, means: &str, tests: &str) -> String {
        format!(
            "Test AUC against the true click probabilities, mean over seeds\n\n{means}\n\
             Differences over paired seeds, and p of a two-sided paired t-test\n\n{tests}\n\
             small: mean of all scenarios but the largest. planted: trained on the planted list,\n\
             which no method can know.\n"
        )
    }

    /// Makes the tables of means and of tests: a line per method or comparison, a column per
    /// scenario.
    fn tables(&self) -> [Vec<Vec<String>>; 2] {
        let head = [vec![String::new()], self.columns.clone()].concat();
        let mut means = vec![head.clone()];
        for line in &self.methods {
            let cells = line.mean.iter().map(|x| report::number(*x));
            means.push([line.method.clone()].into_iter().chain(cells).collect());
        }
        let mut tests = vec![head];
        for c in &self.comparisons {
            let name = format!("{} - {}", c.method, c.to);
            let columns = c.columns.iter();
            let differences = columns.map(|t| report::difference(t.map(|t| t.difference)));
            tests.push([name].into_iter().chain(differences).collect());
            let columns = c.columns.iter();
            let probabilities = columns.map(|t| report::probability(t.and_then(|t| t.p)));
            tests.push(["  p".into()].into_iter().chain(probabilities).collect());
        }
        [means, tests]
    }
}

/// Gives a run's value per column; NaN if it is not defined.
fn values(run: &Record, largest: usize) -> Vec<f64> {
    let or_nan = |auc: Option<f64>| auc.unwrap_or(f64::NAN);
    let mut values: Vec<f64> =
        run.test.scenarios.iter().map(|s| or_nan(s.metrics.true_auc())).collect();
    let small: Vec<f64> = (0..values.len()).filter(|k| *k != largest).map(|k| values[k]).collect();
    values.push(or_nan(mean(&small)));
    values.push(or_nan(run.test.pooled.true_auc()));
    values
}
