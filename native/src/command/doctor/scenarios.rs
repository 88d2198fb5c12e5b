//! Counts the rows of every scenario, and lists by rules the scenarios that are too small to measure a
//! model on or to learn a tower from.

use crate::terminal::columns;
use serde::Serialize;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;

/// An AUC over fewer rows than this, of clicks or of others, says little, and so does a tower that was
/// trained on fewer rows.
const FEW: usize = 50;
/// Number of names in a warning, and of columns that each takes at most.
const NAMES: (usize, usize) = (10, 30);

/// Rows and clicks of a scenario in every split.
#[derive(Serialize)]
pub struct SplitCounts {
    pub scenario: String,
    pub rows: Split<usize>,
    pub clicks: Split<usize>,
}

/// A rule that says which scenarios are listed: the words of the warning, and a function of the rows and
/// clicks in a split. A scenario is listed by the first rule that it meets.
type Rule = (&'static str, fn(usize, usize) -> bool);

/// The rules for the splits on which models are measured.
const MEASURED: [Rule; 4] = [
    ("no rows, so no AUC", |rows, _| rows == 0),
    ("no clicks, so no AUC", |_, clicks| clicks == 0),
    ("only clicks, so no AUC", |rows, clicks| rows == clicks),
    ("fewer than 50 clicks or 50 other rows, so an AUC that says little", |rows, clicks| {
        clicks.min(rows - clicks) < FEW
    }),
];
/// The rule for the split from which towers learn.
const LEARNT: [Rule; 1] =
    [("fewer than 50 rows, so a tower that learns little", |rows, _| rows < FEW)];

/// Counts rows and clicks, by scenario and split.
pub fn counts(schema: &Schema, rows: &Split<Instances>) -> Vec<SplitCounts> {
    let splits = rows.as_ref().map(|split| {
        let mut counts = vec![(0, 0); schema.scenarios.len()];
        for (scenario, label) in split.scenarios.iter().zip(&split.labels) {
            let (rows, clicks) = &mut counts[usize::from(*scenario)];
            *rows += 1;
            *clicks += usize::from(*label);
        }
        counts
    });
    let counted = schema.scenarios.iter().enumerate().map(|(k, name)| SplitCounts {
        scenario: name.clone(),
        rows: splits.as_ref().map(|counts| counts[k].0),
        clicks: splits.as_ref().map(|counts| counts[k].1),
    });
    counted.collect()
}

/// Warns of scenarios by the rules, in a line per split and rule.
pub fn warnings(counts: &[SplitCounts]) -> Vec<String> {
    let splits: [(&str, &[Rule]); 3] =
        [("train", &LEARNT), ("val", &MEASURED), ("test", &MEASURED)];
    let mut warnings = Vec::new();
    for (split, rules) in splits {
        let mut listed = vec![Vec::new(); rules.len()];
        for of in counts {
            let count = |counts: &Split<usize>| counts.get(split).copied().unwrap_or(0);
            let (rows, clicks) = (count(&of.rows), count(&of.clicks));
            if let Some(rule) = rules.iter().position(|(_, meets)| meets(rows, clicks)) {
                let name = columns::short(&of.scenario, NAMES.1);
                listed[rule].push(format!("{name} ({clicks} of {rows})"));
            }
        }
        let met = rules.iter().zip(listed).filter(|(_, names)| !names.is_empty());
        warnings.extend(met.map(|((what, _), names)| {
            let (n, s) = (names.len(), if names.len() == 1 { "" } else { "s" });
            let names = columns::list(&names, NAMES.0, usize::MAX);
            format!("{n} scenario{s} with {what}, in {split} (clicks of rows): {names}")
        }));
    }
    warnings
}
