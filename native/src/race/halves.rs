//! The validation rows of a race in two halves. Training stops by the first, and candidates are judged by
//! the second: a method that stops often, such as one with a model per scenario, has fitted the rows by which
//! it stops more closely than others, and would look better there than it is.

use ssim_core::instances::Instances;
use std::collections::BTreeMap;

/// The two halves. Both have every second row of each scenario with clicks, and of those without.
pub fn halves(val: &Instances) -> (Instances, Instances) {
    let mut seen: BTreeMap<(u16, u8), usize> = BTreeMap::new();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (row, kind) in (0u32..).zip(val.scenarios.iter().copied().zip(val.labels.iter().copied())) {
        let count = seen.entry(kind).or_default();
        let half = if count.is_multiple_of(2) { &mut first } else { &mut second };
        half.push(row);
        *count += 1;
    }
    (val.pick(&first), val.pick(&second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_half_and_both_are_alike() {
        let n = 101;
        let val = Instances {
            fields: 1,
            ids: vec![0; n],
            labels: (0..n).map(|i| u8::from(i % 3 == 0)).collect(),
            scenarios: (0..n).map(|i| (i % 4 / 3) as u16).collect(),
            rows: (0..n as u64).collect(),
            ..Instances::default()
        };
        let (a, b) = halves(&val);
        let mut rows = [a.rows.clone(), b.rows.clone()].concat();
        rows.sort_unstable();
        assert_eq!(rows, val.rows);
        for kind in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let count = |half: &Instances| {
                let kinds = half.scenarios.iter().copied().zip(half.labels.iter().copied());
                kinds.filter(|found| *found == kind).count()
            };
            assert!(count(&a) - count(&b) <= 1, "{kind:?}");
        }
    }
}
