//! The part of a number's variance that the group of a row alone explains.

/// The part of a score's variance from which on the scenario decides more than the row.
pub const BY_SCENARIO: f64 = 0.5;

/// R² of the groups: the sum of squares between the groups' means over the total sum of squares of the
/// `values` `[n]`, whose groups are `[n]`, too. It is 1 if every group has one value, and near 0 if the
/// groups have the same mean. `None` if the values do not vary, or one of them is not finite.
///
/// Of scores by scenario it tells how a selector decides: at 1 it takes or leaves whole scenarios, and
/// no row for its own sake.
///
/// ```
/// use ssim_core::look::explained::explained;
/// assert_eq!(explained(&[1.0, 1.0, 3.0, 3.0], &[0, 0, 1, 1]), Some(1.0));
/// assert_eq!(explained(&[1.0, 3.0, 1.0, 3.0], &[0, 0, 1, 1]), Some(0.0));
/// ```
pub fn explained(values: &[f32], groups: &[u16]) -> Option<f64> {
    let number = groups.iter().max().map_or(0, |largest| usize::from(*largest) + 1);
    // Number of rows and sum of values, by group.
    let mut sums = vec![(0.0, 0.0); number];
    for (value, group) in values.iter().zip(groups) {
        let (rows, sum) = &mut sums[usize::from(*group)];
        *rows += 1.0;
        *sum += f64::from(*value);
    }
    let mean = sums.iter().map(|s| s.1).sum::<f64>() / values.len() as f64;
    let total: f64 = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum();
    let groups = sums.iter().filter(|(rows, _)| *rows > 0.0);
    let between: f64 = groups.map(|(rows, sum)| rows * (sum / rows - mean).powi(2)).sum();
    // A mean of equal values differs from them by rounding alone.
    let noise = values.len() as f64 * (1e-14 * mean).powi(2);
    (total.is_finite() && total > noise).then(|| (between / total).min(1.0))
}
