//! The decision of a race, which `race.json` holds: who was chosen, why, and how far behind the others were.

use super::judge::Judged;
use crate::terminal::report;
use serde::{Deserialize, Serialize};

/// The decision, with its evidence. All numbers are of the half of the validation rows by which no training stops.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Version of this object.
    pub schema: u32,
    /// Name of the candidate that was chosen.
    pub chosen: String,
    /// The seed of its run that the folder stands for.
    pub seed: u64,
    /// The reason, in a sentence.
    pub reason: String,
    /// Number of fits.
    pub trials: usize,
    /// All candidates, in the order of the plan.
    pub candidates: Vec<Standing>,
}

/// A candidate when it was judged last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// Name of the candidate, and of its folder in `runs`.
    pub name: String,
    /// The number of train rows that it learnt from when it was judged last; 0 for a candidate that was not fitted.
    pub rows: usize,
    /// The number of seeds that it was fitted with then.
    pub seeds: usize,
    /// AUC, mean over scenarios and seeds.
    pub auc: Option<f64>,
    /// AUC minus that of the best of those that were judged together with it.
    pub behind: Option<f64>,
    /// Standard error of `behind`.
    pub error: Option<f64>,
    /// The reason for which it was left out before the race; nothing for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

impl Standing {
    /// A candidate before the first round.
    pub fn new(name: &str) -> Self {
        let (auc, behind, error, left_out) = (None, None, None, None);
        Self { name: name.to_owned(), rows: 0, seeds: 0, auc, behind, error, left_out }
    }

    /// Notes the judgement of a round with so many train rows and seeds.
    pub fn note(&mut self, rows: usize, seeds: usize, judged: &Judged) {
        let behind = judged.behind.as_ref();
        (self.rows, self.seeds) = (rows, seeds);
        self.auc = behind.map(|d| d.first);
        self.behind = behind.map(|d| d.difference());
        self.error = behind.map(|d| d.error());
    }
}

impl Decision {
    /// The decision as a table for people.
    pub fn text(&self) -> String {
        let head = ["candidate", "train rows", "seeds", "val AUC", "behind the best", "", ""]
            .map(str::to_owned)
            .to_vec();
        let row = |s: &Standing| {
            let end = match (&s.left_out, s.name == self.chosen) {
                (_, true) => "chosen".to_owned(),
                (Some(_), _) => "left out".to_owned(),
                (None, _) if s.seeds == 0 => "not fitted".to_owned(),
                _ => String::new(),
            };
            let behind = s.behind.filter(|d| *d != 0.0);
            let error = s.error.filter(|_| behind.is_some());
            vec![
                s.name.clone(),
                report::count(s.rows as u64),
                s.seeds.to_string(),
                report::number(s.auc),
                behind.map_or_else(String::new, |d| report::difference(Some(d))),
                error.map_or_else(String::new, |e| format!("±{e:.4}")),
                end,
            ]
        };
        let rows: Vec<_> = std::iter::once(head).chain(self.candidates.iter().map(row)).collect();
        let reasons = self.candidates.iter().filter_map(|s| Some((s, s.left_out.as_ref()?)));
        let reasons: String =
            reasons.map(|(s, why)| report::wrap(&format!("{}: {why}\n", s.name))).collect();
        let reason = report::wrap(&format!("Chosen: {}. {}", self.chosen, self.reason));
        format!("{}\n{reasons}{reason}\n", report::table(&rows))
    }
}
