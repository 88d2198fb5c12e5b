//! The fields in which some embedded rows repeat few ids.
//!
//! A batch has thousands of rows, but many fields (a gender, a page, a price level) have a handful of
//! ids. The columns of such a field hold the same few values again and again, so a product with them
//! needs to be computed once per id only. [`crate::embedding::Lookup::repeats`] finds these fields,
//! and the first layer of a network reads them (`layer/first.rs`).

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::ops::Range;

/// Below so many rows the copies of weights and rows cost more than the products that they save.
/// gemm, too, sums in another order below so many rows.
const LEAST_ROWS: usize = 65;
/// The narrowest field whose ids are projected once: for a narrower one the products of a row cost
/// as little as reading and adding their result.
const LEAST_WIDTH: usize = 4;
/// Multiply-adds of a row with one field in the first layer, at least. For fewer of them, finding the
/// distinct ids takes longer than the products: the demo's layer of 64 outputs on fields of width 8,
/// 512 multiply-adds, was a third slower, and one of 1024 on width 16 a sixth faster.
pub(crate) const LEAST_PRODUCTS: usize = 8192;
/// Number of ids that a field has at most to be one with few ids in predictions.
const FEW: u32 = 512;
/// Rows per distinct id in training, at least. With fewer rows per id the projected ids do not stay in the cache.
const ROWS_PER_ID: usize = 4;

/// The fields of some embedded rows that repeat few ids, and which row has which of the ids.
///
/// The distinct ids of all these fields have one numbering, field after field; within a field they
/// are in the order of their first rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeats {
    /// Width of an embedded field, `D`.
    pub(crate) dim: usize,
    /// The fields, by position and by the range of their ids' numbers.
    pub(crate) fields: Vec<(usize, Range<usize>)>,
    /// For every row the numbers of its ids in these fields, `[n, fields]` row-major.
    pub(crate) numbers: Vec<u32>,
    /// For every number the first row that has the id.
    pub(crate) firsts: Vec<u32>,
}

impl Repeats {
    /// Finds the fields with few ids among rows with these `ids`, `[n, F]` row-major, for embedded
    /// fields of width `dim`; `None` where there is no such field.
    ///
    /// If `sizes` `[F]` are given, the numbers of ids that the fields have at all, they alone decide:
    /// then the fields are the same ones for other rows.
    pub fn find(ids: &[u32], fields: usize, sizes: Option<&[u32]>, dim: usize) -> Option<Self> {
        let n = ids.len() / fields.max(1);
        if n < LEAST_ROWS || dim < LEAST_WIDTH {
            return None;
        }
        let columns = (0..fields).filter_map(|field| {
            let most = match sizes {
                Some(sizes) if sizes.get(field).is_some_and(|size| *size <= FEW) => n,
                Some(_) => return None,
                None => n / ROWS_PER_ID,
            };
            let ids = ids.iter().skip(field).step_by(fields);
            Some((field, numbered(ids.copied(), most)?))
        });
        Self::join(dim, columns.collect())
    }

    /// The repeats of some of the rows, as rows of their own.
    pub(crate) fn pick(&self, rows: &[u32]) -> Option<Self> {
        let count = self.fields.len();
        let columns = self.fields.iter().enumerate().filter_map(|(at, (field, _))| {
            let numbers = rows.iter().map(|row| self.numbers[*row as usize * count + at]);
            Some((*field, numbered(numbers, rows.len())?))
        });
        Self::join(self.dim, columns.collect())
    }

    /// Joins the numberings of fields to one.
    fn join(dim: usize, columns: Vec<(usize, Numbered)>) -> Option<Self> {
        let n = columns.first()?.1.numbers.len();
        let mut joined = Self {
            dim,
            fields: Vec::new(),
            numbers: vec![0; n * columns.len()],
            firsts: Vec::new(),
        };
        for (at, (field, column)) in columns.iter().enumerate() {
            let from = joined.firsts.len();
            joined.firsts.extend_from_slice(&column.firsts);
            joined.fields.push((*field, from..joined.firsts.len()));
            let to = joined.numbers.iter_mut().skip(at).step_by(columns.len());
            to.zip(&column.numbers).for_each(|(to, number)| *to = from as u32 + number);
        }
        Some(joined)
    }
}

/// The ids of one field by number.
struct Numbered {
    /// For every row the number of its id, `[n]`.
    numbers: Vec<u32>,
    /// For every number the first row that has the id.
    firsts: Vec<u32>,
}

/// Numbers ids in the order in which they appear; `None` where there are more than `most`.
fn numbered(ids: impl Iterator<Item = u32>, most: usize) -> Option<Numbered> {
    let mut known = HashMap::with_hasher(FixedState::default());
    let (mut numbers, mut firsts) = (Vec::new(), Vec::new());
    for (row, id) in (0u32..).zip(ids) {
        let number = *known.entry(id).or_insert(firsts.len() as u32);
        if number as usize == firsts.len() {
            firsts.push(row);
            if firsts.len() > most {
                return None;
            }
        }
        numbers.push(number);
    }
    Some(Numbered { numbers, firsts })
}
