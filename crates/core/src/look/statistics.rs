//! Means over seeds, and tests of whether two systems differ.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A paired comparison of two systems over the same seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Mean of the differences, first minus second.
    pub difference: f64,
    /// Standard deviation of the differences; `None` for a single pair.
    pub deviation: Option<f64>,
    /// Two-sided p of Student's t-test; `None` if the differences do not vary.
    pub p: Option<f64>,
}

/// Arithmetic mean; `None` if there are no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of a sample (over n − 1); `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some((square / (values.len() - 1) as f64).sqrt())
}

/// The Jaccard index of two lists `[n]`, |A ∩ B| / |A ∪ B|; `None` if both are empty.
///
/// ```
/// use ssim_core::look::statistics::jaccard;
/// assert_eq!(jaccard(&[true, true, false], &[true, false, false]), Some(0.5));
/// ```
pub fn jaccard(a: &[bool], b: &[bool]) -> Option<f64> {
    let pairs = || a.iter().zip(b);
    let both = pairs().filter(|(a, b)| **a && **b).count();
    let either = pairs().filter(|(a, b)| **a || **b).count();
    (either > 0).then(|| both as f64 / either as f64)
}

/// The 95 % interval of a mean by Student's t; `None` for fewer than two values.
///
/// ```
/// use ssim_core::look::statistics::interval;
/// let (low, high) = interval(&[0.10, 0.12]).unwrap();
/// assert!((low + 0.01706).abs() < 1e-4 && (high - 0.23706).abs() < 1e-4);
/// ```
pub fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let (mean, deviation) = (mean(values)?, deviation(values)?);
    let n = values.len() as f64;
    let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    let half = student.inverse_cdf(0.975) * deviation / n.sqrt();
    Some((mean - half, mean + half))
}

/// A mean, and how far it is away from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The mean.
    pub mean: f64,
    /// The 95 % interval of the mean, by Student's t.
    pub interval: (f64, f64),
    /// The mean over its standard error; 0 if the values do not vary.
    pub distance: f64,
    /// Two-sided p of Student's t-test; `None` if the values do not vary.
    pub p: Option<f64>,
}

/// The mean of values and its distance from 0; `None` for fewer than two values.
pub(super) fn spread(values: &[f64]) -> Option<Spread> {
    let zeros = vec![0.0; values.len()];
    let test = paired(values, &zeros)?;
    let error = test.deviation? / (values.len() as f64).sqrt();
    Some(Spread {
        mean: test.difference,
        interval: interval(values)?,
        distance: test.p.map_or(0.0, |_| test.difference / error),
        p: test.p,
    })
}

/// Compares two systems whose i-th values come from the same seed; `None` if there is no pair.
///
/// ```
/// use ssim_core::look::statistics::paired;
/// let test = paired(&[0.62, 0.64, 0.63], &[0.61, 0.62, 0.61]).unwrap();
/// assert!((test.difference - 0.05 / 3.0).abs() < 1e-12);
/// assert!((test.p.unwrap() - 0.0377).abs() < 1e-4);
/// ```
pub fn paired(a: &[f64], b: &[f64]) -> Option<Paired> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let difference = mean(&differences)?;
    let deviation = deviation(&differences);
    // Differences that would be equal without rounding must not count as variation.
    let noise = 1e-14 * a.iter().chain(b).fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let p = deviation.filter(|d| *d > noise).and_then(|deviation| {
        let n = differences.len() as f64;
        let t = difference / (deviation / n.sqrt());
        let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
        Some(2.0 * student.cdf(-t.abs()))
    });
    Some(Paired { difference, deviation, p })
}

/// The p-values `[n]` of tests that are read together, corrected so that the chance of even one false
/// finding stays below the level: Holm, *A simple sequentially rejective multiple test procedure*,
/// Scandinavian Journal of Statistics 6 (1979). Tests without a p-value do not count.
///
/// The smallest p is multiplied by the number of tests, the next by one less, and so on; none is larger
/// than 1, or smaller than that of a test before it.
///
/// ```
/// use ssim_core::look::statistics::holm;
/// assert_eq!(holm(&[Some(0.01), None, Some(0.02)]), [Some(0.02), None, Some(0.02)]);
/// ```
pub fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> =
        p.iter().enumerate().filter_map(|(i, p)| Some(((*p)?, i))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (tests, mut last) = (order.len(), 0.0f64);
    let mut corrected = vec![None; p.len()];
    for (place, (p, i)) in order.into_iter().enumerate() {
        last = last.max((p * (tests - place) as f64).min(1.0));
        corrected[i] = Some(last);
    }
    corrected
}
