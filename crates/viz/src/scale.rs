//! Scales, which turn numbers into pixels, and their round ticks.

/// A linear map from `domain` onto `range`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub domain: (f64, f64),
    pub range: (f64, f64),
}

impl Scale {
    pub fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self { domain, range }
    }

    /// The pixel of a number. An empty domain maps to the middle of the range.
    pub fn at(&self, x: f64) -> f64 {
        let (a, b) = self.domain;
        let (from, to) = self.range;
        if b > a { from + (x - a) / (b - a) * (to - from) } else { (from + to) / 2.0 }
    }

    /// The multiples of `step` inside the domain; none if there are about a thousand or more.
    #[inline(never)]
    pub fn ticks(&self, step: f64) -> Vec<f64> {
        let (a, b) = self.domain;
        if !(step > 0.0 && b > a && (b - a) / step < 1000.0) {
            return Vec::new();
        }
        // Multiplication, not repeated addition, so that rounding errors do not add up.
        let first = (a / step - 1e-6).ceil() as i64;
        let last = (b / step + 1e-6).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// The smallest number of the form 1, 2 or 5 times a power of ten that is at least `x`; 1 if `x` is
/// not a positive number.
#[inline(never)]
pub(crate) fn nice(x: f64) -> f64 {
    if !(x.is_finite() && x > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(x.log10().floor());
    let unit = x / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|r| unit <= r * 1.000_001);
    round.unwrap_or(10.0) * power
}

/// The number of decimals that ticks `step` apart need, at most 9.
#[inline(never)]
pub(crate) fn decimals(step: f64) -> usize {
    (0..9)
        .find(|d| {
            let scaled = step * 10f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1e-3)
        })
        .unwrap_or(9) as usize
}

/// The smallest and the largest finite number; `None` if there is no finite number.
pub(crate) fn extent(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers
        .filter(|x| x.is_finite())
        .fold(None, |e, x| Some(e.map_or((x, x), |(a, b): (f64, f64)| (a.min(x), b.max(x)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        for (x, expected) in [(0.0031, 0.005), (1.0, 1.0), (1.2, 2.0), (7.0, 10.0), (250.0, 500.0)]
        {
            assert!(near(nice(x), expected), "{x}: {}", nice(x));
        }
        assert_eq!([0.005, 0.01, 0.25, 1.0, 500.0].map(decimals), [3, 2, 2, 0, 0]);
    }

    #[test]
    fn ticks_lie_in_the_domain() {
        let ticks = Scale::new((0.701, 0.712), (0.0, 100.0)).ticks(0.005);
        let text: Vec<_> = ticks.iter().map(|t| format!("{t:.3}")).collect();
        assert_eq!(text, ["0.705", "0.710"]);
        assert!(Scale::new((1.0, 1.0), (0.0, 9.0)).ticks(1.0).is_empty());
    }
}
