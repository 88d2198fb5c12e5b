//! The rows of the sample, which the page holds itself. Everything that depends on the ratio, the
//! list or the selection is computed here, so that dragging does not wait for the worker.

use crate::address::{Axes, Colour};
use ssim_core::look::inspect::Chance;
use ssim_core::look::list_statistics::{ListStatistics, Tally};
use ssim_core::look::statistics;
use ssim_viz::{OTHER, rising};

/// The `n` rows of the sample. Columns have the names that `ssim_core::look::inspect` gives them.
#[derive(Debug, Default)]
pub struct Sample {
    /// The rows' numbers in the raw log, `[n]`.
    pub rows: Vec<f64>,
    /// The rows' scenarios as indices from 0, `[n]`.
    pub scenarios: Vec<u16>,
    /// Whether the row was clicked, `[n]`.
    pub clicks: Vec<bool>,
    /// Whether the row follows the common preference, `[n]`; `None` for real data, where this is
    /// not known.
    pub planted: Option<Vec<bool>>,
    /// Number of test rows that one sample row of each scenario represents, `[K]`; 1 for scenarios
    /// without a number.
    pub weights: Vec<f64>,
    /// The random numbers of lists.
    pub chance: Chance,
    columns: Vec<(String, Vec<f32>)>,
}

/// The axes of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The kind of axes.
    pub axes: Axes,
    /// Names of the columns that are drawn to the right and upwards.
    pub columns: [String; 2],
    /// Labels of the two axes.
    pub words: [&'static str; 2],
}

impl Plane {
    /// Creates the axes of a kind. The share scores are those of a moment of the search, or of the
    /// finished selector.
    pub fn new(axes: Axes, moment: Option<usize>) -> Self {
        // First two columns of `ssim_core::look::inspect`, then the labels of the axes.
        let (columns, words) = match axes {
            Axes::Map | Axes::Strips => {
                (["score", "disagreement"], ["share score", "disagreement of the towers"])
            }
            Axes::Pca => {
                (["pca.x", "pca.y"], ["first principal component", "second principal component"])
            }
            Axes::Tsne => (["tsne.x", "tsne.y"], ["t-SNE 1", "t-SNE 2"]),
        };
        let mut columns = columns.map(str::to_owned);
        if matches!(axes, Axes::Map | Axes::Strips) {
            columns[0] = scores(moment);
        }
        Self { axes, columns, words }
    }
}

/// Name of the column with the share scores of a moment of the search, or of the finished selector.
pub fn scores(moment: Option<usize>) -> String {
    moment.map_or("score".to_owned(), |i| format!("moment.{i}"))
}

impl Sample {
    /// Creates the sample from the worker's arrays. Columns of another length than `n` are left out.
    pub fn new(
        rows: Vec<f64>,
        chance: Chance,
        columns: impl IntoIterator<Item = (String, Vec<f32>)>,
    ) -> Self {
        let n = rows.len();
        let columns: Vec<_> = columns.into_iter().filter(|(_, c)| c.len() == n).collect();
        let column = |name: &str| columns.iter().find(|c| c.0 == name).map(|c| &c.1);
        let bits =
            |name: &str| column(name).map(|c| c.iter().map(|x| *x > 0.0).collect::<Vec<bool>>());
        let scenarios: Vec<u16> =
            column("scenario").map_or(vec![0; n], |c| c.iter().map(|s| *s as u16 - 1).collect());
        Self {
            clicks: bits("click").unwrap_or(vec![false; n]),
            planted: bits("planted"),
            rows,
            scenarios,
            weights: Vec::new(),
            chance,
            columns,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the sample has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A column, `[n]`; `None` where the file does not have it.
    pub fn column(&self, name: &str) -> Option<&[f32]> {
        self.columns.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }

    /// All columns with their names.
    pub fn columns(&self) -> &[(String, Vec<f32>)] {
        &self.columns
    }

    /// Names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.0.as_str())
    }

    /// The lowest share score of a shared row.
    pub fn threshold(&self, shared: &[bool]) -> Option<f32> {
        self.listed(0, shared).lowest(self.column("score")?)
    }

    /// The rows' coordinates on the map, `[n]` each; `None` where the file has none of that kind.
    pub fn positions(&self, plane: &Plane) -> Option<(&[f32], &[f32])> {
        let [x, y] = &plane.columns;
        Some((self.column(x)?, self.column(y)?))
    }

    /// Whether the file has coordinates of that kind.
    pub fn has(&self, axes: Axes) -> bool {
        axes == Axes::Strips && self.column("score").is_some()
            || self.positions(&Plane::new(axes, None)).is_some()
    }

    /// The part of all test rows that is shared, 0 to 1, estimated from the sample by its weights.
    pub fn part(&self, shared: &[bool]) -> f64 {
        self.listed(0, shared).part()
    }

    /// Numbers in 0..=1 that determine the points' colours, `[n]`, and the values for which 0 and 1 stand;
    /// without numbers where the scenario determines the colours.
    pub fn colours(&self, colour: Colour, scores: &str) -> (Vec<f32>, [f32; 2]) {
        let column = match colour {
            Colour::Scenario => return Default::default(),
            Colour::Score => scores,
            Colour::Click => "click",
            Colour::Loss => "loss",
            Colour::Planted => "planted",
        };
        let values = self.column(column).unwrap_or_default();
        let (low, high) = match colour {
            Colour::Click | Colour::Planted => (0.0, 1.0),
            // A few extreme values must not take up the whole range of colours, so the lowest and
            // the highest rows are clamped: one percent of the scores, and five of the losses, of which
            // some are many times as high as the others.
            _ => {
                let clamped = if colour == Colour::Loss { 0.05 } else { 0.01 };
                let order = rising(values.len(), &|i| f64::from(values[i]));
                let last = order.len().saturating_sub(1) as f64;
                let at = |part: f64| order.get((last * part) as usize);
                (
                    at(clamped).map_or(0.0, |i| values[*i]),
                    at(1.0 - clamped).map_or(1.0, |i| values[*i]),
                )
            }
        };
        let range = (high - low).max(f32::MIN_POSITIVE);
        let parts = values.iter().map(|v| ((v - low) / range).clamp(0.0, 1.0));
        (parts.collect(), [low, high])
    }

    /// Vertical lines at the lowest shared scores, each with its class: one of all scenarios, or those of the coloured
    /// scenarios where each has its own.
    pub fn cuts(
        &self,
        own: bool,
        shared: &[bool],
        scores: &[f32],
        classes: &[u8],
    ) -> Vec<(f64, u8)> {
        let listed = self.listed(classes.len(), shared);
        if own {
            let own = listed.cuts(scores).into_iter().zip(classes);
            let own = own.filter_map(|(cut, class)| Some((f64::from(cut?), *class)));
            return own.filter(|cut| cut.1 != OTHER).collect();
        }
        listed.lowest(scores).map(|cut| (f64::from(cut), OTHER)).into_iter().collect()
    }

    /// The rows with a list, for counting.
    pub fn listed<'a>(&'a self, scenarios: usize, shared: &'a [bool]) -> ListStatistics<'a> {
        let Self { clicks, weights, .. } = self;
        ListStatistics { k: scenarios, scenarios: &self.scenarios, clicks, weights, shared }
    }

    /// Counts per scenario: rows, clicks and selected rows.
    pub fn tallies(&self, scenarios: usize, shared: &[bool], selected: &[bool]) -> Vec<Tally> {
        self.listed(scenarios, shared).tallies(selected)
    }

    /// The share matrix `[scenarios, towers]`, row after row. The entry at (i, j) describes the
    /// rows of scenario i that train tower j: their number, and the mean change of the tower's loss
    /// on them against training without sharing.
    pub fn matrix(&self, scenarios: usize, shared: &[bool]) -> Vec<(u64, Option<f64>)> {
        let changes = (1..=scenarios).map(|k| self.column(&format!("change.{k}")));
        let changes: Option<Vec<&[f32]>> = changes.collect();
        self.listed(scenarios, shared).matrix(changes.as_deref().unwrap_or_default())
    }

    /// Precision and recall of the list against the planted truth; `None` where it is not known.
    pub fn truth(&self, shared: &[bool]) -> Option<[f64; 2]> {
        Some(self.listed(0, shared).truth(self.planted.as_ref()?))
    }
}

/// Jaccard index: the number of rows on both lists, divided by the number of rows on at least one
/// of them; 1 where both are empty.
pub fn jaccard(a: &[bool], b: &[bool]) -> f64 {
    statistics::jaccard(a, b).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::List;
    use crate::share::ShareCriterion;
    use ssim_core::mask::Pool;

    fn sample() -> Sample {
        let column = |name: &str, values: [f32; 4]| (name.to_owned(), values.to_vec());
        Sample::new(
            vec![10.0, 11.0, 12.0, 13.0],
            Chance::new(4),
            [
                column("scenario", [1.0, 1.0, 2.0, 2.0]),
                column("click", [1.0, 0.0, 0.0, 1.0]),
                column("planted", [1.0, 1.0, 0.0, 0.0]),
                column("score", [0.9, 0.1, 0.8, 0.2]),
                column("change.1", [1.0, 2.0, 3.0, 4.0]),
                column("change.2", [-1.0, -2.0, -3.0, -4.0]),
                ("short".to_owned(), vec![1.0]),
            ],
        )
    }

    #[test]
    fn half_of_the_rows_by_score() {
        let sample = sample();
        let ranking = sample.ranking(List::Ssim, Pool::Global);
        let shared = sample.shared(List::Ssim, ranking.as_ref(), ShareCriterion::Ratio(0.5));
        assert_eq!(shared, [true, false, true, false]);
        assert_eq!(sample.threshold(&shared), Some(0.8));
        assert_eq!(sample.truth(&shared), Some([0.5, 0.5]));
        let tallies = sample.tallies(2, &shared, &[true, true, false, false]);
        assert_eq!(tallies[0], Tally { rows: [2, 1], clicks: [1, 1], selected: [2, 1] });
        assert_eq!(tallies[1].rates(), [Some(0.0), Some(1.0)]);
        // A tower is trained by the rows of its own scenario, and by shared rows of the others.
        let matrix = sample.matrix(2, &shared);
        assert_eq!(matrix[0], (2, Some(1.5)));
        assert_eq!(matrix[1], (1, Some(-1.0)));
        assert_eq!(matrix[2], (1, Some(3.0)));
        assert!(sample.column("short").is_none());
    }

    #[test]
    fn all_none_and_truth_are_lists_too() {
        let sample = sample();
        let half = ShareCriterion::Ratio(0.5);
        let of = |list| sample.shared(list, sample.ranking(list, Pool::Global).as_ref(), half);
        assert_eq!(of(List::All), [true; 4]);
        assert_eq!(of(List::Nothing), [false; 4]);
        assert_eq!(of(List::Planted), [true, true, false, false]);
        assert_eq!(jaccard(&of(List::Planted), &of(List::All)), 0.5);
        assert_eq!(jaccard(&of(List::Nothing), &of(List::Nothing)), 1.0);
    }
}
