//! The forces between all pairs of positions, and steps along them.

/// Numbers added side by side, as vector instructions do.
const LANES: usize = 8;
/// So many are added in single precision before the sum goes into a double.
const BLOCK: usize = 512;

/// Positions on their way down.
pub struct Descent<'a> {
    /// Joint probabilities `[n, n]`.
    p: &'a [f32],
    /// Positions by axis `[2][n]`, and likewise all that follows.
    at: [Vec<f32>; 2],
    velocity: [Vec<f32>; 2],
    gain: [Vec<f32>; 2],
    gradient: [Vec<f32>; 2],
}

impl<'a> Descent<'a> {
    /// From joint probabilities `[n, n]` and the positions `[n, 2]` to begin with.
    pub fn new(p: &'a [f32], start: &[[f32; 2]]) -> Self {
        let all = |v: f32| [0, 1].map(|_| vec![v; start.len()]);
        let at = [0, 1].map(|axis| start.iter().map(|s| s[axis]).collect());
        Self { p, at, velocity: all(0.0), gain: all(1.0), gradient: all(0.0) }
    }

    /// One step: momentum, and a gain per number that grows while its direction stays (Jacobs,
    /// 1988; the constants are those of van der Maaten and scikit-learn).
    pub fn step(&mut self, exaggeration: f64, momentum: f32, rate: f32) {
        self.slope(exaggeration);
        for axis in 0..2 {
            let numbers = self.at[axis].iter_mut().zip(&mut self.velocity[axis]);
            let numbers = numbers.zip(&mut self.gain[axis]).zip(&self.gradient[axis]);
            for (((at, velocity), gain), slope) in numbers {
                let onwards = *velocity * slope < 0.0;
                *gain = if onwards { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                *velocity = momentum * *velocity - rate * *gain * slope;
                *at += *velocity;
            }
        }
    }

    /// The gradient of the divergence, with `p` exaggerated (equation 5).
    fn slope(&mut self, exaggeration: f64) {
        let [x, y] = &self.at;
        let n = x.len();
        let rows = || self.p.chunks_exact(n).zip(x.iter().zip(y));
        let forces: Vec<Forces> = rows().map(|(p, (px, py))| forces(p, x, y, *px, *py)).collect();
        // Its own closeness is no pair's; far apart, nothing may be left.
        let all: f64 = forces.iter().map(|f| f.closeness - 1.0).sum();
        let all = all.max(f64::MIN_POSITIVE);
        for (i, f) in forces.iter().enumerate() {
            for axis in 0..2 {
                let force = exaggeration * f.attraction[axis] - f.repulsion[axis] / all;
                self.gradient[axis][i] = (4.0 * force) as f32;
            }
        }
    }

    /// Kullback-Leibler divergence of the positions' probabilities from `p`, in nats.
    pub fn divergence(&self) -> f64 {
        let [x, y] = &self.at;
        let n = x.len();
        let (mut sum, mut all) = (0.0, 0.0);
        for i in 0..n {
            for j in (0..n).filter(|j| *j != i) {
                let (dx, dy) = (f64::from(x[i] - x[j]), f64::from(y[i] - y[j]));
                let closeness = 1.0 / (1.0 + dx * dx + dy * dy);
                let p = f64::from(self.p[i * n + j]);
                all += closeness;
                sum += if p > 0.0 { p * (p / closeness).ln() } else { 0.0 };
            }
        }
        let p: f64 = self.p.iter().map(|p| f64::from(*p)).sum();
        sum + p * all.ln()
    }

    /// Positions `[n, 2]`.
    pub fn positions(&self) -> Vec<[f32; 2]> {
        let [x, y] = &self.at;
        x.iter().zip(y).map(|(x, y)| [*x, *y]).collect()
    }
}

/// What all others do to one position.
struct Forces {
    attraction: [f64; 2],
    repulsion: [f64; 2],
    /// Sum of the closenesses `1 / (1 + d²)`, its own 1 among them.
    closeness: f64,
}

fn forces(p: &[f32], x: &[f32], y: &[f32], px: f32, py: f32) -> Forces {
    let mut sums = [0.0; 5];
    let mut terms = [[0.0; BLOCK]; 5];
    for ((p, x), y) in p.chunks(BLOCK).zip(x.chunks(BLOCK)).zip(y.chunks(BLOCK)) {
        // Terms first and sums after them: compilers make vector instructions of both loops, but
        // not of one that does both.
        let [ax, ay, rx, ry, c] = &mut terms;
        let [ax, ay, rx, ry, c] = [ax, ay, rx, ry, c].map(|terms| &mut terms[..p.len()]);
        let (x, y) = (&x[..p.len()], &y[..p.len()]);
        for j in 0..p.len() {
            let (dx, dy) = (px - x[j], py - y[j]);
            let closeness = 1.0 / (1.0 + dx * dx + dy * dy);
            let (pull, push) = (p[j] * closeness, closeness * closeness);
            (ax[j], ay[j], rx[j], ry[j]) = (pull * dx, pull * dy, push * dx, push * dy);
            c[j] = closeness;
        }
        for (sum, terms) in sums.iter_mut().zip([ax, ay, rx, ry, c]) {
            *sum += total(terms);
        }
    }
    let [ax, ay, rx, ry, closeness] = sums;
    Forces { attraction: [ax, ay], repulsion: [rx, ry], closeness }
}

fn total(terms: &[f32]) -> f64 {
    let (all, rest) = terms.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for terms in all {
        for l in 0..LANES {
            lanes[l] += terms[l];
        }
    }
    lanes.iter().chain(rest).map(|v| f64::from(*v)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::clusters;
    use super::super::{Vectors, affinity};
    use super::*;

    #[test]
    fn the_gradient_is_the_slope_of_the_divergence() {
        // More than one block, and a rest.
        let n = BLOCK + LANES + 3;
        let values = clusters(n, 3);
        let p = affinity::joint(Vectors::new(&values, 3).unwrap(), 20.0);
        let start: Vec<[f32; 2]> = values.chunks(3).map(|v| [v[0], v[1] - v[2]]).collect();
        let mut descent = Descent::new(&p, &start);
        descent.slope(1.0);
        for (i, axis) in [(0, 0), (0, 1), (7, 0), (BLOCK, 1), (n - 1, 0), (n - 1, 1)] {
            // A power of two: moving by it is exact.
            let h = 1.0 / 128.0;
            let mut at = |by: f32| {
                descent.at[axis][i] = start[i][axis] + by;
                descent.divergence()
            };
            let numeric = (at(h) - at(-h)) / f64::from(2.0 * h);
            at(0.0);
            let got = f64::from(descent.gradient[axis][i]);
            assert!((got - numeric).abs() < 1e-3 * numeric.abs() + 1e-8, "{got} {numeric}");
        }
    }
}
