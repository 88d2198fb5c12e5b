//! Which raw row trains, validates or tests.

use crate::error::{Error, Reject, Result};
use crate::layout::Split;
use crate::raw::{Marks, Raw};
use ssim_core::rng::Stream;

/// Index into [`SPLITS`](crate::SPLITS), or [`OUT`].
pub(crate) type Part = u8;
/// The first split: what everything is fitted on.
pub(crate) const TRAIN: Part = 0;
const VAL: Part = 1;
const TEST: Part = 2;
/// The row was rejected.
pub(crate) const OUT: Part = 3;

/// The part of every raw row, `[n]`. Depends on the split column or the seed, never on a field.
///
/// # Errors
/// A split column with a value that names no split, unless such rows are skipped.
pub(crate) fn parts(raw: &mut Raw, split: &Split, seed: u64) -> Result<Vec<Part>> {
    let n = raw.labels.len();
    match (split, &raw.marks) {
        (Split::Random { train, val, .. }, _) => Ok(random(n, *train, *val, seed)),
        (Split::Time { val_from, test_from, .. }, Marks::Times(times)) => {
            Ok(times.iter().map(|t| u8::from(t >= val_from) + u8::from(t >= test_from)).collect())
        }
        (Split::Column { name, train, val, test }, _) => {
            by_name(raw, name, &[(train, TRAIN), (val, VAL), (test, TEST)])
        }
        (Split::HeldOut { name, train, test, val }, _) => {
            let mut parts = by_name(raw, name, &[(train, TRAIN), (test, TEST)])?;
            let n = parts.iter().filter(|p| **p == TRAIN).count();
            let drawn = random(n, 1.0 - val, *val, seed);
            parts.iter_mut().filter(|p| **p == TRAIN).zip(drawn).for_each(|(p, to)| *p = to);
            Ok(parts)
        }
        _ => Err(mismatch(raw)),
    }
}

/// The parts that a column names; rows with other names leave the data.
fn by_name(raw: &mut Raw, column: &str, names: &[(&String, Part)]) -> Result<Vec<Part>> {
    let Marks::Names(values, codes) = &raw.marks else { return Err(mismatch(raw)) };
    let part = |v: &str| names.iter().find(|(name, _)| *name == v).map_or(OUT, |(_, p)| *p);
    let of: Vec<Part> = values.values.iter().map(|v| part(v)).collect();
    let parts: Vec<Part> = codes.iter().map(|c| of[*c as usize]).collect();
    for i in (0..parts.len()).filter(|i| parts[*i] == OUT) {
        let value = &values.values[codes[i] as usize];
        let (file, line) = raw.place(raw.rows[i]);
        let quoted: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let (last, before) = quoted.split_last().map_or(("", &[][..]), |(l, b)| (l.as_str(), b));
        let reject = Reject {
            line,
            column: values.position,
            reason: format!(
                "field \"{column}\": expected {} or {last}, got \"{value}\"",
                before.join(", ")
            ),
            raw: value.to_string(),
            ..Reject::default()
        };
        raw.on_error.handle(&file, &mut raw.rejects, reject)?;
    }
    Ok(parts)
}

/// The reader did not keep what this split depends on.
fn mismatch(raw: &Raw) -> Error {
    let source = &raw.source;
    Error::Config(format!("{source}: the rows were read for another split than the schema's"))
}

/// Exact shares in a random order, so that even small logs fill every split.
fn random(n: usize, train: f64, val: f64, seed: u64) -> Vec<Part> {
    let at = |share: f64| (share * n as f64).round() as usize;
    let (val_from, test_from) = (at(train), at(train + val));
    let mut parts = vec![TRAIN; n];
    for (place, row) in Stream::new(seed, "split", &[]).permutation(n).into_iter().enumerate() {
        parts[row as usize] = u8::from(place >= val_from) + u8::from(place >= test_from);
    }
    parts
}
