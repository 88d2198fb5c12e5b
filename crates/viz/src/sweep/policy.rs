//! A policy's measured numbers, and interpolation between them.

use crate::number::{fixed, percent};
use crate::order::rising;

/// A way of choosing shared instances, measured at some ratios.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The policy's name.
    pub name: String,
    /// The measured dots, in any order. Dots whose mean is not finite or whose ratio is outside
    /// `0..=1` are left out.
    pub dots: Vec<Dot>,
}

/// The measured value of a metric at one ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dot {
    /// The share ratio: the fraction of the instances that is shared, in `0..=1`.
    pub ratio: f64,
    /// Mean of the metric over the seeds.
    pub mean: f64,
    /// Lower and upper end of the mean's interval; `None` with a single seed.
    pub interval: Option<(f64, f64)>,
    /// Number of seeds.
    pub seeds: u32,
}

/// The value of a policy at some ratio, and whether it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PolicyReading {
    /// The policy was measured at this ratio.
    Measured(Dot),
    /// The value on a straight line between the two nearest measured ratios, and these ratios.
    Interpolated(f64, (f64, f64)),
    /// The ratio is not between two measured ratios, and nothing is extrapolated.
    Unknown,
}

/// Ratios closer than this count as equal, because one of them may have been an `f32`.
const SAME: f64 = 1e-6;

impl Dot {
    /// The interval, if both of its ends are finite.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        self.interval.filter(|(low, high)| low.is_finite() && high.is_finite())
    }

    /// The number of seeds as text.
    pub(super) fn seeds(&self) -> String {
        format!("{} seed{}", self.seeds, if self.seeds == 1 { "" } else { "s" })
    }

    /// The dot as text: mean, interval, seeds and ratio.
    pub(super) fn words(&self) -> String {
        let interval =
            self.interval().map(|(a, b)| format!("{} to {}, ", fixed(a, 4), fixed(b, 4)));
        let mean = fixed(self.mean, 4);
        let interval = interval.unwrap_or_default();
        format!("{mean} ({interval}{}) at {}", self.seeds(), percent(self.ratio))
    }
}

impl Policy {
    /// The dots that can be drawn, in rising order of their ratios.
    pub(super) fn drawn(&self) -> Vec<Dot> {
        let mut dots = self.dots.clone();
        dots.retain(|d| (0.0..=1.0).contains(&d.ratio) && d.mean.is_finite());
        rising(dots.len(), &|i| dots[i].ratio).into_iter().map(|i| dots[i]).collect()
    }

    /// Whether the policy makes no choice, because it shares nothing or everything.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self.drawn()[..], [dot] if dot.ratio < SAME || dot.ratio > 1.0 - SAME)
    }

    /// The policy's value at a ratio.
    pub(super) fn at(&self, ratio: f64) -> PolicyReading {
        let dots = self.drawn();
        if let Some(dot) = dots.iter().find(|d| (d.ratio - ratio).abs() < SAME) {
            return PolicyReading::Measured(*dot);
        }
        let mut neighbours = dots.windows(2);
        let around = neighbours.find(|d| d[0].ratio < ratio && ratio < d[1].ratio);
        around.map_or(PolicyReading::Unknown, |d| {
            let part = (ratio - d[0].ratio) / (d[1].ratio - d[0].ratio);
            let value = d[0].mean + part * (d[1].mean - d[0].mean);
            PolicyReading::Interpolated(value, (d[0].ratio, d[1].ratio))
        })
    }

    /// The ratios at which the policy was measured, as text.
    pub(super) fn measured(&self) -> String {
        match self.drawn()[..] {
            [] => "not measured".into(),
            [dot] => format!("{} at {} only", fixed(dot.mean, 4), percent(dot.ratio)),
            [first, .., last] => {
                format!("measured {} to {}", percent(first.ratio), percent(last.ratio))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_dots_is_a_line_and_beyond_them_nothing() {
        let dot = |ratio, mean| Dot { ratio, mean, interval: None, seeds: 1 };
        let dots = vec![dot(0.5, 3.0), dot(f64::from(0.1f32), 1.0), dot(0.3, f64::NAN)];
        let policy = Policy { name: String::new(), dots };
        assert_eq!(policy.at(0.1), PolicyReading::Measured(policy.dots[1]));
        let PolicyReading::Interpolated(value, (0.1..0.1001, 0.5)) = policy.at(0.3) else {
            panic!("{:?}", policy.at(0.3));
        };
        assert!((value - 2.0).abs() < 1e-6);
        assert_eq!([0.0, 0.6, f64::NAN].map(|r| policy.at(r)), [PolicyReading::Unknown; 3]);
    }
}
