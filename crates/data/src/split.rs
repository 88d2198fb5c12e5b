//! Divides the raw rows into train, validation and test.

use crate::error::{Error, Reject, Result};
use crate::layout::SplitRule;
use crate::raw::Raw;
use ssim_core::rng::Stream;

/// The split of a row: an index into [`SPLITS`](ssim_core::split::SPLITS), or [`OUT`].
pub(crate) type Part = u8;
/// The first split, on which everything is fitted.
pub(crate) const TRAIN: Part = 0;
pub(crate) const VAL: Part = 1;
pub(crate) const TEST: Part = 2;
/// The row was rejected and is in no split.
pub(crate) const OUT: Part = 3;

/// Draws the split of the rows for which the seed and not a column decides. It does not look at any
/// field.
///
/// # Errors
/// The rows were read for another split, there are more than `u32::MAX` rows, or a split column has
/// a value that is no split. Rows with such a value are no error if bad rows are skipped.
pub(crate) fn draw(raw: &mut Raw, split: &SplitRule, seed: u64) -> Result<()> {
    let source = &raw.source;
    if raw.split != *split {
        return Err(Error::Config(format!(
            "{source}: the rows were read for another split than the schema's"
        )));
    }
    if u32::try_from(raw.parts.len()).is_err() {
        let limit = u32::MAX;
        let n = raw.parts.len();
        return Err(Error::Data(format!("{source}: expected at most {limit} rows, got {n}")));
    }
    let (train, val) = match split {
        SplitRule::Random { train, val, .. } => (*train, *val),
        SplitRule::Time { .. } => return Ok(()),
        SplitRule::Column { name, train, val, test } => {
            return reject_unknown_splits(raw, name, &[train, val, test]);
        }
        SplitRule::HeldOut { name, train, test, val } => {
            reject_unknown_splits(raw, name, &[train, test])?;
            (1.0 - val, *val)
        }
    };
    // The reader has marked all rows that are to be drawn as train.
    let n = raw.parts.iter().filter(|p| **p == TRAIN).count();
    let drawn = random(n, train, val, seed);
    raw.parts.iter_mut().filter(|p| **p == TRAIN).zip(drawn).for_each(|(p, to)| *p = to);
    Ok(())
}

/// Rejects the rows whose split column has a value that is no split.
fn reject_unknown_splits(raw: &mut Raw, column: &str, names: &[&String]) -> Result<()> {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let (last, before) = quoted.split_last().map_or(("", &[][..]), |(l, b)| (l.as_str(), b));
    for (line, value) in std::mem::take(&mut raw.unknown_splits) {
        let (file, line) = raw.place(line);
        let reject = Reject {
            line,
            column: raw.split_position,
            reason: format!(
                "field \"{column}\": expected {} or {last}, got \"{value}\"",
                before.join(", ")
            ),
            raw: value,
            ..Reject::default()
        };
        raw.on_error.handle(&file, &mut raw.rejects, reject)?;
    }
    Ok(())
}

/// Draws the split of `n` rows. The shares are exact (a random permutation is cut into three), so
/// that even small logs get rows in every split.
fn random(n: usize, train: f64, val: f64, seed: u64) -> Vec<Part> {
    let at = |share: f64| (share * n as f64).round() as usize;
    let val_from = at(train);
    let test_from = at(train + val);
    let mut parts = vec![TRAIN; n];
    let order = Stream::new(seed, "split", &[]).permutation(n);
    for (place, row) in order.into_iter().enumerate().skip(val_from) {
        parts[row as usize] = if place < test_from { VAL } else { TEST };
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{TEST, TRAIN, VAL, random};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn shares_of_a_random_split_are_exact(n in 0usize..400, a in 1u64..998, b in 1u64..998, seed: u64) {
            // Shares in thousandths, as people write them.
            let (train, val) = (a, 1 + (b - 1) % (999 - a));
            let parts = random(n, train as f64 / 1000.0, val as f64 / 1000.0, seed);
            prop_assert_eq!(parts.len(), n);
            let count = |part| parts.iter().filter(|p| **p == part).count();
            prop_assert_eq!(count(TRAIN) + count(VAL) + count(TEST), n);
            // The rounded place where a share ends; where it lies in the middle, either neighbour.
            let ends = [(train, count(TRAIN)), (train + val, count(TRAIN) + count(VAL))];
            for (thousandths, end) in ends {
                let distance = (1000 * end as i128 - n as i128 * i128::from(thousandths)).abs();
                prop_assert!(distance <= 500, "{} of {} at {}", end, n, thousandths);
            }
            prop_assert_eq!(random(n, train as f64 / 1000.0, val as f64 / 1000.0, seed), parts);
        }
    }

    #[test]
    fn every_row_is_as_likely_as_another() {
        // Of 4,000 seeds half put a row into train; four standard errors are 127.
        let mut train = [0u32; 10];
        for seed in 0..4000 {
            let parts = random(10, 0.5, 0.25, seed);
            train.iter_mut().zip(parts).for_each(|(n, part)| *n += u32::from(part == TRAIN));
        }
        assert!(train.iter().all(|n| n.abs_diff(2000) < 127), "{train:?}");
    }
}
