//! The difference of two AUCs on the same rows. The two go up and down together when other rows are
//! drawn, so the error of their difference is mostly smaller than the error of either.
//!
//! Another seed gives another model, so two methods are compared over several fits of each. The rows are
//! common to all fits, so what changes from fit to fit is no error of the rows; both errors add up.

use crate::look::statistics::deviation;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The AUCs of two methods on the same rows, over fits of each, and the errors of their difference.
#[derive(Clone, Debug, PartialEq)]
pub struct AucDifference {
    /// Mean AUC of the first method's fits, ties averaged.
    pub first: f64,
    /// Mean AUC of the second method's fits.
    pub second: f64,
    /// Standard error of first minus second over draws of the rows, for these fits.
    pub rows: f64,
    /// First minus second of every pair of fits, `[S]`, on these rows.
    pub fits: Vec<f64>,
}

impl AucDifference {
    /// Two methods with S fits each. The scores are `[S][n]` and the labels `[n]`. `None` if there are
    /// fewer than two clicks or fewer than two non-clicks, or a score is NaN, or there is no fit.
    ///
    /// A row has a placement by every score ([`Interval::new`](super::Interval::new)). `S₁` and `S₀` are
    /// the sample variances, of the `m` clicks and of the `n` non-clicks, of the differences of the
    /// placements' means over fits. The variance over draws of the rows is `S₁/m + S₀/n`: equation 5 of
    /// the paper, for the contrast of the first fits with the second.
    ///
    /// ```
    /// use ssim_core::delong::AucDifference;
    /// let (first, second) = (vec![0.1, 0.4, 0.35, 0.8], vec![0.1, 0.2, 0.3, 0.4]);
    /// let found = AucDifference::new(&[first], &[second], &[0, 0, 1, 1]).unwrap();
    /// assert_eq!((found.first, found.second), (0.75, 1.0));
    /// assert!((found.rows - 0.125f64.sqrt()).abs() < 1e-12);
    /// ```
    pub fn new(first: &[Vec<f32>], second: &[Vec<f32>], labels: &[u8]) -> Option<Self> {
        let clicks = labels.iter().filter(|y| **y > 0).count() as f64;
        let misses = labels.len() as f64 - clicks;
        let is_nan = first.iter().chain(second).flatten().any(|score| score.is_nan());
        if clicks < 2.0 || misses < 2.0 || is_nan || first.is_empty() {
            return None;
        }
        // Differences of placements, summed over fits.
        let mut sums = vec![0.0; labels.len()];
        let (mut first_auc, mut fits) = (0.0, Vec::with_capacity(first.len()));
        let pairs = 2.0 * clicks * misses;
        for (first, second) in first.iter().zip(second) {
            let (a, b) = (placements(first, labels), placements(second, labels));
            let rows = a.iter().zip(&b).zip(labels);
            sums.iter_mut().zip(rows.clone()).for_each(|(sum, ((a, b), _))| *sum += a - b);
            let of_clicks = || rows.clone().filter(|(_, y)| **y > 0);
            first_auc += of_clicks().map(|((a, _), _)| a).sum::<f64>() / pairs;
            fits.push(of_clicks().map(|((a, b), _)| a - b).sum::<f64>() / pairs);
        }
        let number = fits.len() as f64;
        let of = |click: bool| {
            let own = sums.iter().zip(labels).filter(|(_, y)| (**y > 0) == click);
            deviation(&own.map(|(sum, _)| *sum).collect::<Vec<f64>>()).unwrap_or_default()
        };
        // A placement of a click counts every non-click twice, and the reverse.
        let variance = (of(true) / (2.0 * misses * number)).powi(2) / clicks
            + (of(false) / (2.0 * clicks * number)).powi(2) / misses;
        let first = first_auc / number;
        let second = first - fits.iter().sum::<f64>() / number;
        Some(Self { first, second, rows: variance.sqrt(), fits })
    }

    /// The weighted mean of differences on separate rows, of the same fits; `None` if the weights add up
    /// to nothing. With the numbers of rows as weights it is a difference of GAUCs.
    pub fn mean(parts: &[(f64, &Self)]) -> Option<Self> {
        let weight: f64 = parts.iter().map(|(w, _)| w).sum();
        let mean = |of: &dyn Fn(&Self) -> f64| {
            parts.iter().map(|(w, part)| w * of(part)).sum::<f64>() / weight
        };
        // Separate rows vary independently.
        let square: f64 = parts.iter().map(|(w, part)| (w * part.rows).powi(2)).sum();
        let fits = parts.iter().map(|(_, part)| part.fits.len()).min().filter(|_| weight > 0.0)?;
        Some(Self {
            first: mean(&|part| part.first),
            second: mean(&|part| part.second),
            rows: square.sqrt() / weight,
            fits: (0..fits).map(|s| mean(&|part| part.fits[s])).collect(),
        })
    }

    /// First minus second.
    pub fn difference(&self) -> f64 {
        self.first - self.second
    }

    /// Standard error over draws of the rows and over seeds. Of a single fit nothing is known about
    /// other seeds, and they do not count.
    pub fn error(&self) -> f64 {
        (self.rows.powi(2) + self.of_fits().powi(2)).sqrt()
    }

    /// The 95 % interval of the difference, within [−1, 1].
    pub fn ends(&self) -> (f64, f64) {
        let half = self.quantile() * self.error();
        ((self.difference() - half).max(-1.0), (self.difference() + half).min(1.0))
    }

    /// Two-sided p of the hypothesis that the AUCs are equal; `None` where the difference does not vary.
    pub fn p(&self) -> Option<f64> {
        let z = (self.error() > 0.0).then(|| -self.difference().abs() / self.error())?;
        Some(2.0 * self.student().map_or_else(|| Normal::standard().cdf(z), |t| t.cdf(z)))
    }

    /// Standard error over seeds.
    fn of_fits(&self) -> f64 {
        deviation(&self.fits).unwrap_or_default() / (self.fits.len() as f64).sqrt()
    }

    /// Student's t with the degrees of freedom of Welch and Satterthwaite: those of the fits, and more
    /// the larger the part of the rows is, whose error counts as known. `None` for a normal distribution.
    fn student(&self) -> Option<StudentsT> {
        let share = (self.of_fits() / self.error()).powi(4);
        let freedom = (self.fits.len() as f64 - 1.0) / share;
        // Beyond, the two distributions agree to more digits than anybody reads.
        StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| freedom < 1e6)
    }

    fn quantile(&self) -> f64 {
        self.student().map_or(super::Z, |t| t.inverse_cdf(0.975))
    }
}

/// The placements of all rows, `[n]`: for a click twice the number of non-clicks below it, and for a
/// non-click twice the number of clicks above it; a tie counts once. Whole numbers are exact, so that
/// two scores of the same order have no difference by rounding.
fn placements(scores: &[f32], labels: &[u8]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_unstable_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
    let is_click = |i: &u32| labels[*i as usize] > 0;
    let mut clicks_above = labels.iter().filter(|y| **y > 0).count();
    let mut misses_below = 0;
    let mut placements = vec![0.0; scores.len()];
    // -0.0 and 0.0 are one score, though `total_cmp` keeps them apart.
    for tied in order.chunk_by(|a, b| scores[*a as usize] == scores[*b as usize]) {
        let hit = tied.iter().filter(|i| is_click(i)).count();
        let missed = tied.len() - hit;
        clicks_above -= hit;
        for i in tied {
            let twice =
                if is_click(i) { 2 * misses_below + missed } else { 2 * clicks_above + hit };
            placements[*i as usize] = twice as f64;
        }
        misses_below += missed;
    }
    placements
}
