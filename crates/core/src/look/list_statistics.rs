//! Statistics of rows and a list: how many rows are shared, their click rates, and the towers that
//! see them.
//!
//! The page calls these functions while a reader drags a slider, so each is one loop over all rows.

/// The columns of `n` rows and which of them are on a list, for counting.
#[derive(Clone, Copy, Debug)]
pub struct ListStatistics<'a> {
    /// Number of scenarios `K`.
    pub k: usize,
    /// Index of each row's scenario, `[n]`.
    pub scenarios: &'a [u16],
    /// Clicks, `[n]`.
    pub clicks: &'a [bool],
    /// The number of rows for which one row of each scenario stands, `[K]`; a missing weight is 1.
    pub weights: &'a [f64],
    /// Whether each row is on the list, `[n]`.
    pub shared: &'a [bool],
}

/// Counts for the rows of one scenario: all of them, and those on the list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Number of rows: all, and those on the list.
    pub rows: [u64; 2],
    /// Number of clicks: of all rows, and of those on the list.
    pub clicks: [u64; 2],
    /// Number of rows that a reader has selected: all, and those on the list.
    pub selected: [u64; 2],
}

impl Tally {
    /// The click rates of shared and of private rows; `None` if there are no such rows.
    pub fn rates(&self) -> [Option<f64>; 2] {
        let rate = |clicks: u64, rows: u64| (rows > 0).then(|| clicks as f64 / rows as f64);
        let [all, shared] = self.rows;
        [rate(self.clicks[1], shared), rate(self.clicks[0] - self.clicks[1], all - shared)]
    }
}

/// The agreement of a list with the planted truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Number of rows that are on the list and planted as shared.
    pub both: u64,
    /// Number of rows on the list.
    pub listed: u64,
    /// Number of rows that are planted as shared.
    pub planted: u64,
}

impl Agreement {
    /// Compares the rows on the list `[n]` with the planted rows `[n]`.
    pub fn new(shared: &[bool], planted: &[bool]) -> Self {
        let mut agreement = Self::default();
        for (shared, planted) in shared.iter().zip(planted) {
            agreement.both += u64::from(*shared && *planted);
            agreement.listed += u64::from(*shared);
            agreement.planted += u64::from(*planted);
        }
        agreement
    }

    /// The part of the listed rows that is planted as shared; 0 for an empty list.
    pub fn precision(&self) -> f64 {
        self.both as f64 / (self.listed as f64).max(1.0)
    }

    /// The part of the planted rows that is on the list; 0 where no row is planted as shared.
    pub fn recall(&self) -> f64 {
        self.both as f64 / (self.planted as f64).max(1.0)
    }
}

impl ListStatistics<'_> {
    /// The counts of every scenario, `[K]`. `selected` has one flag per row, or is empty.
    pub fn tallies(&self, selected: &[bool]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.k];
        let rows = self.scenarios.iter().zip(self.clicks).zip(self.shared).enumerate();
        for (i, ((scenario, click), shared)) in rows {
            let Some(tally) = tallies.get_mut(usize::from(*scenario)) else { continue };
            let chosen = selected.get(i).copied().unwrap_or(false);
            for (g, member) in [true, *shared].into_iter().enumerate() {
                tally.rows[g] += u64::from(member);
                tally.clicks[g] += u64::from(member & click);
                tally.selected[g] += u64::from(member & chosen);
            }
        }
        tallies
    }

    /// For the rows of scenario i that tower j sees: their number and the mean of `changes[j]` over
    /// them, `[K, K]` row-major. Each of the K `changes` is `[n]`; without them there is no mean.
    pub fn matrix(&self, changes: &[&[f32]]) -> Vec<(u64, Option<f64>)> {
        let k = self.k;
        let mut cells = vec![(0u64, 0f64); k * k];
        for (i, (scenario, shared)) in self.scenarios.iter().zip(self.shared).enumerate() {
            let from = usize::from(*scenario);
            if from >= k {
                continue;
            }
            let towers = if *shared { 0..k } else { from..from + 1 };
            for to in towers {
                let cell = &mut cells[from * k + to];
                cell.0 += 1;
                cell.1 += changes.get(to).map_or(0.0, |c| f64::from(c[i]));
            }
        }
        let known = changes.len() == k;
        cells.into_iter().map(|(n, sum)| (n, (known && n > 0).then(|| sum / n as f64))).collect()
    }

    /// The lowest of the `scores` `[n]` on the list in every scenario, `[K]`; `None` where none of its rows
    /// is on it.
    pub fn cuts(&self, scores: &[f32]) -> Vec<Option<f32>> {
        let mut cuts = vec![None; self.k];
        for ((score, scenario), shared) in scores.iter().zip(self.scenarios).zip(self.shared) {
            if let (Some(cut), true) = (cuts.get_mut(usize::from(*scenario)), *shared) {
                *cut = Some(cut.map_or(*score, |c: f32| c.min(*score)));
            }
        }
        cuts
    }

    /// Precision and recall of the list: the fraction of listed rows that are `planted` `[n]`, and
    /// the fraction of planted rows that are listed.
    pub fn truth(&self, planted: &[bool]) -> [f64; 2] {
        let agreement = Agreement::new(self.shared, planted);
        [agreement.precision(), agreement.recall()]
    }

    /// The weighted fraction of rows on the list: of all the rows for which these `n` stand.
    pub fn part(&self) -> f64 {
        let mut part = 0.0;
        let mut all = 0.0;
        for (scenario, shared) in self.scenarios.iter().zip(self.shared) {
            let weight = self.weights.get(usize::from(*scenario)).copied().unwrap_or(1.0);
            all += weight;
            part += if *shared { weight } else { 0.0 };
        }
        if all > 0.0 { part / all } else { 0.0 }
    }

    /// The lowest of the `scores` `[n]` of rows on the list; `None` if the list is empty.
    pub fn lowest(&self, scores: &[f32]) -> Option<f32> {
        let listed = scores.iter().zip(self.shared).filter(|(_, shared)| **shared);
        listed.map(|(z, _)| *z).reduce(f32::min)
    }
}
