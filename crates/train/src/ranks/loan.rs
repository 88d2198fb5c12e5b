//! Rows of the sharded table on their way to the ranks that need them, and their gradients' way back.
//!
//! Every rank lends the rows that it keeps to the ranks whose part of a batch needs them. A step runs
//! on a small table of the borrowed rows alone, and the gradients of these rows go back to the rank
//! that keeps them.

use super::table_shard::TableShard;
use super::{bytes, numbers, part};
use crate::error::Result;
use crate::optimizer::{FieldTouched, Touched};
use crate::step::slice::Batch;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;

/// The rows of a sharded table that ranks lend to each other for a batch.
pub(crate) struct Loan<'a> {
    shard: TableShard<'a>,
    /// The rows of this rank's part of the table that any rank has asked for. Their places count the
    /// rows of `lent`, taken as one list.
    pub own: Touched,
    /// The rows that go to each rank, by rank; a single list where all ranks ask for the same rows.
    lent: Vec<Vec<u32>>,
    /// The ids that this rank has asked for.
    pub borrowed: Touched,
}

impl<'a> Loan<'a> {
    /// A loan of the ids that each rank asks for, by rank, or of the one list that all ask for. A rank
    /// knows what the others ask for, since all ranks know the batch.
    pub fn new(shard: TableShard<'a>, mut asked: Vec<Touched>) -> Self {
        let mut pairs = vec![Vec::new(); asked.first().map_or(0, |touched| touched.fields.len())];
        let (mut lent, mut count) = (Vec::new(), 0);
        for touched in &asked {
            let mut rows = Vec::new();
            for (pairs, field) in pairs.iter_mut().zip(&touched.fields) {
                for id in field.ids.iter().filter(|id| shard.keeps(**id as usize)) {
                    let row = shard.row(*id as usize) as u32;
                    pairs.push((row, count));
                    rows.push(row);
                    count += 1;
                }
            }
            lent.push(rows);
        }
        let fields = pairs.into_iter().map(|pairs| FieldTouched::new(pairs.into_iter()));
        let own = Touched { fields: fields.collect() };
        let borrowed = asked.swap_remove(if asked.len() == 1 { 0 } else { shard.rank });
        Self { shard, own, lent, borrowed }
    }

    /// A loan for a batch. Each rank needs the rows of its own part of the batch; with `all` it needs
    /// the rows of the whole batch, because the backbone normalises it.
    pub fn of_batch(shard: TableShard<'a>, batch: Batch, all: bool) -> Self {
        let Batch { instances, rows } = batch;
        let asked = match all {
            true => vec![Touched::new(instances, rows)],
            false => (0..shard.size)
                .map(|rank| Touched::new(instances, &rows[part(rank, shard.size, rows.len())]))
                .collect(),
        };
        Self::new(shard, asked)
    }

    /// Sends the rows that other ranks need, whose values `row` knows, and returns a table of the rows
    /// that this rank has borrowed, in the order of fields and ids.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn fetch<'r>(&self, dim: usize, row: impl Fn(u32) -> &'r [f32]) -> Result<Embedding> {
        let message = |rows: &Vec<u32>| {
            let mut values = Vec::with_capacity(rows.len() * dim);
            rows.iter().for_each(|id| values.extend_from_slice(row(*id)));
            bytes(&values)
        };
        let messages: Vec<Vec<u8>> = self.lent.iter().map(message).collect();
        let received = match &messages[..] {
            [to_all] => self.shard.ranks.gather(to_all)?,
            _ => self.shard.ranks.exchange(messages)?,
        };
        let received: Vec<Vec<f32>> = received.iter().map(|message| numbers(message)).collect();
        let mut rows: Vec<_> = received.iter().map(|values| values.chunks_exact(dim)).collect();
        let mut values = Vec::new();
        for id in self.borrowed.ids() {
            values.extend(rows[id as usize % self.shard.size].next().into_iter().flatten());
        }
        Ok(Embedding::from_values(values, dim)?)
    }

    /// Sends the gradients of borrowed rows to the ranks that keep these rows, and returns the gradients of
    /// this rank's own rows, `[m, D]` in the order of the places in [`Loan::own`]. `embedded` holds the
    /// gradients of the embedded batch rows that the loan was made for.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn give_back(&self, dim: usize, embedded: &[f32]) -> Result<Vec<f32>> {
        let width = self.borrowed.fields.len() * dim;
        let to_all = self.lent.len() == 1;
        let mut sums: Vec<Vec<f32>> = vec![Vec::new(); self.shard.size];
        for (f, field) in self.borrowed.fields.iter().enumerate() {
            for (id, places) in field.iter() {
                let owner = id as usize % self.shard.size;
                // Where all ranks borrow the same rows, each of them has the whole gradient already.
                if to_all && owner != self.shard.rank {
                    continue;
                }
                let sums = &mut sums[owner];
                let at = sums.len();
                sums.resize(at + dim, 0.0);
                for place in places {
                    let g = &embedded[*place as usize * width + f * dim..][..dim];
                    sums[at..].iter_mut().zip(g).for_each(|(s, g)| *s += g);
                }
            }
        }
        if to_all {
            return Ok(sums.swap_remove(self.shard.rank));
        }
        let received = self.shard.ranks.exchange(sums.iter().map(|sums| bytes(sums)).collect())?;
        Ok(numbers(&received.concat()))
    }
}

/// The rows of a batch with ids that point into the table of `borrowed` rows. The loan covers the rows
/// from `first` on; the ids of rows outside of the loan must not be used.
pub(crate) fn compact(mut rows: Instances, first: usize, borrowed: &Touched) -> Instances {
    let mut next = 0;
    for (f, field) in borrowed.fields.iter().enumerate() {
        for (_, places) in field.iter() {
            places.iter().for_each(|i| rows.ids[(first + *i as usize) * rows.fields + f] = next);
            next += 1;
        }
    }
    rows
}
