//! Which embedding rows a batch touches, and where.

use ssim_core::instances::Instances;
use ssim_core::parallel;
use std::ops::Range;

/// Ids that are worked on by one task.
const PIECE: usize = 1024;

/// The distinct ids of a batch with the places they stand at, field by field.
///
/// Ids of different fields lie in different ranges of the table, so fields can be worked on side
/// by side. Ids ascend and places ascend within an id: sums do not depend on who computes them.
pub struct Touched {
    /// One list per field.
    pub fields: Vec<FieldTouched>,
}

/// The distinct ids of one field.
pub struct FieldTouched {
    /// Ids, ascending.
    pub ids: Vec<u32>,
    /// `places[starts[i]..starts[i + 1]]` are the batch rows of `ids[i]`.
    pub starts: Vec<u32>,
    /// Batch rows, ascending within an id.
    pub places: Vec<u32>,
}

impl Touched {
    /// Groups the batch made of `rows` of `instances`.
    pub fn new(instances: &Instances, rows: &[u32]) -> Self {
        let fields = parallel::map((0..instances.fields).collect(), |f: usize| {
            let id = |row: &u32| instances.ids_of(*row as usize)[f];
            FieldTouched::new((0..).zip(rows).map(|(at, row)| (id(row), at)))
        });
        Self { fields }
    }

    /// The ids in pieces of nearly equal work.
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for (f, field) in self.fields.iter().enumerate() {
            let starts = (0..field.ids.len()).step_by(PIECE);
            pieces.extend(starts.map(|from| {
                let at = from..field.ids.len().min(from + PIECE);
                Piece { f, field, at }
            }));
        }
        pieces
    }

    /// All ids, field by field.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.fields.iter().flat_map(|field| &field.ids).copied()
    }
}

impl FieldTouched {
    /// Groups ids and the places they stand at.
    pub fn new(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let pairs = pairs.map(|(id, place)| u64::from(id) << 32 | u64::from(place));
        let mut pairs: Vec<u64> = pairs.collect();
        pairs.sort_unstable();
        let (ids, starts) = (Vec::new(), Vec::new());
        let mut touched = Self { ids, starts, places: Vec::with_capacity(pairs.len()) };
        for pair in pairs {
            let id = (pair >> 32) as u32;
            if touched.ids.last() != Some(&id) {
                touched.ids.push(id);
                touched.starts.push(touched.places.len() as u32);
            }
            touched.places.push(pair as u32);
        }
        touched.starts.push(touched.places.len() as u32);
        touched
    }

    /// Each id with its places.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.within(0..self.ids.len())
    }

    fn within(&self, at: Range<usize>) -> impl Iterator<Item = (u32, &[u32])> {
        let bounds = self.starts[at.start..=at.end].windows(2);
        self.ids[at]
            .iter()
            .zip(bounds)
            .map(|(id, bounds)| (*id, &self.places[bounds[0] as usize..bounds[1] as usize]))
    }
}

/// Some neighbouring ids of a field.
pub(super) struct Piece<'a> {
    /// Number of the field.
    pub f: usize,
    field: &'a FieldTouched,
    at: Range<usize>,
}

impl Piece<'_> {
    /// The ids, ascending; there is at least one.
    pub fn ids(&self) -> &[u32] {
        &self.field.ids[self.at.clone()]
    }

    /// The rows of the table from the first id to the last.
    pub fn rows(&self) -> Range<usize> {
        let ids = self.ids();
        ids[0] as usize..ids[ids.len() - 1] as usize + 1
    }

    /// Each id with its places.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.field.within(self.at.clone())
    }
}
