//! Vocabularies and scenarios: everything that is learned from train rows and from them alone.

use crate::layout::{Buckets, FieldSpec, Kind};
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A field whose vocabulary holds the values that train rows show often enough; `counts[c]` is
/// the number of train rows with `values[c]`. The most frequent value comes first, so that hot
/// rows of the embedding table are neighbours.
pub(crate) fn field(spec: &FieldSpec, values: &[Box<str>], counts: &[u64]) -> Field {
    let transform = transform(spec, values, counts);
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    let mut kept: Vec<(String, u64)> = Vec::new();
    for (value, count) in values.iter().zip(counts).filter(|(_, c)| **c > 0) {
        match &transform {
            Transform::None => kept.push((value.to_string(), *count)),
            other => {
                if let Some(bucket) = other.bucket(value) {
                    *buckets.entry(bucket).or_default() += count;
                }
            }
        }
    }
    kept.extend(buckets);
    kept.retain(|(_, count)| *count >= u64::from(spec.min_count));
    kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| natural(&a.0, &b.0)));
    Field {
        name: spec.name.clone(),
        transform,
        vocabulary: Vocabulary::new(kept.into_iter().map(|(value, _)| value).collect()),
    }
}

/// The field's bucketing; quantile bounds come from the numbers of train rows.
fn transform(spec: &FieldSpec, values: &[Box<str>], counts: &[u64]) -> Transform {
    match (spec.kind, spec.buckets.unwrap_or(Buckets::Log2)) {
        (Kind::Categorical, _) => Transform::None,
        (Kind::Numeric, Buckets::Log2) => Transform::Log2,
        (Kind::Numeric, Buckets::Quantile(n)) => Transform::Quantile(quantiles(n, values, counts)),
    }
}

/// At most `n − 1` increasing bounds that cut the train numbers into parts of about equal size.
/// The largest number is no bound: whatever is larger belongs to its bucket.
fn quantiles(n: u32, values: &[Box<str>], counts: &[u64]) -> Vec<f64> {
    let mut numbers: Vec<(f64, u64)> = values
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .filter_map(|(value, count)| Some((value.trim().parse().ok()?, *count)))
        .filter(|(v, _): &(f64, u64)| v.is_finite())
        .collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: u64 = numbers.iter().map(|(_, count)| count).sum();
    let mut bounds: Vec<f64> = Vec::new();
    let (mut seen, mut next) = (0, 1);
    for (value, count) in &numbers {
        seen += count;
        let reached = seen * u64::from(n) >= next * total;
        if reached && numbers.last().is_some_and(|last| value < &last.0) {
            bounds.push(*value);
            next = seen * u64::from(n) / total + 1;
        }
    }
    bounds
}

/// The scenarios among train rows in natural order, or where `order` sends each value of that
/// order; `counts[c]` is the number of train rows.
/// Also the scenario of every code, `None` where train has no such row.
pub(crate) fn scenarios(
    values: &[Box<str>],
    counts: &[u64],
    order: &[usize],
) -> (Vec<String>, Vec<Option<u16>>) {
    let mut codes: Vec<usize> = (0..values.len()).filter(|c| counts[*c] > 0).collect();
    codes.sort_by(|a, b| natural(&values[*a], &values[*b]));
    if order.len() == codes.len() {
        let mut places: Vec<_> = order.iter().zip(&codes).collect();
        places.sort();
        codes = places.into_iter().map(|(_, code)| *code).collect();
    }
    let mut of = vec![None; values.len()];
    for (scenario, code) in codes.iter().enumerate() {
        of[*code] = u16::try_from(scenario).ok();
    }
    (codes.iter().map(|c| values[*c].to_string()).collect(), of)
}

/// Numbers by size and before words; words by their letters.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let number = |t: &str| t.trim().parse::<f64>().ok().filter(|v| !v.is_nan());
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}
