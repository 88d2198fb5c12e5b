//! Batches and their routing, on the host and on a device.

use crate::check::{Told, room};
use crate::draw::Draw;
use ssim_kernels::embed::{BatchRows, Rows};
use ssim_kernels::route::{self, Routed};
use ssim_kernels::{Array, KernelDevice, NONE};

/// A data set and a batch of its rows.
pub struct Batch {
    /// Ids `[n, F]`, labels and scenarios `[n]`.
    pub ids: Vec<u32>,
    pub labels: Vec<u8>,
    pub scenarios: Vec<u32>,
    pub fields: usize,
    /// An order of rows, of which those from `first` on are the batch.
    order: Vec<u32>,
    first: usize,
    pub count: usize,
}

/// The same on a device.
pub struct Placed {
    pub rows: Rows,
    order: Array<u32>,
    first: usize,
    count: usize,
}

impl Batch {
    /// A batch of `count` rows with ids below `ids` and scenarios below `scenarios`.
    pub fn draw(
        draw: &mut Draw,
        count: usize,
        (fields, ids): (usize, usize),
        scenarios: usize,
    ) -> Self {
        let n = 1 + count + draw.below(10);
        let first = draw.below(5);
        // All ids equal, few of them, or any.
        let few = draw.pick(&[1, 2, 20, ids, ids]).min(ids);
        let highest = draw.percent(50);
        let id = |draw: &mut Draw| {
            let id = draw.below(few);
            if highest { ids - 1 - id } else { id }
        };
        Self {
            ids: draw.many(n * fields, |draw| id(draw) as u32),
            labels: draw.many(n, |draw| draw.below(2) as u8),
            scenarios: draw.many(n, |draw| draw.below(scenarios) as u32),
            fields,
            order: draw.many(first + count + 2, |draw| draw.below(n) as u32),
            first,
            count,
        }
    }

    /// The rows of the batch, by their number in the data set.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.count).map(|place| self.row(place))
    }

    /// The number in the data set of the row at a place of the batch.
    pub fn row(&self, place: usize) -> usize {
        self.order[self.first + place] as usize
    }

    /// The ids of the batch's cells, `[m·F]`.
    pub fn cells(&self) -> Vec<u32> {
        let fields = self.fields;
        self.rows().flat_map(|row| &self.ids[row * fields..][..fields]).copied().collect()
    }

    /// Copies everything to a device.
    pub fn place(&self, device: &dyn KernelDevice) -> Told<Placed> {
        Ok(Placed {
            rows: Rows {
                ids: Array::copy(device, &self.ids)?,
                labels: Array::copy(device, &self.labels)?,
                scenarios: Array::copy(device, &self.scenarios)?,
                fields: self.fields,
            },
            order: Array::copy(device, &self.order)?,
            first: self.first,
            count: self.count,
        })
    }
}

impl Placed {
    /// The rows of the batch.
    pub fn batch(&self) -> BatchRows<'_> {
        BatchRows { order: &self.order, first: self.first, count: self.count }
    }
}

/// Which tower sees which rows, as `Routing` of the crate `ssim-core` has it.
pub struct Routing {
    /// Places of the rows that each tower sees, `[K]` lists.
    pub seen: Vec<Vec<u32>>,
    /// Number of each tower's own rows, which are the first.
    pub own: Vec<u32>,
    /// The places where the pairs of each tower begin, `[K + 1]`.
    pub starts: Vec<u32>,
    pub shared: Vec<u8>,
}

impl Routing {
    /// Routes a batch to `towers` towers, with room for more pairs here and there.
    pub fn draw(draw: &mut Draw, batch: &Batch, towers: usize) -> Self {
        let shared = draw.shared(batch.count);
        let mut seen = vec![Vec::new(); towers];
        for (place, row) in batch.rows().enumerate().filter(|(place, _)| shared[*place] == 0) {
            seen[(batch.scenarios[row] as usize).min(towers - 1)].push(place as u32);
        }
        let mut own: Vec<u32> = seen.iter().map(|rows| rows.len() as u32).collect();
        let all = (0u32..).zip(&shared).filter(|(_, shared)| **shared == 1);
        let all: Vec<u32> = all.map(|(place, _)| place).collect();
        let mut starts = vec![0];
        for (rows, own) in seen.iter_mut().zip(&mut own) {
            rows.extend(&all);
            let spare = draw.pick(&[0, 0, 1, 300]).min(if towers < 9 { 300 } else { 3 });
            let mut room = rows.len() + spare;
            if draw.percent(3) {
                // Too little room: the last rows are left out.
                room = draw.below(rows.len() + 1);
                rows.truncate(room);
                *own = (*own).min(room as u32);
            }
            starts.push(starts[starts.len() - 1] + room as u32);
        }
        Self { seen, own, starts, shared }
    }

    pub fn towers(&self) -> usize {
        self.seen.len()
    }

    /// Number of pairs with those that fill up.
    pub fn pairs(&self) -> usize {
        self.starts[self.towers()] as usize
    }

    /// The tower and the place in the batch of every pair; [`NONE`] for those that fill up.
    pub fn places(&self) -> Vec<(usize, u32)> {
        let mut places = Vec::new();
        for (k, rows) in self.seen.iter().enumerate() {
            places.extend(rows.iter().map(|place| (k, *place)));
            places.resize(self.starts[k + 1] as usize, (k, NONE));
        }
        places
    }

    /// Routes the same batch on a device. The starts of another batch come before.
    pub fn place(&self, device: &dyn KernelDevice, placed: &Placed) -> Told<(Routed, Array<u8>)> {
        let (m, towers, pairs) = (placed.count, self.towers(), self.pairs());
        let mut routed = Routed::new(device, m, towers, pairs)?;
        routed.pairs = room(device, pairs)?;
        routed.tower = room(device, pairs)?;
        routed.slots = room(device, towers * m)?;
        routed.own = room(device, towers)?;
        routed.seen = room(device, towers)?;
        routed.begin(device, m, &vec![pairs as u32; towers + 1])?;
        routed.begin(device, m, &self.starts)?;
        let shared = Array::copy(device, &self.shared)?;
        route::route(device, &shared, &placed.rows, placed.batch(), &mut routed)?;
        Ok((routed, shared))
    }
}
