//! Sorting by a number. All callers share this one sort, because every sort with a closure of its
//! own adds some kilobytes to the download of the page.

/// The indices `0..n` in rising order of their keys. Indices with equal keys stay in order; −0 and 0
/// are equal.
///
/// ```
/// let keys = [0.5, -1.0, 0.5, 0.0];
/// assert_eq!(ssim_viz::rising(4, &|i| keys[i]), [1, 3, 0, 2]);
/// assert_eq!(ssim_viz::rising(2, &|i| [0.0, -0.0][i]), [0, 1]);
/// ```
pub fn rising(n: usize, key: &dyn Fn(usize) -> f64) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> = (0..n).map(|i| (key(i) + 0.0, i)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, i)| i).collect()
}
