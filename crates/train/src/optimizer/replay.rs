//! The steps that table rows have missed, whose gradient was the L2 term alone.

use super::fresh::Fresh;
use super::{BETA1, BETA2, EPSILON, NOTHING, Rate, corrections, is_calm, steps_without_gradient};
use ssim_core::subnormal::cut;
use std::ops::Range;

/// Values that are replayed side by side, so many that their weights and moments stay in the first cache.
const VALUES: usize = 1024;
/// Values in a line of the cache.
const LINE: usize = 16;
/// Steps between two checks whether a row has come to rest.
const CHECK: usize = 64;
/// Without a gradient momentum moves a value less than 64 times as far as in its next step, since Σ 0.9ⁿ is
/// 10 and the bias corrections grow slower than √n. A value does not change by a move below its 2⁻²⁵th part.
const UNFELT: f32 = 1.0 / (64.0 * (1u32 << 25) as f32);

/// The steps that a table has taken so far, of which rows have missed some.
pub(super) struct Steps {
    dim: usize,
    lr: f64,
    l2: f32,
    /// The size below which a value counts as 0.
    nothing: f32,
    /// The corrections of every step: a missed step is replayed with its own.
    rates: Vec<Rate>,
    /// The states of rows that no batch has touched, where they are known.
    fresh: Option<Fresh>,
}

/// Weights and moments of rows, `[n, D]`, and the steps that each row has seen, `[n]`.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub w: &'a [f32],
    pub m: &'a [f32],
    pub v: &'a [f32],
    pub last: &'a [u32],
}

impl Steps {
    /// No steps, of rows of width `dim`.
    pub fn new(dim: usize, lr: f64, l2: f64) -> Self {
        let calm = is_calm(lr, l2);
        let nothing = if calm { NOTHING } else { 0.0 };
        let fresh = (l2 > 0.0 && calm).then(|| Fresh::new(l2 as f32));
        Self { dim, lr, l2: l2 as f32, nothing, rates: Vec::new(), fresh }
    }

    /// Adds a step.
    pub fn add(&mut self) {
        let rate = corrections(self.lr, self.rates.len() as u64 + 1);
        self.rates.push(rate);
        self.fresh.iter_mut().for_each(|fresh| fresh.step(rate));
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.rates.len()
    }

    /// The number of rows that are replayed side by side.
    pub fn rows_at_once(&self) -> usize {
        (VALUES / self.dim).max(1)
    }

    /// Copies of some of the rows that have missed steps, brought up to date. The caller names the rows by
    /// `places`, in the order of [`Steps::stale`]; `row` says where a place's row is in `stored`.
    pub fn replay(&self, places: &[usize], row: impl Fn(usize) -> usize, stored: Stored) -> Group {
        let last = places.iter().map(|place| stored.last[row(*place)] as usize).collect();
        let mut group = Group::new(places.to_vec(), last, self.dim);
        let [w, m, v] = group.parts();
        for (at, place) in places.iter().enumerate() {
            let (to, from) = (at * self.dim, row(*place) * self.dim);
            for (to, from) in (to..to + self.dim).zip(from..from + self.dim) {
                (w[to], m[to], v[to]) = (stored.w[from], stored.m[from], stored.v[from]);
            }
        }
        group.run(self);
        group
    }

    /// The places whose row has missed steps, in the order in which they were left.
    pub fn stale(
        &self,
        places: impl Iterator<Item = usize>,
        last: impl Fn(usize) -> u32,
    ) -> Vec<usize> {
        let now = self.rates.len();
        let mut stale: Vec<usize> = places.filter(|at| (last(*at) as usize) < now).collect();
        stale.sort_by_key(|at| last(*at));
        stale
    }
}

/// Copies of a few rows, brought up to date side by side. The row that was left first begins, and each
/// of the others joins at its own step. The result of a row does not depend on the others.
pub(super) struct Group {
    /// The caller's names of the rows.
    pub places: Vec<usize>,
    /// Steps that the rows had seen, ascending.
    last: Vec<usize>,
    dim: usize,
    /// Weights, first and second moments, `[n, D]` each; see [`Group::parts`].
    values: Vec<f32>,
    skip: usize,
    stride: usize,
}

impl Group {
    fn new(places: Vec<usize>, last: Vec<usize>, dim: usize) -> Self {
        // The widest vectors must not lie across two lines of the cache, and the processor must not take
        // the three parts for one another, which it does where they are a multiple of 4096 bytes apart.
        let stride = (places.len() * dim).next_multiple_of(LINE) + VALUES / 3 / LINE * LINE;
        let values = vec![0.0; LINE + 3 * stride];
        let skip = values.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
        Self { places, last, dim, values, skip, stride }
    }

    /// Weight, first and second moments of the row of `places[at]`, `[D]` each.
    pub fn row(&self, at: usize) -> [&[f32]; 3] {
        let from = self.skip + at * self.dim;
        [0, 1, 2].map(|part| &self.values[from + part * self.stride..][..self.dim])
    }

    /// Weights, first and second moments, `[n, D]` each.
    #[inline(always)]
    fn parts(&mut self) -> [&mut [f32]; 3] {
        let n = self.places.len() * self.dim;
        let (w, rest) = self.values[self.skip..].split_at_mut(self.stride);
        let (m, v) = rest.split_at_mut(self.stride);
        [&mut w[..n], &mut m[..n], &mut v[..n]]
    }

    #[inline(always)]
    fn run(&mut self, steps: &Steps) {
        let now = steps.len();
        // The rows from..to are under way. Those before them are done, those behind them have not begun.
        let mut from = self.fresh(steps);
        let mut to = from;
        let mut t = self.last.get(from).map_or(now, |last| *last);
        while t < now {
            let begun = to;
            to += self.last[to..].iter().take_while(|last| **last <= t).count();
            for row in if t.is_multiple_of(CHECK) { from } else { begun }..to {
                if self.rests(row, steps, t) {
                    self.swap(row, from);
                    from += 1;
                }
            }
            let next = self.last.get(to).map_or(now, |last| *last);
            if from == to {
                t = next;
                continue;
            }
            let end = next.min((t / CHECK + 1) * CHECK).min(now);
            let [w, m, v] = self.rows(from..to);
            steps_without_gradient(w, m, v, steps.l2, &steps.rates[t..end]);
            t = end;
        }
    }

    /// Takes the rows that no batch has touched to where they are now, and returns their number. They
    /// stand first.
    #[inline(always)]
    fn fresh(&mut self, steps: &Steps) -> usize {
        let Some(fresh) = &steps.fresh else { return 0 };
        let mut done = 0;
        for row in 0..self.last.iter().filter(|last| **last == 0).count() {
            let [w, m, v] = self.rows(row..row + 1);
            if w.iter().all(|w| fresh.knows(*w)) {
                for (w, (m, v)) in w.iter_mut().zip(m.iter_mut().zip(v)) {
                    [*w, *m, *v] = fresh.at(*w);
                }
                self.swap(row, done);
                done += 1;
            }
        }
        done
    }

    /// Whether no step from `t` on can be felt in a row. If so, takes it to where it is now.
    #[inline(always)]
    fn rests(&mut self, row: usize, steps: &Steps, t: usize) -> bool {
        let [w, m, v] = self.rows(row..row + 1);
        let (step, scale) = steps.rates[t];
        let is_gone = |x: &[f32]| x.iter().all(|x| x.abs() <= steps.nothing);
        let is_still = |((w, m), v): ((&f32, &f32), &f32)| {
            step * m.abs() <= UNFELT * w.abs() * (v.sqrt() * scale + EPSILON)
        };
        let gone = is_gone(w) && is_gone(m);
        if !gone && (steps.l2 > 0.0 || !w.iter().zip(&*m).zip(&*v).all(is_still)) {
            return false;
        }
        let left = (steps.len() - t) as f64;
        let kept = [BETA1, BETA2].map(|beta| beta.powf(left) as f32);
        if gone {
            w.fill(0.0);
            m.fill(0.0);
        }
        m.iter_mut().for_each(|m| *m = cut(*m * kept[0]));
        v.iter_mut().for_each(|v| *v = cut(*v * kept[1]));
        true
    }

    /// The parts of some rows.
    #[inline(always)]
    fn rows(&mut self, rows: Range<usize>) -> [&mut [f32]; 3] {
        let cells = rows.start * self.dim..rows.end * self.dim;
        self.parts().map(|part| &mut part[cells.clone()])
    }

    #[inline(always)]
    fn swap(&mut self, a: usize, b: usize) {
        if a != b {
            self.places.swap(a, b);
            let dim = self.dim;
            for part in self.parts() {
                (0..dim).for_each(|i| part.swap(a * dim + i, b * dim + i));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::update;
    use ssim_core::rng::Stream;

    /// A row with its width, moments and gap drawn at random, after the steps that it has missed.
    struct Case {
        dim: usize,
        w: Vec<f32>,
        m: Vec<f32>,
        v: Vec<f32>,
        last: Vec<u32>,
    }

    impl Case {
        fn draw(stream: &mut Stream, now: usize) -> Self {
            let dim = 1 + (stream.unit() * 40.0) as usize;
            let n = 1 + (stream.unit() * 300.0) as usize;
            let last: Vec<u32> =
                (0..n).map(|_| (stream.unit() * (now + 1) as f64) as u32).collect();
            // Sizes from 1e-12 to 10. A third of the moments are 0, and all of rows that no batch has touched.
            let mut draw = |signed: bool| {
                let size = 10f64.powf(13.0 * stream.unit() - 12.0);
                let sign = if signed && stream.unit() < 0.5 { -1.0 } else { 1.0 };
                (sign * size) as f32
            };
            let w: Vec<f32> = (0..n * dim).map(|_| draw(true)).collect();
            let moves = |i: usize| !i.is_multiple_of(3) && last[i / dim] > 0;
            let m = (0..n * dim).map(|i| if moves(i) { draw(true) } else { 0.0 }).collect();
            let v = (0..n * dim).map(|i| if moves(i) { draw(false) } else { 0.0 }).collect();
            Self { dim, w, m, v, last }
        }

        fn stored(&self) -> Stored<'_> {
            Stored { w: &self.w, m: &self.m, v: &self.v, last: &self.last }
        }
    }

    fn steps(dim: usize, lr: f64, l2: f64, n: usize) -> Steps {
        let mut steps = Steps::new(dim, lr, l2);
        (0..n).for_each(|_| steps.add());
        steps
    }

    #[test]
    fn rows_side_by_side_are_rows_step_by_step() {
        let mut stream = Stream::new(1, "replay", &[]);
        for (case, l2) in [0.0, 1e-6, 3e-6, 1e-3].into_iter().cycle().take(24).enumerate() {
            let now = 1 + (stream.unit() * 500.0) as usize;
            let rows = Case::draw(&mut stream, now);
            let steps = steps(rows.dim, 1e-3, l2, now);
            let stale = steps.stale(0..rows.last.len(), |row| rows.last[row]);
            let behind = rows.last.iter().filter(|last| (**last as usize) < now).count();
            assert_eq!(stale.len(), behind);
            for places in stale.chunks(steps.rows_at_once()) {
                let group = steps.replay(places, |row| row, rows.stored());
                for (at, row) in group.places.iter().enumerate() {
                    for i in 0..rows.dim {
                        let cell = row * rows.dim + i;
                        let (mut w, mut m, mut v) = (rows.w[cell], rows.m[cell], rows.v[cell]);
                        for rate in &steps.rates[rows.last[*row] as usize..] {
                            let g = l2 as f32 * w;
                            update(&mut w, &mut m, &mut v, g, *rate);
                        }
                        let [got_w, got_m, got_v] = group.row(at).map(|part| part[i]);
                        let told = format!("case {case}, row {row}, value {i}: {got_w} for {w}");
                        // Rows that no batch has touched lie between two known ways, others go their own.
                        let start = rows.w[cell].abs();
                        let (bound, of_m) = match rows.last[*row] {
                            0 if start < 1.0 => (2e-7, 1e-4 * l2 as f32 * start),
                            _ => (2.0 * NOTHING, 1e-4 * m.abs()),
                        };
                        assert!((got_w - w).abs() <= bound, "{told}");
                        assert!((got_m - m).abs() <= of_m + 2.0 * NOTHING, "m of {told}");
                        // A step may cut off the smallest normal number, and a thousand steps add up in v.
                        assert!(
                            (got_v - v).abs() <= 1e-3 * v + 1e3 * f32::MIN_POSITIVE,
                            "v {got_v:e} for {v:e} of {told}"
                        );
                    }
                }
            }
        }
    }
}
