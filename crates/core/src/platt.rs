//! Platt scaling: the line of a model's logits whose probabilities fit the clicks best.

use serde::{Deserialize, Serialize};

/// Clicks, and rows without a click, of which a line needs so many. With 100 clicks the standard error of
/// the mean CTR is a tenth of it, so fewer would move the CTR by chance more than by what they tell.
pub const LEAST: u64 = 100;

/// Newton steps before the search for the minimum gives up; it takes about ten.
const STEPS: usize = 100;
/// Newton steps near the minimum, each of which doubles the number of digits.
const LAST: usize = 2;

/// A line that turns a logit `z` into the calibrated logit `slope · z + intercept`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// The slope, which is above 0, so that rows keep their order.
    pub slope: f64,
    /// The intercept.
    pub intercept: f64,
}

/// One logit with the probability that the line should give it.
struct Target {
    z: f64,
    t: f64,
}

impl Platt {
    /// The line that changes nothing.
    pub const NONE: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The line with the smallest cross entropy on rows with these logits and labels. The labels are
    /// smoothed as in Platt's paper ("Probabilistic outputs for support vector machines", 1999, equation
    /// 8): with `p` clicks and `n` other rows a click counts as `(p + 1) / (p + 2)`, and no click as
    /// `1 / (n + 2)`. `None` if there are fewer than [`LEAST`] clicks or other rows, if a logit is not
    /// finite, or if the best slope is not above 0.
    pub fn fit(rows: impl Iterator<Item = (f32, u8)>) -> Option<Self> {
        let rows: Vec<(f32, u8)> = rows.collect();
        let clicks = rows.iter().filter(|(_, label)| *label > 0).count() as u64;
        let others = rows.len() as u64 - clicks;
        if clicks.min(others) < LEAST || rows.iter().any(|(z, _)| !z.is_finite()) {
            return None;
        }
        let yes = (clicks as f64 + 1.0) / (clicks as f64 + 2.0);
        let no = 1.0 / (others as f64 + 2.0);
        let target = |(z, label): &(f32, u8)| Target {
            z: f64::from(*z),
            t: if *label > 0 { yes } else { no },
        };
        let line = minimum(&rows.iter().map(target).collect::<Vec<_>>())?;
        (line.slope > 0.0 && line.slope.is_finite() && line.intercept.is_finite()).then_some(line)
    }

    /// The calibrated logit.
    pub fn logit(self, z: f32) -> f32 {
        // Computed in 64 bits, so that different logits stay different.
        (self.slope * f64::from(z) + self.intercept) as f32
    }

    /// The cross entropy of the targets under this line, summed.
    fn loss(self, rows: &[Target]) -> f64 {
        let of = |row: &Target| {
            let z = self.slope * row.z + self.intercept;
            // −t ln σ(z) − (1 − t) ln σ(−z), in a form that does not overflow.
            z.max(0.0) - row.t * z + (-z.abs()).exp().ln_1p()
        };
        rows.iter().map(of).sum()
    }
}

/// Newton's method with halved steps (Lin, Lin and Weng, "A note on Platt's probabilistic outputs for support
/// vector machines", 2007). The loss is convex, so there is one minimum.
fn minimum(rows: &[Target]) -> Option<Platt> {
    let mut line = Platt::NONE;
    let (mut loss, mut last) = (line.loss(rows), 0);
    for _ in 0..STEPS {
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for row in rows {
            let p = 1.0 / (1.0 + (-(line.slope * row.z + line.intercept)).exp());
            let (d, w) = (p - row.t, p * (1.0 - p));
            g[0] += d * row.z;
            g[1] += d;
            h[0] += w * row.z * row.z;
            h[1] += w * row.z;
            h[2] += w;
        }
        // A little is added to the diagonal, since all logits may be the same.
        let ([a, b, c], ridge) = (h, 1e-12);
        let det = (a + ridge) * (c + ridge) - b * b;
        let step = [(g[0] * (c + ridge) - g[1] * b) / det, (g[1] * (a + ridge) - g[0] * b) / det];
        let slope = g[0] * step[0] + g[1] * step[1];
        if slope <= 1e-12 * loss {
            // Rounding hides so small a decrease of the loss, so the last steps are not tried out.
            line = Platt { slope: line.slope - step[0], intercept: line.intercept - step[1] };
            last += 1;
            if last == LAST {
                return Some(line);
            }
            continue;
        }
        let mut size = 1.0;
        let (next, smaller) = loop {
            let next = Platt {
                slope: line.slope - size * step[0],
                intercept: line.intercept - size * step[1],
            };
            let smaller = next.loss(rows);
            if smaller < loss - 1e-4 * size * slope {
                break (next, smaller);
            }
            size /= 2.0;
            if size < 1e-10 {
                // The loss cannot be made smaller in 64 bits.
                return Some(line);
            }
        };
        (line, loss) = (next, smaller);
    }
    None
}
