//! The embedding table spread over ranks: each rank keeps every n-th id, with the optimiser's state of
//! it, so that n machines hold a table that is too large for one.

use super::{Collective, numbers};
use crate::error::Result;
use ssim_core::container::{Container, Element};
use ssim_core::embedding::Embedding;

/// Ids of each rank that are exchanged at once when a whole table is put together.
const BLOCK: usize = 1 << 16;

/// The part of a table that a rank keeps: the ids with `id % size == rank`. The frequent ids of every
/// field stand first, so every rank gets its share of them.
#[derive(Clone, Copy)]
pub struct TableShard<'a> {
    /// Ids of the whole table, `N`.
    pub ids: usize,
    /// All ranks that keep a part of the table.
    pub ranks: &'a dyn Collective,
    /// The number of this rank.
    pub rank: usize,
    /// The number of ranks.
    pub size: usize,
}

impl<'a> TableShard<'a> {
    /// The part of `ids` ids that this one of the `ranks` keeps.
    pub fn new(ranks: &'a dyn Collective, ids: usize) -> Self {
        Self { ids, ranks, rank: ranks.rank(), size: ranks.size() }
    }

    /// Whether this rank keeps the whole table.
    pub fn is_whole(self) -> bool {
        self.size == 1
    }

    /// Whether this rank keeps the id.
    pub fn keeps(self, id: usize) -> bool {
        id % self.size == self.rank
    }

    /// The row of an id in this rank's part of the table: the number of smaller ids that the rank keeps.
    pub fn row(self, id: usize) -> usize {
        (id + self.size - 1 - self.rank) / self.size
    }

    /// This rank's rows of a whole table.
    ///
    /// # Errors
    /// Never: the table is as wide as its rows.
    pub fn part_of(self, table: &Embedding) -> Result<Embedding> {
        let own = (self.rank..table.rows()).step_by(self.size);
        let values = own.flat_map(|id| table.row(id as u32)).copied().collect();
        Ok(Embedding::from_values(values, table.dim())?)
    }

    /// Reads this rank's rows, `width` values each, from the array of a whole table.
    ///
    /// # Errors
    /// When it is missing, or of another table.
    pub fn read<T: Element>(self, arrays: &Container, name: &str, width: usize) -> Result<Vec<T>> {
        Ok(arrays.get_rows(name, (self.ids, width), (self.rank, self.size))?)
    }

    /// Calls `take` with the little-endian values of all ranks' rows in the order of their ids, a block
    /// of rows at a time; `own` are the values of this rank's rows, `width` each.
    ///
    /// # Errors
    /// When `take` fails, or a rank is gone.
    pub fn each<T: Element>(
        self,
        own: &[T],
        width: usize,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let row = width * size_of::<T>();
        for from in (0..self.ids.div_ceil(self.size)).step_by(BLOCK) {
            let rows = own.chunks_exact(width.max(1)).skip(from).take(BLOCK);
            let mut message = Vec::with_capacity(rows.len() * row);
            rows.flatten().for_each(|value| value.write(&mut message));
            let parts = self.ranks.gather(&message)?;
            let mut parts: Vec<_> = parts.iter().map(|p| p.chunks_exact(row.max(1))).collect();
            let mut all = Vec::with_capacity(parts.iter().map(|rows| rows.len() * row).sum());
            for id in from * self.size..self.ids.min((from + BLOCK) * self.size) {
                parts[id % self.size].next().into_iter().for_each(|row| all.extend_from_slice(row));
            }
            take(&all)?;
        }
        Ok(())
    }

    /// The whole table, put together from the rows of all ranks; `own` are this rank's rows.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn whole(self, own: Embedding) -> Result<Embedding> {
        if self.is_whole() {
            return Ok(own);
        }
        let dim = own.dim();
        let mut values = Vec::with_capacity(self.ids * dim);
        self.each(own.values(), dim, |block| {
            values.extend(numbers(block));
            Ok(())
        })?;
        Ok(Embedding::from_values(values, dim)?)
    }
}
