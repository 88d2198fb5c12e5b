//! Rows under a list: how many are shared, who clicks, whose tower sees them. Loops over all rows that
//! run while somebody drags.

/// `n` rows, and which of them are on a list.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Number of scenarios `K`.
    pub k: usize,
    /// Places of the scenarios, `[n]`.
    pub scenarios: &'a [u16],
    /// Clicks, `[n]`.
    pub clicks: &'a [bool],
    /// For how many rows a row of each scenario stands, `[K]`; 1 where nothing is said.
    pub weights: &'a [f64],
    /// Which rows are on the list, `[n]`.
    pub shared: &'a [bool],
}

/// One scenario's rows under a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// All rows, and those on the list.
    pub rows: [u64; 2],
    /// Clicks among them.
    pub clicks: [u64; 2],
    /// Rows of the selection, and those of them on the list.
    pub selected: [u64; 2],
}

impl Tally {
    /// Click rate of shared rows, and of private ones.
    pub fn rates(&self) -> [Option<f64>; 2] {
        let rate = |clicks: u64, rows: u64| (rows > 0).then(|| clicks as f64 / rows as f64);
        let [all, shared] = self.rows;
        [rate(self.clicks[1], shared), rate(self.clicks[0] - self.clicks[1], all - shared)]
    }
}

impl Listed<'_> {
    /// Counts `[K]`; `selected` has one bit per row, or none.
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

    /// For rows of scenario i that tower j sees: how many, and the mean of `changes[j]` `[n]` over
    /// them, row by row `[K, K]`; no mean where there are no changes.
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
        let mean = |(n, sum): (u64, f64)| (n, (known && n > 0).then(|| sum / n as f64));
        cells.into_iter().map(mean).collect()
    }

    /// Of the list, the part that is `planted` `[n]`, and the part of the planted that is listed.
    pub fn truth(&self, planted: &[bool]) -> [f64; 2] {
        let mut counts = [0u32; 3];
        for (planted, shared) in planted.iter().zip(self.shared) {
            let is = [*planted && *shared, *shared, *planted];
            counts.iter_mut().zip(is).for_each(|(n, is)| *n += u32::from(is));
        }
        let [both, listed, all] = counts.map(f64::from);
        [both / listed.max(1.0), both / all.max(1.0)]
    }

    /// The part of all rows, not only of these `n`, that is on the list.
    pub fn part(&self) -> f64 {
        let (mut part, mut all) = (0.0, 0.0);
        for (scenario, shared) in self.scenarios.iter().zip(self.shared) {
            let weight = self.weights.get(usize::from(*scenario)).copied().unwrap_or(1.0);
            all += weight;
            part += if *shared { weight } else { 0.0 };
        }
        if all > 0.0 { part / all } else { 0.0 }
    }

    /// The lowest of `scores` `[n]` on the list.
    pub fn lowest(&self, scores: &[f32]) -> Option<f32> {
        let listed = scores.iter().zip(self.shared).filter(|(_, shared)| **shared);
        listed.map(|(z, _)| *z).reduce(f32::min)
    }
}
