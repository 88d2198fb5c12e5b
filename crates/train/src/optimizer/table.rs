//! Updates of the embedding table that cost by the rows a step touches.

use super::{Touched, corrections, update};
use crate::checkpoint::writer::{CheckpointWriter, TableRows};
use crate::config::EmbeddingOptimizer;
use crate::error::Result;
use crate::ranks::table_shard::TableShard;
use ssim_core::Error;
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::parallel;
use ssim_core::subnormal::{as_zero, cut};

/// Rows replayed per task when the whole table is brought up to date.
const BLOCK: usize = 8192;
/// Missed steps between two checks whether a row has decayed to nothing.
const STRIDE: usize = 64;
/// A weight and its momentum below this bound count as decayed to 0.
const NOTHING: f32 = 1e-20;

/// The optimiser of one embedding table `[N, D]`.
///
/// With [`EmbeddingOptimizer::Adam`] the table moves exactly as under dense Adam with coupled L2,
/// which also moves rows that a batch does not contain. Those steps are replayed when the row is
/// next needed: [`TableOptimizer::catch_up`] before rows are read, [`TableOptimizer::flush`]
/// before the whole table is.
pub struct TableOptimizer {
    kind: EmbeddingOptimizer,
    dim: usize,
    offsets: Vec<usize>,
    lr: f64,
    l2: f32,
    step: u64,
    /// Adam's corrections of every step so far: a deferred step is replayed with its own corrections.
    rates: Vec<(f32, f32)>,
    /// First moments `[N, D]`, or nothing (rowwise Adagrad).
    m: Vec<f32>,
    /// Second moments `[N, D]`, or one sum per row `[N]` (rowwise Adagrad).
    v: Vec<f32>,
    /// Steps each row has seen, `[N]`; kept where steps are deferred.
    last: Vec<u32>,
}

/// The rows of one field, cut out of the table and its moments.
struct FieldRows<'a> {
    first: usize,
    w: &'a mut [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
    last: &'a mut [u32],
}

impl TableOptimizer {
    /// An optimiser with zero moments; `offsets` `[F]` are the first ids of the fields.
    pub fn new(
        kind: EmbeddingOptimizer,
        table: &Embedding,
        offsets: &[u32],
        lr: f64,
        l2: f64,
    ) -> Self {
        let rows = table.rows();
        let [m, v, last] = widths(kind, table.dim()).map(|width| width * rows);
        let ends = offsets.iter().skip(1).map(|o| *o as usize).chain([rows]);
        Self {
            kind,
            dim: table.dim(),
            offsets: std::iter::once(0).chain(ends).collect(),
            lr,
            l2: l2 as f32,
            step: 0,
            rates: Vec::new(),
            m: vec![0.0; m],
            v: vec![0.0; v],
            last: vec![0; last],
        }
    }

    /// Replays the steps that the touched rows have missed.
    pub fn catch_up(&mut self, table: &mut Embedding, touched: &Touched) {
        if self.kind != EmbeddingOptimizer::Adam {
            return;
        }
        let (dim, l2) = (self.dim, self.l2);
        let (fields, rates) = self.split(table);
        let tasks = fields.into_iter().zip(&touched.fields).collect();
        parallel::compute(tasks, |(mut rows, touched): (FieldRows, _)| {
            touched.ids.iter().for_each(|id| rows.replay(*id as usize, dim, l2, rates));
        });
    }

    /// Takes one step; `gradient` gives that of a place of a field, `[D]`. The touched rows must have been caught up.
    pub fn step<'g>(
        &mut self,
        table: &mut Embedding,
        touched: &Touched,
        gradient: impl Fn(usize, usize) -> &'g [f32] + Sync,
    ) {
        self.step += 1;
        let rate = corrections(self.lr, self.step);
        if self.kind == EmbeddingOptimizer::Adam {
            self.rates.push(rate);
        }
        let (dim, l2, kind, lr) = (self.dim, self.l2, self.kind, self.lr as f32);
        let now = self.step as u32;
        let (fields, _) = self.split(table);
        let tasks = fields.into_iter().zip(&touched.fields).enumerate().collect();
        parallel::compute(tasks, |(f, (mut rows, touched)): (usize, (FieldRows, _))| {
            let mut sum = vec![0f32; dim];
            for (id, places) in touched.iter() {
                sum.fill(0.0);
                for place in places {
                    let g = gradient(*place as usize, f);
                    sum.iter_mut().zip(g).for_each(|(s, g)| *s += g);
                }
                match kind {
                    EmbeddingOptimizer::RowwiseAdagrad => rows.adagrad(id as usize, &sum, lr, l2),
                    _ => rows.adam(id as usize, &sum, rate, l2, now),
                }
            }
        });
    }

    /// Brings every row up to date.
    pub fn flush(&mut self, table: &mut Embedding) {
        if self.kind != EmbeddingOptimizer::Adam {
            return;
        }
        let (dim, l2, rates) = (self.dim, self.l2, &self.rates);
        let blocks = table
            .values_mut()
            .chunks_mut(BLOCK * dim)
            .zip(self.m.chunks_mut(BLOCK * dim))
            .zip(self.v.chunks_mut(BLOCK * dim))
            .zip(self.last.chunks_mut(BLOCK))
            .map(|(((w, m), v), last)| FieldRows { first: 0, w, m, v, last })
            .collect();
        parallel::compute(blocks, |mut rows: FieldRows| {
            (0..rows.last.len()).for_each(|id| rows.replay(id, dim, l2, rates));
        });
    }

    /// Row `id` as it would be once caught up, `[D]`; nothing is changed.
    pub fn peek(&self, table: &Embedding, id: u32) -> Vec<f32> {
        let (dim, id) = (self.dim, id as usize);
        let cells = id * dim..(id + 1) * dim;
        let mut w = table.values()[cells.clone()].to_vec();
        if self.kind == EmbeddingOptimizer::Adam {
            let (mut m, mut v) = (self.m[cells.clone()].to_vec(), self.v[cells].to_vec());
            let last = &mut [self.last[id]];
            let mut row = FieldRows { first: id, w: &mut w, m: &mut m, v: &mut v, last };
            as_zero(|| row.replay(id, dim, self.l2, &self.rates));
        }
        w
    }

    /// Cuts the table and its moments by field.
    fn split<'a>(&'a mut self, table: &'a mut Embedding) -> (Vec<FieldRows<'a>>, &'a [(f32, f32)]) {
        let [of_m, of_v, of_last] = widths(self.kind, self.dim);
        let (mut w, mut m) = (table.values_mut(), &mut self.m[..]);
        let (mut v, mut last) = (&mut self.v[..], &mut self.last[..]);
        let fields = self.offsets.windows(2).map(|bounds| {
            let n = bounds[1] - bounds[0];
            FieldRows {
                first: bounds[0],
                w: take(&mut w, n * self.dim),
                m: take(&mut m, n * of_m),
                v: take(&mut v, n * of_v),
                last: take(&mut last, n * of_last),
            }
        });
        (fields.collect(), &self.rates)
    }

    /// Writes the state under `prefix`.
    pub(crate) fn save<'a>(&'a self, prefix: &str, to: &mut CheckpointWriter<'a>) {
        to.arrays.put(&format!("{prefix}step"), &[1], &[self.step]);
        let [m, v, last] = widths(self.kind, self.dim);
        to.rows(&format!("{prefix}m"), TableRows::F32(&self.m), m);
        to.rows(&format!("{prefix}v"), TableRows::F32(&self.v), v);
        to.rows(&format!("{prefix}last"), TableRows::U32(&self.last), last);
    }

    /// Reads back the state of the rows that a rank keeps, which was written after so many steps.
    ///
    /// # Errors
    /// When a part is missing, of another length, or of another step.
    pub(crate) fn load(
        &mut self,
        prefix: &str,
        arrays: &Container,
        shard: TableShard,
        steps: u64,
    ) -> Result<()> {
        let [m, v, last] = widths(self.kind, self.dim);
        self.step = arrays.get_n::<u64>(&format!("{prefix}step"), 1)?[0];
        if self.step != steps {
            let text = format!("array \"{prefix}step\": expected {steps}, got {}", self.step);
            return Err(Error::File(text).into());
        }
        self.m = shard.read(arrays, &format!("{prefix}m"), m)?;
        self.v = shard.read(arrays, &format!("{prefix}v"), v)?;
        self.last = shard.read(arrays, &format!("{prefix}last"), last)?;
        if let Some(last) = self.last.iter().find(|last| u64::from(**last) > steps) {
            let text = format!("array \"{prefix}last\": expected at most {steps}, got {last}");
            return Err(Error::File(text).into());
        }
        self.rates.clear();
        if self.kind == EmbeddingOptimizer::Adam {
            self.rates.extend((1..=self.step).map(|t| corrections(self.lr, t)));
        }
        Ok(())
    }
}

/// Values of a row's first moments, second moments and steps.
fn widths(kind: EmbeddingOptimizer, dim: usize) -> [usize; 3] {
    match kind {
        EmbeddingOptimizer::Adam => [dim, dim, 1],
        EmbeddingOptimizer::LazyAdam => [dim, dim, 0],
        EmbeddingOptimizer::RowwiseAdagrad => [0, 1, 0],
    }
}

fn take<'a, T>(rest: &mut &'a mut [T], n: usize) -> &'a mut [T] {
    let (head, tail) = std::mem::take(rest).split_at_mut(n);
    *rest = tail;
    head
}

impl FieldRows<'_> {
    /// Takes the steps that row `id` has missed, whose gradient is its L2 term alone.
    fn replay(&mut self, id: usize, dim: usize, l2: f32, rates: &[(f32, f32)]) {
        let row = id - self.first;
        let seen = std::mem::replace(&mut self.last[row], rates.len() as u32) as usize;
        let cells = row * dim..(row + 1) * dim;
        let (w, m, v) =
            (&mut self.w[cells.clone()], &mut self.m[cells.clone()], &mut self.v[cells]);
        for some in rates[seen..].chunks(STRIDE) {
            let gone = |x: &[f32]| x.iter().all(|x| x.abs() < NOTHING);
            if gone(w) && gone(m) {
                // What is left would only be denormal arithmetic on the way to 0.
                w.fill(0.0);
                m.fill(0.0);
                v.fill(0.0);
                return;
            }
            for rate in some {
                for ((w, m), v) in w.iter_mut().zip(m.iter_mut()).zip(v.iter_mut()) {
                    let g = l2 * *w;
                    update(w, m, v, g, *rate);
                }
            }
        }
    }

    fn adam(&mut self, id: usize, sum: &[f32], rate: (f32, f32), l2: f32, now: u32) {
        let row = id - self.first;
        let cells = row * sum.len()..(row + 1) * sum.len();
        if let Some(last) = self.last.get_mut(row) {
            *last = now;
        }
        let moments = self.m[cells.clone()].iter_mut().zip(&mut self.v[cells.clone()]);
        for ((w, g), (m, v)) in self.w[cells].iter_mut().zip(sum).zip(moments) {
            let g = g + l2 * *w;
            update(w, m, v, g, rate);
        }
    }

    fn adagrad(&mut self, id: usize, sum: &[f32], lr: f32, l2: f32) {
        let row = id - self.first;
        let w = &mut self.w[row * sum.len()..(row + 1) * sum.len()];
        let squares: f32 = w.iter().zip(sum).map(|(w, g)| (g + l2 * w).powi(2)).sum();
        self.v[row] += squares / sum.len() as f32;
        let rate = lr / (self.v[row].sqrt() + super::EPSILON);
        w.iter_mut().zip(sum).for_each(|(w, g)| *w = cut(*w - rate * (g + l2 * *w)));
    }
}
