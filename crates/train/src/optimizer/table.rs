//! Updates of the embedding table that cost by the rows a step touches.

use super::replay::{Steps, Stored};
use super::{Rate, Touched, corrections, step};
use crate::checkpoint::writer::{CheckpointWriter, TableRows};
use crate::config::EmbeddingOptimizer;
use crate::error::Result;
use crate::ranks::table_shard::TableShard;
use ssim_core::Error;
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::parallel;
use ssim_core::subnormal::cut;
use std::ops::Range;

/// Rows brought up to date per task.
pub(super) const BLOCK: usize = 8192;

/// The optimiser of one embedding table `[N, D]`.
///
/// With [`EmbeddingOptimizer::Adam`] the table moves as under dense Adam with coupled L2, which also
/// moves rows that a batch does not contain. The table keeps such rows as the last batch that touched
/// them left them. Their steps are replayed when a batch touches them again
/// ([`TableOptimizer::catch_up`]), and on copies when somebody reads them ([`TableOptimizer::read`],
/// [`TableOptimizer::copy`]).
pub struct TableOptimizer {
    kind: EmbeddingOptimizer,
    dim: usize,
    lr: f64,
    l2: f64,
    step: u64,
    /// The step after which the whole table was last brought up to date.
    flushed: u64,
    /// The steps that rows may have missed; none where no step is deferred.
    pub(super) steps: Steps,
    /// First moments `[N, D]`, or nothing (rowwise Adagrad).
    m: Vec<f32>,
    /// Second moments `[N, D]`, or one sum per row `[N]` (rowwise Adagrad).
    v: Vec<f32>,
    /// Steps each row has seen, `[N]`; kept where steps are deferred.
    last: Vec<u32>,
}

/// The state of a table's optimiser, to be copied to a device.
#[cfg(feature = "device")]
pub(crate) struct TableState<'a> {
    pub kind: EmbeddingOptimizer,
    pub lr: f64,
    pub l2: f64,
    pub step: u64,
    /// As the fields of [`TableOptimizer`] with these names.
    pub m: &'a [f32],
    pub v: &'a [f32],
    pub last: &'a [u32],
}

/// Neighbouring rows, cut out of the table and its moments.
struct Part<'a> {
    first: usize,
    w: &'a mut [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
    last: &'a mut [u32],
}

impl TableOptimizer {
    /// An optimiser with zero moments.
    pub fn new(kind: EmbeddingOptimizer, table: &Embedding, lr: f64, l2: f64) -> Self {
        let [m, v, last] = widths(kind, table.dim()).map(|width| width * table.rows());
        Self {
            kind,
            dim: table.dim(),
            lr,
            l2,
            step: 0,
            flushed: 0,
            steps: Steps::new(table.dim(), lr, l2),
            m: vec![0.0; m],
            v: vec![0.0; v],
            last: vec![0; last],
        }
    }

    /// The state, for a device.
    #[cfg(feature = "device")]
    pub(crate) fn state(&self) -> TableState<'_> {
        let Self { kind, lr, l2, step, m, v, last, .. } = self;
        TableState { kind: *kind, lr: *lr, l2: *l2, step: *step, m, v, last }
    }

    /// Takes over what a device has learnt until step `step`.
    #[cfg(feature = "device")]
    pub(crate) fn set_state(&mut self, step: u64, m: Vec<f32>, v: Vec<f32>, last: Vec<u32>) {
        (self.step, self.flushed) = (step, 0);
        (self.m, self.v, self.last) = (m, v, last);
        if self.kind == EmbeddingOptimizer::Adam {
            (self.steps.len() as u64..step).for_each(|_| self.steps.add());
        }
    }

    /// Whether rows of the table may have missed steps, so that they must be read through the optimiser.
    pub fn is_behind(&self) -> bool {
        self.kind == EmbeddingOptimizer::Adam && self.step > self.flushed
    }

    fn has_missed(&self, id: u32) -> bool {
        u64::from(self.last[id as usize]) < self.step
    }

    /// The table with its moments.
    pub(super) fn stored<'a>(&'a self, table: &'a Embedding) -> Stored<'a> {
        Stored { w: table.values(), m: &self.m, v: &self.v, last: &self.last }
    }

    /// Replays the steps that the touched rows have missed.
    pub fn catch_up(&mut self, table: &mut Embedding, touched: &Touched) {
        if !self.is_behind() {
            return;
        }
        let mut pieces = touched.pieces();
        // In a short table most pieces have missed nothing, and waking a worker takes longer than looking.
        pieces.retain(|piece| piece.ids().iter().any(|id| self.has_missed(*id)));
        let spans = pieces.iter().map(|piece| piece.rows());
        self.change(table, spans.collect(), |i, part, steps| {
            let first = part.first;
            part.catch_up(pieces[i].ids().iter().map(|id| *id as usize - first), steps);
        });
    }

    /// Brings every row up to date in its place.
    pub fn flush(&mut self, table: &mut Embedding) {
        if !self.is_behind() {
            return;
        }
        let blocks = (0..table.rows()).step_by(BLOCK);
        let spans = blocks.map(|from| from..table.rows().min(from + BLOCK));
        self.change(table, spans.collect(), |_, part, steps| {
            part.catch_up(0..part.last.len(), steps);
        });
        self.flushed = self.step;
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
            self.steps.add();
        }
        let (dim, l2, kind, lr) = (self.dim, self.l2 as f32, self.kind, self.lr as f32);
        let now = self.step as u32;
        let pieces = touched.pieces();
        let spans = pieces.iter().map(|piece| piece.rows());
        self.change(table, spans.collect(), |i, part, _| {
            let mut sum = vec![0f32; dim];
            for (id, places) in pieces[i].iter() {
                sum.fill(0.0);
                for place in places {
                    let g = gradient(*place as usize, pieces[i].f);
                    sum.iter_mut().zip(g).for_each(|(s, g)| *s += g);
                }
                let row = id as usize - part.first;
                match kind {
                    EmbeddingOptimizer::RowwiseAdagrad => part.adagrad(row, &sum, lr, l2),
                    _ => part.adam(row, &sum, rate, l2, now),
                }
            }
        });
    }

    /// Calls `work` for parts of the table with the number of the part; `spans` are their rows, ascending.
    fn change(
        &mut self,
        table: &mut Embedding,
        spans: Vec<Range<usize>>,
        work: impl Fn(usize, &mut Part, &Steps) + Sync + Send,
    ) {
        let [of_m, of_v, of_last] = widths(self.kind, self.dim);
        let steps = &self.steps;
        let (mut w, mut m) = (table.values_mut(), &mut self.m[..]);
        let (mut v, mut last) = (&mut self.v[..], &mut self.last[..]);
        let mut at = 0;
        let parts = spans.into_iter().map(|span| {
            let (skip, n) = (span.start - at, span.len());
            at = span.end;
            Part {
                first: span.start,
                w: take(&mut w, skip * self.dim, n * self.dim),
                m: take(&mut m, skip * of_m, n * of_m),
                v: take(&mut v, skip * of_v, n * of_v),
                last: take(&mut last, skip * of_last, n * of_last),
            }
        });
        let parts = parts.enumerate().collect();
        parallel::compute(parts, |(i, mut part): (usize, Part)| work(i, &mut part, steps));
    }

    /// First and second moments `[N, D]`, or nothing and one sum per row `[N]` (rowwise Adagrad). The table must be up to
    /// date.
    pub(crate) fn into_moments(self) -> [Vec<f32>; 2] {
        [self.m, self.v]
    }

    /// Goes on with the moments of a whole table after so many steps; a rank takes those of its rows.
    pub(crate) fn go_on(&mut self, [m, v]: [Vec<f32>; 2], steps: u64, shard: TableShard) {
        let [of_m, of_v, _] = widths(self.kind, self.dim);
        let own = |values: Vec<f32>, width: usize| match shard.is_whole() || width == 0 {
            true => values,
            false => values
                .chunks_exact(width)
                .skip(shard.rank)
                .step_by(shard.size)
                .flatten()
                .copied()
                .collect(),
        };
        (self.m, self.v) = (own(m, of_m), own(v, of_v));
        self.last.fill(steps as u32);
        (self.step, self.flushed) = (steps, steps);
        if self.kind == EmbeddingOptimizer::Adam {
            (self.steps.len() as u64..steps).for_each(|_| self.steps.add());
        }
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
        let step = arrays.get_n::<u64>(&format!("{prefix}step"), 1)?[0];
        if step != steps {
            let text = format!("array \"{prefix}step\": expected {steps}, got {step}");
            return Err(Error::File(text).into());
        }
        self.m = shard.read(arrays, &format!("{prefix}m"), m)?;
        self.v = shard.read(arrays, &format!("{prefix}v"), v)?;
        self.last = shard.read(arrays, &format!("{prefix}last"), last)?;
        if let Some(last) = self.last.iter().find(|last| u64::from(**last) > steps) {
            let text = format!("array \"{prefix}last\": expected at most {steps}, got {last}");
            return Err(Error::File(text).into());
        }
        (self.step, self.flushed) = (steps, 0);
        self.steps = Steps::new(self.dim, self.lr, self.l2);
        if self.kind == EmbeddingOptimizer::Adam {
            (0..steps).for_each(|_| self.steps.add());
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

/// Takes `n` values off the front of the rest, after as many as are to be skipped.
fn take<'a, T>(rest: &mut &'a mut [T], skip: usize, n: usize) -> &'a mut [T] {
    let (head, tail) = std::mem::take(rest)[skip..].split_at_mut(n);
    *rest = tail;
    head
}

impl Part<'_> {
    /// Takes the steps that some of the rows have missed.
    fn catch_up(&mut self, rows: impl Iterator<Item = usize>, steps: &Steps) {
        let (dim, now) = (self.w.len() / self.last.len().max(1), steps.len() as u32);
        let stale = steps.stale(rows, |row| self.last[row]);
        for rows in stale.chunks(steps.rows_at_once()) {
            let stored = Stored { w: self.w, m: self.m, v: self.v, last: self.last };
            let group = steps.replay(rows, |row| row, stored);
            for (at, row) in group.places.iter().enumerate() {
                let [w, m, v] = group.row(at);
                let cells = row * dim..(row + 1) * dim;
                self.w[cells.clone()].copy_from_slice(w);
                self.m[cells.clone()].copy_from_slice(m);
                self.v[cells].copy_from_slice(v);
                self.last[*row] = now;
            }
        }
    }

    fn adam(&mut self, row: usize, sum: &[f32], rate: Rate, l2: f32, now: u32) {
        let cells = row * sum.len()..(row + 1) * sum.len();
        if let Some(last) = self.last.get_mut(row) {
            *last = now;
        }
        let moments = (&mut self.m[cells.clone()], &mut self.v[cells.clone()]);
        step(&mut self.w[cells], sum, moments, l2, rate);
    }

    fn adagrad(&mut self, row: usize, sum: &[f32], lr: f32, l2: f32) {
        let w = &mut self.w[row * sum.len()..(row + 1) * sum.len()];
        let squares: f32 = w.iter().zip(sum).map(|(w, g)| (g + l2 * w).powi(2)).sum();
        self.v[row] += squares / sum.len() as f32;
        let rate = lr / (self.v[row].sqrt() + super::EPSILON);
        w.iter_mut().zip(sum).for_each(|(w, g)| *w = cut(*w - rate * (g + l2 * *w)));
    }
}
