//! The parts of the rows that a race uses.
//!
//! The validation rows are divided into two halves. Training stops by the first, and candidates are judged
//! by the second: a method that stops often, such as one with a model per scenario, has fitted the rows by which
//! it stops more closely than others, and would look better there than it is.

use ssim_core::instances::Instances;
use std::collections::BTreeMap;

/// The two halves.
pub fn halves(val: &Instances) -> (Instances, Instances) {
    (part(val, 2, 0), part(val, 2, 1))
}

/// A quarter of the train rows.
pub fn quarter(train: &Instances) -> Instances {
    part(train, 4, 0)
}

/// One of `parts` parts that are alike: the rows of each scenario with clicks, and those without, are dealt to
/// the parts in turn.
fn part(rows: &Instances, parts: usize, which: usize) -> Instances {
    let mut seen: BTreeMap<(u16, u8), usize> = BTreeMap::new();
    let kinds = rows.scenarios.iter().copied().zip(rows.labels.iter().copied());
    let own = (0u32..).zip(kinds).filter(|(_, kind)| {
        let count = seen.entry(*kind).or_default();
        *count += 1;
        (*count - 1) % parts == which
    });
    let own: Vec<u32> = own.map(|(row, _)| row).collect();
    rows.pick(&own)
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
            let count = |part: &Instances| {
                let kinds = part.scenarios.iter().copied().zip(part.labels.iter().copied());
                kinds.filter(|found| *found == kind).count()
            };
            assert!(count(&a) - count(&b) <= 1, "{kind:?}");
            assert_eq!(count(&quarter(&val)), count(&val).div_ceil(4), "{kind:?}");
        }
    }
}
