//! The standard error of a measured AUC, and of the difference of two, by the method of DeLong, DeLong and Clarke-Pearson,
//! *Comparing the areas under two or more correlated receiver operating characteristic curves*,
//! Biometrics 44 (1988).

mod difference;

pub use difference::AucDifference;

/// The 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// An AUC with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Area under the ROC curve, ties averaged.
    pub auc: f64,
    /// Its standard error over draws of the rows.
    pub error: f64,
}

impl Interval {
    /// The AUC of scores against labels, both `[n]`, in O(n log n). `None` if there are fewer than
    /// two clicks or fewer than two non-clicks, or a score is NaN.
    ///
    /// The placement of a click is the fraction of the non-clicks below it, and the placement of a
    /// non-click is the fraction of the clicks above it; ties count half. `S₁` and `S₀` are the
    /// sample variances of the placements of the `m` clicks and the `n` non-clicks. The variance of
    /// the AUC is `S₁/m + S₀/n`.
    ///
    /// ```
    /// use ssim_core::delong::Interval;
    /// let found = Interval::new(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1]).unwrap();
    /// assert_eq!(found.auc, 0.75);
    /// assert!((found.error - 0.125f64.sqrt()).abs() < 1e-12);
    /// ```
    pub fn new(scores: &[f32], labels: &[u8]) -> Option<Self> {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_unstable_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
        let clicks = labels.iter().filter(|y| **y > 0).count() as f64;
        let misses = labels.len() as f64 - clicks;
        if clicks < 2.0 || misses < 2.0 || scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let mut click = Moments::default();
        let mut miss = Moments::default();
        let mut clicks_below = 0.0;
        let mut misses_below = 0.0;
        for tied in order.chunk_by(|a, b| scores[*a as usize] == scores[*b as usize]) {
            let hit = tied.iter().filter(|i| labels[**i as usize] > 0).count() as f64;
            let missed = tied.len() as f64 - hit;
            click.add((misses_below + 0.5 * missed) / misses, hit);
            miss.add((clicks - clicks_below - 0.5 * hit) / clicks, missed);
            clicks_below += hit;
            misses_below += missed;
        }
        let variance = click.variance() / clicks + miss.variance() / misses;
        Some(Self { auc: click.sum / clicks, error: variance.sqrt() })
    }

    /// The 95 % interval, within [0, 1].
    pub fn ends(&self) -> (f64, f64) {
        let half = Z * self.error;
        ((self.auc - half).max(0.0), (self.auc + half).min(1.0))
    }
}

/// Sums from which mean and variance of values in [0, 1] follow.
#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64, times: f64) {
        self.count += times;
        self.sum += times * value;
        self.squares += times * value * value;
    }

    fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        // Rounding may make a variance of 0 slightly negative.
        ((self.squares - self.count * mean * mean) / (self.count - 1.0)).max(0.0)
    }
}
