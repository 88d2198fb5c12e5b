//! Which raw row trains, validates or tests.

use crate::error::{Error, Reject, Result};
use crate::layout::Split;
use crate::raw::Raw;
use ssim_core::rng::Stream;

/// Index into [`SPLITS`](crate::SPLITS), or [`OUT`].
pub(crate) type Part = u8;
/// The first split: what everything is fitted on.
pub(crate) const TRAIN: Part = 0;
pub(crate) const VAL: Part = 1;
pub(crate) const TEST: Part = 2;
/// The row was rejected.
pub(crate) const OUT: Part = 3;

/// Decides the part of every row, `[n]`, where the seed does so and not a column. Never depends on a field.
///
/// # Errors
/// The reader did not keep what this split depends on, more rows than a split is drawn of, or, unless such
/// rows are skipped, a split column with a value that names no split.
pub(crate) fn draw(raw: &mut Raw, split: &Split, seed: u64) -> Result<()> {
    let source = &raw.source;
    if raw.split != *split {
        return Err(Error::Config(format!(
            "{source}: the rows were read for another split than the schema's"
        )));
    }
    if u32::try_from(raw.parts.len()).is_err() {
        let (most, n) = (u32::MAX, raw.parts.len());
        return Err(Error::Data(format!("{source}: expected at most {most} rows, got {n}")));
    }
    let (train, val) = match split {
        Split::Random { train, val, .. } => (*train, *val),
        Split::Time { .. } => return Ok(()),
        Split::Column { name, train, val, test } => {
            return reject_unknown_splits(raw, name, &[train, val, test]);
        }
        Split::HeldOut { name, train, test, val } => {
            reject_unknown_splits(raw, name, &[train, test])?;
            (1.0 - val, *val)
        }
    };
    let n = raw.parts.iter().filter(|p| **p == TRAIN).count();
    let drawn = random(n, train, val, seed);
    raw.parts.iter_mut().filter(|p| **p == TRAIN).zip(drawn).for_each(|(p, to)| *p = to);
    Ok(())
}

/// Rows whose column names no split leave the data.
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

/// Exact shares in a random order, so that even small logs fill every split.
fn random(n: usize, train: f64, val: f64, seed: u64) -> Vec<Part> {
    let at = |share: f64| (share * n as f64).round() as usize;
    let (val_from, test_from) = (at(train), at(train + val));
    let mut parts = vec![TRAIN; n];
    let order = Stream::new(seed, "split", &[]).permutation(n);
    for (place, row) in order.into_iter().enumerate().skip(val_from) {
        parts[row as usize] = if place < test_from { VAL } else { TEST };
    }
    parts
}
