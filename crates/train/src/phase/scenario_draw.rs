//! The rows that an epoch draws from every scenario.
//!
//! Temperature sampling: of the n rows of an epoch, `n·n_k^p / Σ_j n_j^p` are of scenario k, which has
//! n_k rows. Multilingual models sample their languages so, with the temperature `T = 1/p` (Arivazhagan
//! et al. 2019, arXiv:1907.05019). They draw every row by chance. Here a scenario has this number of rows in
//! every epoch, rounded, and all of its rows come equally often up to one time, so that an epoch leaves
//! out as few rows as possible.

use ssim_core::rng::Stream;

/// The rows of each scenario, and how many of them an epoch draws.
pub struct ScenarioDraw {
    rows: Vec<Vec<u32>>,
    sizes: Vec<usize>,
}

impl ScenarioDraw {
    /// The draw for rows of the scenarios `[n]`, with the exponent p.
    pub fn new(scenarios: &[u16], power: f64) -> Self {
        let count = scenarios.iter().max().map_or(0, |last| usize::from(*last) + 1);
        let mut rows = vec![Vec::new(); count];
        for (row, scenario) in (0u32..).zip(scenarios) {
            rows[usize::from(*scenario)].push(row);
        }
        let counts: Vec<usize> = rows.iter().map(Vec::len).collect();
        Self { sizes: sizes(&counts, power), rows }
    }

    /// The scenarios that have rows: their index, their rows, and how many of these an epoch draws.
    pub fn scenarios(&self) -> impl Iterator<Item = (usize, &[u32], usize)> {
        let scenarios = self.rows.iter().zip(&self.sizes).enumerate();
        scenarios.filter(|(_, (rows, _))| !rows.is_empty()).map(|(k, (rows, n))| (k, &rows[..], *n))
    }
}

/// Draws `n` of the rows: each row equally often up to one time. `rows` must not be empty.
pub fn draw(rows: &[u32], n: usize, mut stream: Stream) -> Vec<u32> {
    let mut drawn = rows.repeat(n / rows.len());
    let order = stream.permutation(rows.len());
    drawn.extend(order[..n % rows.len()].iter().map(|i| rows[*i as usize]));
    drawn
}

/// The numbers of rows `[K]` that an epoch draws from scenarios of `counts` rows, `[K]`. Their sum is that
/// of the counts: each share is rounded down, and the rows that are left go to the largest fractions, at
/// equal ones to the earlier scenario.
fn sizes(counts: &[usize], power: f64) -> Vec<usize> {
    let weight = |n: usize| if n == 0 { 0.0 } else { (n as f64).powf(power) };
    let sum: f64 = counts.iter().map(|n| weight(*n)).sum();
    let all: usize = counts.iter().sum();
    let shares: Vec<f64> = counts.iter().map(|n| all as f64 * weight(*n) / sum).collect();
    let mut sizes: Vec<usize> = shares.iter().map(|share| *share as usize).collect();
    let mut order: Vec<usize> = (0..counts.len()).filter(|k| counts[*k] > 0).collect();
    order.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()));
    let left = all.saturating_sub(sizes.iter().sum());
    order.iter().cycle().take(left).for_each(|k| sizes[*k] += 1);
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_power() {
        // 100^½ : 25^½ : 0 : 1^½ = 10 : 5 : 0 : 1, of 126 rows: 78.75, 39.375, 0 and 7.875.
        assert_eq!(sizes(&[100, 25, 0, 1], 0.5), [79, 39, 0, 8]);
        assert_eq!(sizes(&[100, 25, 0, 1], 0.0), [42, 42, 0, 42]);
        assert_eq!(sizes(&[100, 25, 0, 1], 1.0), [100, 25, 0, 1]);
        assert_eq!(sizes(&[5, 5, 6], 0.0), [6, 5, 5]);
        assert_eq!(sizes(&[], 0.3), [0; 0]);
    }

    #[test]
    fn rows_come_equally_often_up_to_one_time() {
        let rows: Vec<u32> = (10..17).collect();
        for n in 0..30 {
            let drawn = draw(&rows, n, Stream::new(1, "draw", &[n as u64]));
            assert_eq!(drawn.len(), n);
            let times = |row: &u32| drawn.iter().filter(|other| *other == row).count();
            assert!(rows.iter().all(|row| (n / 7..=n.div_ceil(7)).contains(&times(row))), "{n}");
        }
        let left_out = |seed| draw(&rows, 6, Stream::new(seed, "draw", &[])).iter().sum::<u32>();
        assert!((0..20).any(|seed| left_out(seed) != left_out(0)));
    }
}
