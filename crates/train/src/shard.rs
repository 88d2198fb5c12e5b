//! The embedding table over ranks. Each keeps every n-th id with what the optimiser knows of it, so that n machines hold
//! a table which one does not. The rows of a batch are lent to those who need them, and their gradients come back.

use crate::collective::{Collective, bytes, numbers, part};
use crate::engine::Batch;
use crate::error::Result;
use crate::optimizer::{FieldTouched, Touched};
use ssim_core::container::{Container, Element};
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;

/// Ids of each rank that are exchanged at once where whole tables are.
const BLOCK: usize = 1 << 16;

/// Which of a table's ids a rank keeps: those with `id % size == rank`. Fields' frequent ids stand first, and every
/// rank gets its part of them.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Ids of the whole table, `N`.
    pub ids: usize,
    rank: usize,
    size: usize,
}

impl Shard {
    /// The part of `ids` ids that this one of the `ranks` keeps.
    pub fn new(ranks: &dyn Collective, ids: usize) -> Self {
        Self { ids, rank: ranks.rank(), size: ranks.size() }
    }

    /// Whether it is all of them.
    pub fn is_whole(self) -> bool {
        self.size == 1
    }

    /// Whether the id is kept here.
    pub fn keeps(self, id: usize) -> bool {
        id % self.size == self.rank
    }

    /// How many ids below this one are kept here: of one that is, its row.
    pub fn row(self, id: usize) -> usize {
        (id + self.size - 1 - self.rank) / self.size
    }

    /// The rows of a whole table that are kept here.
    ///
    /// # Errors
    /// Never: the table is as wide as its rows.
    pub fn cut(self, table: &Embedding) -> Result<Embedding> {
        let own = (self.rank..table.rows()).step_by(self.size);
        let values = own.flat_map(|id| table.row(id as u32)).copied().collect();
        Ok(Embedding::from_values(values, table.dim())?)
    }

    /// Reads the rows, `width` values each, of a whole table's array that are kept here.
    ///
    /// # Errors
    /// When it is missing, or of another table.
    pub fn read<T: Element>(self, arrays: &Container, name: &str, width: usize) -> Result<Vec<T>> {
        Ok(arrays.get_rows(name, (self.ids, width), (self.rank, self.size))?)
    }

    /// Hands over the little-endian values of all ranks' rows in the order of their ids, some rows at a time; `own`
    /// are those that are kept here, `width` values each.
    ///
    /// # Errors
    /// What `take` reports; when a rank is gone.
    pub fn each<T: Element>(
        self,
        own: &[T],
        width: usize,
        ranks: &dyn Collective,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let row = width * size_of::<T>();
        for from in (0..self.ids.div_ceil(self.size)).step_by(BLOCK) {
            let rows = own.chunks_exact(width.max(1)).skip(from).take(BLOCK);
            let mut message = Vec::with_capacity(rows.len() * row);
            rows.flatten().for_each(|value| value.write(&mut message));
            let parts = ranks.gather(&message)?;
            let mut parts: Vec<_> = parts.iter().map(|p| p.chunks_exact(row.max(1))).collect();
            let mut all = Vec::with_capacity(parts.iter().map(|rows| rows.len() * row).sum());
            for id in from * self.size..self.ids.min((from + BLOCK) * self.size) {
                parts[id % self.size].next().into_iter().for_each(|row| all.extend_from_slice(row));
            }
            take(&all)?;
        }
        Ok(())
    }

    /// The whole table, of whose rows `own` are kept here.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn whole(self, own: Embedding, ranks: &dyn Collective) -> Result<Embedding> {
        if self.is_whole() {
            return Ok(own);
        }
        let dim = own.dim();
        let mut values = Vec::with_capacity(self.ids * dim);
        self.each(own.values(), dim, ranks, |some| {
            values.extend(numbers(some));
            Ok(())
        })?;
        Ok(Embedding::from_values(values, dim)?)
    }
}

/// Rows of the table on their way to those who need them, and their gradients' way back.
pub struct Loan {
    shard: Shard,
    /// Rows of the own table that the others, and this rank, have asked for; their places are those in `lent`, taken
    /// as one list.
    pub own: Touched,
    /// The rows that are handed to each rank, by rank; one list where all ask for the same.
    lent: Vec<Vec<u32>>,
    /// The ids that this rank has asked for.
    pub borrowed: Touched,
}

impl Loan {
    /// A loan to each rank of what it asks for, by rank, or of the one thing that all ask for. Everybody knows what
    /// the others ask for, since all know the batch.
    pub fn new(shard: Shard, mut asked: Vec<Touched>) -> Self {
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

    /// The rows that this rank needs of a batch: its part of it, or all of it.
    pub fn of_batch(shard: Shard, batch: Batch, all: bool) -> Self {
        let Batch { instances, rows } = batch;
        let asked = match all {
            true => vec![Touched::new(instances, rows)],
            false => (0..shard.size)
                .map(|rank| Touched::new(instances, &rows[part(rank, shard.size, rows.len())]))
                .collect(),
        };
        Self::new(shard, asked)
    }

    /// Hands out the rows that others need, which `row` knows, and gives back a table of those borrowed, in the
    /// order of fields and ids.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn fetch<R: AsRef<[f32]>>(
        &self,
        dim: usize,
        row: impl Fn(u32) -> R,
        ranks: &dyn Collective,
    ) -> Result<Embedding> {
        let message = |rows: &Vec<u32>| {
            let mut values = Vec::with_capacity(rows.len() * dim);
            rows.iter().for_each(|of| values.extend_from_slice(row(*of).as_ref()));
            bytes(&values)
        };
        let messages: Vec<Vec<u8>> = self.lent.iter().map(message).collect();
        let received = match &messages[..] {
            [to_all] => ranks.gather(to_all)?,
            _ => ranks.exchange(messages)?,
        };
        let received: Vec<Vec<f32>> = received.iter().map(|message| numbers(message)).collect();
        let mut rows: Vec<_> = received.iter().map(|values| values.chunks_exact(dim)).collect();
        let mut values = Vec::new();
        for id in self.borrowed.ids() {
            values.extend(rows[id as usize % self.shard.size].next().into_iter().flatten());
        }
        Ok(Embedding::from_values(values, dim)?)
    }

    /// Hands the gradients of borrowed rows back to their owners, and gives back those of the own rows, `[m, D]` in
    /// the order of [`Loan::own`]'s places. `embedded` are those of the batch rows that were borrowed for.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn give_back(
        &self,
        dim: usize,
        embedded: &[f32],
        ranks: &dyn Collective,
    ) -> Result<Vec<f32>> {
        let width = self.borrowed.fields.len() * dim;
        let to_all = self.lent.len() == 1;
        let mut sums: Vec<Vec<f32>> = vec![Vec::new(); self.shard.size];
        for (f, field) in self.borrowed.fields.iter().enumerate() {
            for (id, places) in field.iter() {
                let owner = id as usize % self.shard.size;
                // What everybody has borrowed, everybody has the whole gradient of.
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
        let received = ranks.exchange(sums.iter().map(|sums| bytes(sums)).collect())?;
        Ok(numbers(&received.concat()))
    }
}

/// Rows of a batch, `first` of which is the first one that was borrowed for, with ids into the table of what was
/// borrowed. The ids of other rows mean nothing.
pub fn compact(mut rows: Instances, first: usize, borrowed: &Touched) -> Instances {
    let mut next = 0;
    for (f, field) in borrowed.fields.iter().enumerate() {
        for (_, places) in field.iter() {
            places.iter().for_each(|i| rows.ids[(first + *i as usize) * rows.fields + f] = next);
            next += 1;
        }
    }
    rows
}
