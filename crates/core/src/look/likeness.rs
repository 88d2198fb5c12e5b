//! The likeness of scenarios, told from predictions for the same rows: does a scenario gain from a model
//! that others share, and does a tower know the rows of another scenario?

use super::statistics::holm;
use crate::delong::AucDifference;

/// A difference counts as found if its corrected p is below this level.
pub const LEVEL: f64 = 0.05;

/// A difference of two AUCs among others that are read together.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The two AUCs and the errors of their difference.
    pub auc: AucDifference,
    /// The p-value after Holm's correction over all contrasts; `None` where the difference does not vary.
    pub p: Option<f64>,
}

/// The finding of a contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The first AUC is higher.
    Higher,
    /// The first AUC is lower.
    Lower,
    /// The two cannot be told apart.
    Open,
}

impl Contrast {
    /// Corrects the p-values of differences that are read together, `[n]`.
    pub fn together(differences: Vec<Option<AucDifference>>) -> Vec<Option<Self>> {
        let p: Vec<_> = differences.iter().map(|d| d.as_ref().and_then(AucDifference::p)).collect();
        let corrected = differences.into_iter().zip(holm(&p));
        corrected.map(|(auc, p)| Some(Self { auc: auc?, p })).collect()
    }

    /// The finding at [`LEVEL`].
    pub fn finding(&self) -> Finding {
        match self.p.is_some_and(|p| p < LEVEL) {
            false => Finding::Open,
            true if self.auc.difference() > 0.0 => Finding::Higher,
            true => Finding::Lower,
        }
    }
}

/// The places of every scenario's rows, `[K]`, among rows with these `scenarios` `[n]`.
pub fn places(scenarios: &[u16], k: usize) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); k];
    for (i, scenario) in scenarios.iter().enumerate() {
        places[usize::from(*scenario)].push(i);
    }
    places
}

/// Compares two methods on the rows of every scenario, whose `places` are `[K]`. The logits of S fits of
/// each are `[S][n]`. `None` for a scenario with fewer than two clicks or fewer than two non-clicks.
pub fn by_scenario(
    first: &[Vec<f32>],
    second: &[Vec<f32>],
    labels: &[u8],
    places: &[Vec<usize>],
) -> Vec<Option<Contrast>> {
    let differences = places.iter().map(|own| {
        AucDifference::new(&of_rows(first, own), &of_rows(second, own), &pick(labels, own))
    });
    Contrast::together(differences.collect())
}

/// Compares every tower with the own tower of every scenario, on the rows of that scenario: `[T, T]`
/// row-major, a row per scenario and a column per tower. `towers` holds the logits of T towers of S fits,
/// `[T][S][n]`, and `places` the rows of the T scenarios that they belong to, in the same order. `None` on
/// the diagonal, and for a scenario with fewer than two clicks or fewer than two non-clicks.
pub fn transfer(
    towers: &[Vec<Vec<f32>>],
    labels: &[u8],
    places: &[Vec<usize>],
) -> Vec<Option<Contrast>> {
    let mut differences = Vec::with_capacity(towers.len() * places.len());
    for (scenario, rows) in places.iter().enumerate() {
        let (own, labels) = (of_rows(&towers[scenario], rows), pick(labels, rows));
        differences.extend(towers.iter().enumerate().map(|(tower, logits)| match tower {
            tower if tower == scenario => None,
            _ => AucDifference::new(&of_rows(logits, rows), &own, &labels),
        }));
    }
    Contrast::together(differences)
}

/// The scenarios with most rows, at most `most` of them, in the order of their indices.
pub fn largest(places: &[Vec<usize>], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|k| std::cmp::Reverse(places[*k].len()));
    order.truncate(most);
    order.sort_unstable();
    order
}

fn of_rows(fits: &[Vec<f32>], rows: &[usize]) -> Vec<Vec<f32>> {
    fits.iter().map(|logits| pick(logits, rows)).collect()
}

fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|i| values[*i]).collect()
}
