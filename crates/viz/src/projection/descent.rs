//! Gradient descent for t-SNE: the forces between all pairs of positions, and steps along them.

/// Number of sums that run side by side, so that the compiler can use vector instructions.
const LANES: usize = 8;
/// Number of terms that are added in single precision before their sum is added to a double.
const BLOCK: usize = 512;

/// Positions that move downhill step by step.
pub struct Descent<'a> {
    /// Joint probabilities `[n, n]`.
    p: &'a [f32],
    /// Positions by axis `[2][n]`. The fields below have the same shape.
    at: [Vec<f32>; 2],
    velocity: [Vec<f32>; 2],
    gain: [Vec<f32>; 2],
    gradient: [Vec<f32>; 2],
}

impl<'a> Descent<'a> {
    /// Begins at rest at the positions `start` `[n, 2]`, with joint probabilities `p` `[n, n]`.
    pub fn new(p: &'a [f32], start: &[[f32; 2]]) -> Self {
        let filled = |value: f32| [0, 1].map(|_| vec![value; start.len()]);
        let at = [0, 1].map(|axis| start.iter().map(|s| s[axis]).collect());
        Self { p, at, velocity: filled(0.0), gain: filled(1.0), gradient: filled(0.0) }
    }

    /// Takes one step with momentum. Every coordinate has a gain that grows while its direction
    /// stays the same (Jacobs, 1988; the constants are those of van der Maaten and of
    /// scikit-learn).
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

    /// Computes the gradient of the divergence, with `p` multiplied by `exaggeration` (van der
    /// Maaten and Hinton, 2008, equation 5).
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

    /// Kullback-Leibler divergence between `p` and the positions' probabilities, in nats.
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

    /// The positions `[n, 2]`.
    pub fn positions(&self) -> Vec<[f32; 2]> {
        let [x, y] = &self.at;
        x.iter().zip(y).map(|(x, y)| [*x, *y]).collect()
    }
}

/// The forces of all other positions on one position.
struct Forces {
    attraction: [f64; 2],
    repulsion: [f64; 2],
    /// Sum of the closenesses `1 / (1 + d²)`.
    closeness: f64,
}

/// The forces of all positions x, y `[n]` on position `i`, with row `i` of the probabilities in `p`
/// `[n]`.
fn forces(p: &[f32], x: &[f32], y: &[f32], i: usize) -> Forces {
    let (px, py) = (x[i], y[i]);
    let mut sums = [0.0; 5];
    let mut terms = [[0.0; BLOCK]; 5];
    let blocks = p.chunks(BLOCK).zip(x.chunks(BLOCK)).zip(y.chunks(BLOCK));
    for (block, ((p, x), y)) in blocks.enumerate() {
        // The terms are computed first and summed afterwards: compilers use vector instructions for
        // each of the two loops, but not for one loop that does both.
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
        // The closeness of `i` to itself is 1 and belongs to no pair. In single precision it would
        // also swallow the closeness of far positions.
        if let Some(itself) = i.checked_sub(block * BLOCK).and_then(|j| c.get_mut(j)) {
            *itself = 0.0;
        }
        for (sum, terms) in sums.iter_mut().zip([ax, ay, rx, ry, c]) {
            *sum += total(terms);
        }
    }
    let [ax, ay, rx, ry, closeness] = sums;
    Forces { attraction: [ax, ay], repulsion: [rx, ry], closeness }
}

/// The sum of the terms, added in single precision lane by lane and then in double precision.
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

    /// Compares the gradient with differences of the divergence, for `n` positions in a square with
    /// sides of about 10 times `scale`. `h` is the step of the differences.
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
        // More than one block, and a rest that fills no lanes.
        check(BLOCK + LANES + 3, 1.0, 0.01);
        check(12, 1.0, 0.01);
        check(12, 1e4, 10.0);
    }
}
