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
        let rows = self.p.chunks_exact(n).enumerate();
        let forces: Vec<Forces> = rows.map(|(i, p)| forces(p, x, y, i)).collect();
        let all = forces.iter().map(|f| f.closeness).sum::<f64>().max(f64::MIN_POSITIVE);
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
    /// Sum of the closenesses `1 / (1 + d²)`.
    closeness: f64,
}

/// Of all positions x, y `[n]`, with probabilities `p` `[n]`, on position `i`.
fn forces(p: &[f32], x: &[f32], y: &[f32], i: usize) -> Forces {
    let (px, py) = (x[i], y[i]);
    let mut sums = [0.0; 5];
    let mut terms = [[0.0; BLOCK]; 5];
    let blocks = p.chunks(BLOCK).zip(x.chunks(BLOCK)).zip(y.chunks(BLOCK));
    for (block, ((p, x), y)) in blocks.enumerate() {
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
        // Its own closeness is no pair's, and would swallow those of far ones.
        if let Some(own) = i.checked_sub(block * BLOCK).and_then(|own| c.get_mut(own)) {
            *own = 0.0;
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

    /// Positions `[n, 2]` in a square of about 10 times `scale`, `h` a small part of it.
    fn check(n: usize, scale: f32, h: f32) {
        let values = clusters(n, 3);
        let p = affinity::joint(Vectors::new(&values, 3).unwrap(), 3.0);
        let place = |v: &[f32]| [scale * v[0], scale * (v[1] - v[2])];
        let start: Vec<[f32; 2]> = values.chunks(3).map(place).collect();
        let mut descent = Descent::new(&p, &start);
        descent.slope(1.0);
        for (i, axis) in [(0, 0), (0, 1), (7, 0), (n / 2, 1), (n - 1, 0), (n - 1, 1)] {
            let mut at = |by: f32| {
                descent.at[axis][i] = start[i][axis] + by;
                (descent.at[axis][i], descent.divergence())
            };
            let (down, up) = (at(-h), at(h));
            at(0.0);
            let numeric = (up.1 - down.1) / f64::from(up.0 - down.0);
            let got = f64::from(descent.gradient[axis][i]);
            let near = (got - numeric).abs() < 2e-3 * numeric.abs() + 1e-7 / f64::from(scale);
            assert!(near, "{n} at {scale}, row {i}: {got} {numeric}");
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_divergence() {
        // More than one block, and a rest.
        check(BLOCK + LANES + 3, 1.0, 0.01);
        check(12, 1.0, 0.01);
        check(12, 1e4, 10.0);
    }
}
