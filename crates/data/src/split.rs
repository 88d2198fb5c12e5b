//! Which raw row trains, validates or tests.

use crate::error::{Error, Reject, Result};
use crate::layout::Split;
use crate::raw::{Marks, Raw};
use ssim_core::rng::Stream;

/// Index into [`SPLITS`](crate::SPLITS), or [`OUT`].
pub(crate) type Part = u8;
/// The first split: what everything is fitted on.
pub(crate) const TRAIN: Part = 0;
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
        (Split::Column { name, train, val, test }, Marks::Names(values, codes)) => {
            let names = [train, val, test];
            let of: Vec<Part> = values
                .values
                .iter()
                .map(|v| names.iter().position(|n| n.as_str() == &**v).map_or(OUT, |p| p as Part))
                .collect();
            let parts: Vec<Part> = codes.iter().map(|c| of[*c as usize]).collect();
            for i in (0..n).filter(|i| parts[*i] == OUT) {
                let value = &values.values[codes[i] as usize];
                let reject = Reject {
                    line: raw.rows[i],
                    column: values.position,
                    reason: format!(
                        "field \"{name}\": expected \"{train}\", \"{val}\" or \"{test}\", got \"{value}\""
                    ),
                    raw: value.to_string(),
                };
                raw.on_error.handle(&raw.source, &mut raw.rejects, reject)?;
            }
            Ok(parts)
        }
        _ => Err(Error::Config(format!(
            "{}: the rows were read for another split than the schema's",
            raw.source
        ))),
    }
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
