//! Worker threads, which only some hosts have. No other code asks whether there are any.

use crate::subnormal::as_zero;

/// Applies `work` to every item, on all workers if the host has them. The results are in the order
/// of the items, so they do not depend on the speed of the workers.
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "parallel")]
    if items.len() > 1 {
        use rayon::prelude::*;
        return items.into_par_iter().map(work).collect();
    }
    items.into_iter().map(work).collect()
}

/// As [`map`], for the arithmetic of models: every worker takes subnormal numbers for 0
/// ([`subnormal`](crate::subnormal)).
pub fn compute<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    map(items, |item| as_zero(|| work(item)))
}

/// Runs `work` on one of the workers. Parts that `work` gives to the workers then start without waking a
/// thread and waiting for it, which in small steps takes longer than the work.
pub fn within<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "parallel")]
    return rayon::scope(|_| work());
    #[cfg(not(feature = "parallel"))]
    work()
}

/// Runs both functions, at the same time if the host has workers.
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "parallel")]
    return rayon::join(a, b);
    #[cfg(not(feature = "parallel"))]
    (a(), b())
}

/// The number of workers of the host.
pub fn workers() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Splits `0..n` into at most `parts` contiguous ranges of nearly equal length. They are not empty,
/// except for the single range of `n = 0`.
pub fn ranges(n: usize, parts: usize) -> Vec<std::ops::Range<usize>> {
    let parts = parts.clamp(1, n.max(1));
    (0..parts).map(|i| i * n / parts..(i + 1) * n / parts).collect()
}
