//! Sorting of indices. All callers in the page's workers share this one sort, because every sort of another type or with a
//! closure of its own adds some kilobytes to their download.

use std::cmp::Ordering;

/// The indices in the order of `compare`; those that compare equal are in rising order.
///
/// ```
/// use ssim_core::look::order::sorted;
/// let names = ["b", "a", "b"];
/// assert_eq!(sorted(vec![0, 1, 2], &|i, j| names[i].cmp(names[j])), [1, 0, 2]);
/// ```
pub fn sorted(mut indices: Vec<usize>, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    indices.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    indices
}
