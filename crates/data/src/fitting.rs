//! Fits vocabularies, buckets and scenarios. All of them are learned from the train rows only.

use crate::error::Result;
use crate::intern::Interner;
use crate::layout::{Buckets, FieldKind, FieldSpec};
use ssim_core::spelling::respelled;
use ssim_core::vocabulary::{Field, Transform, Vocabulary, number};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A function that visits every distinct value of the train rows, with the number of rows that have
/// it.
pub(crate) type Each<'a> = &'a dyn Fn(&mut dyn FnMut(&str, u64)) -> Result<()>;

/// Fits a field. Its vocabulary holds the values (or buckets) with at least `min_count` train rows.
/// The most frequent value comes first, so that the embedding rows that are used most lie next to
/// each other.
pub(crate) fn field(spec: &FieldSpec, each: Each) -> Result<Field> {
    let transform = transform(spec, each)?;
    let mut buckets: BTreeMap<String, u64> = BTreeMap::new();
    let mut kept: Vec<Kept> = Vec::new();
    let min_count = u64::from(spec.min_count);
    each(&mut |value, count| {
        let bucket = match &transform {
            Transform::None => respelled(value),
            other => other.bucket(value),
        };
        match bucket {
            Some(bucket) => *buckets.entry(bucket).or_default() += count,
            None if transform == Transform::None && count >= min_count => {
                kept.push(Kept::new(value.to_owned(), count));
            }
            None => (),
        }
    })?;
    // Some rows may have written a value as it is spelled, and others not; they count together.
    if transform == Transform::None && !buckets.is_empty() {
        kept.retain(|kept| !buckets.contains_key(&kept.place.text));
        each(&mut |value, count| {
            if let Some(sum) = buckets.get_mut(value) {
                *sum += count;
            }
        })?;
    }
    let frequent = buckets.into_iter().filter(|(_, count)| *count >= min_count);
    kept.extend(frequent.map(|(value, count)| Kept::new(value, count)));
    kept.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.place.cmp(&b.place)));
    let values = kept.into_iter().map(|kept| kept.place.text).collect();
    Ok(Field { name: spec.name.clone(), transform, vocabulary: Vocabulary::new(values) })
}

/// A value that gets an id, and its number of train rows.
struct Kept {
    count: u64,
    place: Place<String>,
}

impl Kept {
    fn new(value: String, count: u64) -> Self {
        Self { count, place: Place::new(value) }
    }
}

/// The field's transform. Quantile bounds are fitted on the numbers of the train rows.
fn transform(spec: &FieldSpec, each: Each) -> Result<Transform> {
    Ok(match (spec.kind, spec.buckets.unwrap_or(Buckets::Log2)) {
        (FieldKind::Categorical, _) => Transform::None,
        (FieldKind::Numeric, Buckets::Log2) => Transform::Log2,
        (FieldKind::Numeric, Buckets::Quantile(n)) => Transform::Quantile(quantiles(n, each)?),
    })
}

/// Finds at most `n − 1` increasing bounds that divide the train numbers into buckets of about
/// equal size. The largest number is never a bound, because numbers above it belong to its bucket.
fn quantiles(n: u32, each: Each) -> Result<Vec<f64>> {
    let mut numbers: Vec<(f64, u64)> = Vec::new();
    each(&mut |value, count| numbers.extend(number(value).map(|v| (v, count))))?;
    numbers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // "1" and "1.0" are different texts but the same number, so their counts are added.
    numbers.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0 };
        same
    });
    let total: u64 = numbers.iter().map(|(_, count)| count).sum();
    let mut bounds: Vec<f64> = Vec::new();
    // `next` is the number of the quantile that the next bound has to reach.
    let mut seen = 0;
    let mut next = 1;
    for (value, count) in &numbers {
        seen += count;
        let reached = seen * u64::from(n) >= next * total;
        if reached && numbers.last().is_some_and(|last| value < &last.0) {
            bounds.push(*value);
            // A frequent number may fill several quantiles at once; those get no bound.
            next = seen * u64::from(n) / total + 1;
        }
    }
    Ok(bounds)
}

/// Finds the scenarios of the train rows. `counts[c]` is the number of train rows with name code
/// `c`. The scenarios are in natural order; if `order` has one entry per scenario, the i-th of them
/// moves to place `order[i]`.
///
/// Returns the names of the scenarios, and for every code its scenario, or `None` if train has no
/// such row.
pub(crate) fn scenarios(
    names: &Interner,
    counts: &[u64],
    order: &[usize],
) -> (Vec<String>, Vec<Option<u16>>) {
    let known = names.texts().zip(0..).filter(|(_, code)| counts[*code] > 0);
    let mut places: Vec<_> = known.map(|(name, code)| (Place::new(name), code)).collect();
    places.sort();
    let mut codes: Vec<usize> = places.into_iter().map(|(_, code)| code).collect();
    if order.len() == codes.len() {
        let mut places: Vec<_> = order.iter().zip(&codes).collect();
        places.sort();
        codes = places.into_iter().map(|(_, code)| *code).collect();
    }
    let mut scenario_of_code = vec![None; names.len()];
    for (scenario, code) in codes.iter().enumerate() {
        scenario_of_code[*code] = u16::try_from(scenario).ok();
    }
    (codes.iter().map(|c| names.text(*c as u32).to_owned()).collect(), scenario_of_code)
}

/// A text that sorts in natural order: numbers come first, by size; other texts follow, by their
/// letters.
struct Place<T> {
    number: Option<f64>,
    text: T,
}

impl<T: AsRef<str>> Place<T> {
    fn new(text: T) -> Self {
        let number = text.as_ref().trim().parse().ok().filter(|v: &f64| !v.is_nan());
        Self { number, text }
    }
}

impl<T: AsRef<str>> Ord for Place<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let letters = || self.text.as_ref().cmp(other.text.as_ref());
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.total_cmp(&b).then_with(letters),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => letters(),
        }
    }
}

impl<T: AsRef<str>> PartialOrd for Place<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: AsRef<str>> PartialEq for Place<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T: AsRef<str>> Eq for Place<T> {}
