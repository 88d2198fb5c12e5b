//! Rows of the table as they are now, while the table keeps what the optimiser left there.

use super::Touched;
use super::table::{BLOCK, TableOptimizer};
use ssim_core::embedding::Embedding;
use ssim_core::parallel;
use std::ops::Range;

/// Some rows of a table as they are now.
pub struct CurrentRows {
    dim: usize,
    ids: Vec<u32>,
    values: Vec<f32>,
}

impl CurrentRows {
    /// The row of an id, `[D]`; the id must be one of those that were asked for.
    pub fn row(&self, id: u32) -> &[f32] {
        let at = self.ids.binary_search(&id).unwrap_or_default();
        &self.values[at * self.dim..(at + 1) * self.dim]
    }
}

/// Reading changes nothing: a row's result depends on the batches that touched it, and not on who
/// looked at it in between.
impl TableOptimizer {
    /// The touched rows as they are now.
    pub fn read(&self, table: &Embedding, touched: &Touched) -> CurrentRows {
        let dim = table.dim();
        let ids: Vec<u32> = touched.ids().collect();
        let parts = ids.chunks(BLOCK).collect();
        let parts = parallel::compute(parts, |ids: &[u32]| {
            let mut out = Vec::with_capacity(ids.len() * dim);
            ids.iter().for_each(|id| out.extend_from_slice(table.row(*id)));
            self.fill(table, &mut out, |place| ids[place] as usize);
            out
        });
        CurrentRows { dim, ids, values: parts.concat() }
    }

    /// Copies of neighbouring rows as they are now, `[n, D]`.
    pub fn copy(&self, table: &Embedding, rows: Range<usize>) -> Vec<f32> {
        let dim = table.dim();
        let mut copy = table.values()[rows.start * dim..rows.end * dim].to_vec();
        let parts = copy.chunks_mut(BLOCK * dim).enumerate().collect();
        parallel::compute(parts, |(part, out): (usize, &mut [f32])| {
            self.fill(table, out, |place| rows.start + part * BLOCK + place);
        });
        copy
    }

    /// Brings copies of rows up to date; `row` says which row of the table a place of `out` is of.
    fn fill(&self, table: &Embedding, out: &mut [f32], row: impl Fn(usize) -> usize) {
        if !self.is_behind() {
            return;
        }
        let (dim, steps, stored) = (table.dim(), &self.steps, self.stored(table));
        let stale = steps.stale(0..out.len() / dim, |place| stored.last[row(place)]);
        for places in stale.chunks(steps.rows_at_once()) {
            let group = steps.replay(places, &row, stored);
            for (at, place) in group.places.iter().enumerate() {
                out[place * dim..(place + 1) * dim].copy_from_slice(group.row(at)[0]);
            }
        }
    }
}
