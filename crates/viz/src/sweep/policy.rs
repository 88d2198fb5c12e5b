//! A policy's measured numbers, and what lies between them.

use crate::number::{fixed, percent};
use crate::order::rising;

/// A way of choosing shared instances, measured at some ratios.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What was measured, in any order; dots whose numbers are not finite or whose ratio is
    /// outside `0..=1` are left out.
    pub dots: Vec<Dot>,
}

/// What was measured at one ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dot {
    /// Part of the instances that is shared, `0..=1`.
    pub ratio: f64,
    /// The metric, a mean over seeds.
    pub mean: f64,
    /// Lower and upper end of its interval; `None` with a single seed.
    pub interval: Option<(f64, f64)>,
    /// Number of seeds.
    pub seeds: u32,
}

/// What is known about a policy at some ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PolicyReading {
    Measured(Dot),
    /// The value on the straight line between the measured ratios on both sides.
    Interpolated(f64, (f64, f64)),
    /// Not between two measured ratios: nothing is extrapolated.
    Unknown,
}

/// Ratios closer than this are the same, one of them having been an `f32`.
const SAME: f64 = 1e-6;

impl Dot {
    /// The ends of its interval that are numbers.
    pub(super) fn interval(&self) -> Option<(f64, f64)> {
        self.interval.filter(|(low, high)| low.is_finite() && high.is_finite())
    }

    pub(super) fn seeds(&self) -> String {
        format!("{} seed{}", self.seeds, if self.seeds == 1 { "" } else { "s" })
    }

    pub(super) fn words(&self) -> String {
        let interval =
            self.interval().map(|(a, b)| format!("{} to {}, ", fixed(a, 4), fixed(b, 4)));
        let (mean, interval) = (fixed(self.mean, 4), interval.unwrap_or_default());
        format!("{mean} ({interval}{}) at {}", self.seeds(), percent(self.ratio))
    }
}

impl Policy {
    /// The dots that can be drawn, by ratio.
    pub(super) fn drawn(&self) -> Vec<Dot> {
        let drawn = |d: &&Dot| (0.0..=1.0).contains(&d.ratio) && d.mean.is_finite();
        let dots: Vec<Dot> = self.dots.iter().filter(drawn).copied().collect();
        rising(dots.len(), &|i| dots[i].ratio).into_iter().map(|i| dots[i]).collect()
    }

    /// Whether it is no choice at all: nothing or everything is shared.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self.drawn()[..], [dot] if dot.ratio < SAME || dot.ratio > 1.0 - SAME)
    }

    pub(super) fn at(&self, ratio: f64) -> PolicyReading {
        let dots = self.drawn();
        if let Some(dot) = dots.iter().find(|d| (d.ratio - ratio).abs() < SAME) {
            return PolicyReading::Measured(*dot);
        }
        let between = |d: &&[Dot]| d[0].ratio < ratio && ratio < d[1].ratio;
        dots.windows(2).find(between).map_or(PolicyReading::Unknown, |d| {
            let part = (ratio - d[0].ratio) / (d[1].ratio - d[0].ratio);
            let value = d[0].mean + part * (d[1].mean - d[0].mean);
            PolicyReading::Interpolated(value, (d[0].ratio, d[1].ratio))
        })
    }

    /// Where it was measured.
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
