//! The expected calibration error: how far predicted probabilities are from click rates.

/// Groups of rows that are compared.
const GROUPS: usize = 10;

/// The expected calibration error of logits `[n]` (Naeini et al., AAAI 2015): the rows are cut into ten groups by
/// their logit, and the differences between the mean prediction and the click rate of the groups are averaged by
/// rows. The groups have equally many rows (Nguyen and O'Connor, EMNLP 2015); rows with the same logit are in the
/// same group. `None` without rows, or if a logit is not a number.
///
/// ```
/// use ssim_core::metric::calibration_error;
/// // Predicted are 1/2, 1/2 and σ(2); clicked are 1 of 2, and 1 of 1.
/// let error = calibration_error(&[0.0, 0.0, 2.0], &[1, 0, 1]).unwrap();
/// assert!((error - (1.0 - 1.0 / (1.0 + (-2f64).exp())) / 3.0).abs() < 1e-12);
/// ```
pub fn calibration_error(logits: &[f32], labels: &[u8]) -> Option<f64> {
    if logits.is_empty() || logits.iter().any(|z| z.is_nan()) {
        return None;
    }
    let n = logits.len();
    let mut order: Vec<usize> = (0..n).collect();
    // Zeros of either sign are the same prediction.
    order.sort_by(|a, b| (logits[*a] + 0.0).total_cmp(&(logits[*b] + 0.0)));
    let (mut error, mut from) = (0.0, 0);
    for group in 1..=GROUPS {
        let mut to = (n * group / GROUPS).max(from);
        while 0 < to && to < n && logits[order[to]] == logits[order[to - 1]] {
            to += 1;
        }
        let sum = |of: &dyn Fn(usize) -> f64| order[from..to].iter().map(|i| of(*i)).sum::<f64>();
        let predicted = sum(&|i| 1.0 / (1.0 + (-f64::from(logits[i])).exp()));
        error += (predicted - sum(&|i| f64::from(labels[i]))).abs();
        from = to;
    }
    Some(error / n as f64)
}
