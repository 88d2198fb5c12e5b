//! A ledger of transfer: how the loss of every tower changed on rows of every scenario, against training that
//! shares nothing.

use super::order::sorted;
use super::statistics::{holm, spread};

/// The change of a tower's loss on some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerLine<T> {
    /// The property that the rows have in common, such as their scenario.
    pub rows_of: T,
    /// Index of the tower.
    pub tower: usize,
    /// Number of the rows.
    pub rows: u64,
    /// Mean change of the tower's loss on them: below 0 where the tower predicts them better.
    pub mean: f64,
    /// The 95 % interval of the mean, by Student's t.
    pub interval: (f64, f64),
    /// The mean over its standard error.
    pub distance: f64,
    /// Two-sided p of the mean, corrected for all means that were computed with it (Holm).
    pub p: f64,
}

/// The ledger of `n` rows. `change` is the change of every tower's loss, `[n, towers]`. `group` says what a row
/// has in common with others, and nothing for rows that are left out. Groups of fewer than `least` rows, and of
/// fewer than two, are left out too. The lines come in the order of the groups and the towers.
///
/// ```
/// use ssim_core::look::transfer::transfer;
/// let change = [-0.2, 0.1, -0.4, 0.3, 0.0, 0.0];
/// let ledger = transfer(&change, 2, 2, |row| (row < 2).then_some("a"));
/// assert_eq!((ledger.len(), ledger[0].rows_of, ledger[0].rows), (2, "a", 2));
/// assert!((ledger[0].mean + 0.3).abs() < 1e-6 && (ledger[1].mean - 0.2).abs() < 1e-6);
/// ```
pub fn transfer<T: Ord + Clone>(
    change: &[f32],
    towers: usize,
    least: usize,
    group: impl Fn(usize) -> Option<T>,
) -> Vec<LedgerLine<T>> {
    let rows: Vec<&[f32]> = change.chunks_exact(towers.max(1)).collect();
    let groups: Vec<Option<T>> = (0..rows.len()).map(group).collect();
    let known = (0..rows.len()).filter(|row| groups[*row].is_some());
    let grouped = sorted(known.collect(), &|a, b| groups[a].cmp(&groups[b]));
    let (mut ledger, mut p) = (Vec::new(), Vec::new());
    for own in
        grouped.chunk_by(|a, b| groups[*a] == groups[*b]).filter(|own| own.len() >= least.max(2))
    {
        for tower in 0..towers {
            let of_tower = |row: &usize| rows.get(*row)?.get(tower);
            let values: Vec<f64> = own.iter().filter_map(of_tower).map(|x| f64::from(*x)).collect();
            let Some(spread) = spread(&values) else { continue };
            p.push(spread.p);
            let Some(rows_of) = groups[own[0]].clone() else { continue };
            ledger.push(LedgerLine {
                rows_of,
                tower,
                rows: own.len() as u64,
                mean: spread.mean,
                interval: spread.interval,
                distance: spread.distance,
                p: 1.0,
            });
        }
    }
    for (line, p) in ledger.iter_mut().zip(holm(&p)) {
        line.p = p.unwrap_or(1.0);
    }
    ledger
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn a_tower_that_learnt_stands_out_and_chance_does_not() {
        let mut stream = Stream::new(3, "transfer", &[]);
        let noise = |stream: &mut Stream| (stream.unit() - 0.5) as f32;
        // Two scenarios; the second tower predicts the rows of the first better, by a tenth.
        let change: Vec<f32> = (0..4000)
            .flat_map(|row| {
                let better = if row % 2 == 0 { 0.1 } else { 0.0 };
                [noise(&mut stream), noise(&mut stream) - better]
            })
            .collect();
        let ledger = transfer(&change, 2, 20, |row| Some(row % 2));
        assert_eq!(ledger.len(), 4);
        for line in &ledger {
            let found = line.p < 0.05;
            assert_eq!(found, (line.rows_of, line.tower) == (0, 1), "{line:?}");
            let (low, high) = line.interval;
            assert!(low < line.mean && line.mean < high && high - low < 0.06);
            assert!(!found || (low < -0.1 && -0.1 < high));
        }
    }

    #[test]
    fn few_rows_and_no_rows_have_no_line() {
        let change = [0.5; 10];
        assert_eq!(transfer(&change, 1, 6, |row| Some(row % 2)), []);
        assert_eq!(transfer(&change, 1, 2, |_| None::<u8>), []);
        assert_eq!(transfer(&[], 0, 1, |_| Some(0)), []);
        // Equal changes say nothing of chance.
        let equal = transfer(&change, 1, 2, |_| Some(0));
        assert_eq!((equal[0].p, equal[0].interval), (1.0, (0.5, 0.5)));
    }
}
