//! The distinct ids of a batch and the places where they stand.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::arguments::{
    CountDigits, CountFirsts, ListIds, MakeKeys, MoveKeys, RunningSum, launch, launch_for,
};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::embed::{BatchRows, Rows};

/// Keys that a block moves.
const TILE: usize = 1024;
/// Values of a digit, and bits.
const DIGITS: usize = 256;
const BITS: u32 = 8;

/// The distinct ids of a batch, ascending. Only the device knows how many there are.
pub struct TouchedIds {
    /// The ids; the first [`TouchedIds::found`] are used.
    pub ids: Array<u32>,
    /// The places where the cells of each id begin, with one more than there are ids.
    pub starts: Array<u32>,
    /// Number of ids, `[1]`.
    pub found: Array<u32>,
    /// Ids of all cells, sorted, and the cells, `place·F + field`, ascending within an id; each twice,
    /// since a sort moves them to and fro.
    keys: [Array<u32>; 2],
    cells: [Array<u32>; 2],
    /// Which of the two is sorted.
    at: usize,
    counts: Array<u32>,
    /// Number of cells.
    count: usize,
    /// Bits of the largest id.
    bits: u32,
}

impl TouchedIds {
    /// Room for batches of up to `cells` cells, with ids below `ids`.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn new(device: &dyn KernelDevice, cells: usize, ids: usize) -> Result<Self> {
        let words = |n| Array::zeros(device, n);
        Ok(Self {
            ids: words(cells)?,
            starts: words(cells + 1)?,
            found: words(1)?,
            keys: [words(cells)?, words(cells)?],
            cells: [words(cells)?, words(cells)?],
            at: 0,
            counts: words(DIGITS * cells.div_ceil(TILE).max(1))?,
            count: 0,
            bits: usize::BITS - ids.saturating_sub(1).leading_zeros(),
        })
    }

    /// The cells, `place·F + field`, sorted by id.
    pub fn cells(&self) -> &Array<u32> {
        &self.cells[self.at]
    }

    /// Cells that there is room for.
    pub fn room(&self) -> usize {
        self.ids.len()
    }

    /// Number of cells, as many as there may be ids.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Finds the ids of a batch.
    ///
    /// # Errors
    /// When there is not so much room; what the device reports.
    pub fn find(&mut self, device: &dyn KernelDevice, rows: &Rows, batch: BatchRows) -> Result<()> {
        let count = batch.count * rows.fields;
        self.count = count;
        self.at = 0;
        let tiles = count.div_ceil(TILE);
        let n = count as u32;
        let arguments = MakeKeys {
            ids: rows.ids.address("ids", 0)?,
            rows: batch.address()?,
            keys: self.keys[0].address("keys", count)?,
            cells: self.cells[0].address("cells", count)?,
            count: n,
            fields: rows.fields as u32,
        };
        // SAFETY: the sizes are checked, here and below.
        unsafe { launch_for(device, count, arguments) }?;
        let counts = self.counts.address("counts", DIGITS * tiles)?;
        for shift in (0..self.bits).step_by(BITS as usize) {
            let (from, to) = (self.at, 1 - self.at);
            let keys = self.keys[from].address("keys", count)?;
            let tiles_ = tiles as u32;
            let digits = CountDigits { keys, counts, count: n, tiles: tiles_, shift };
            // SAFETY: as above.
            unsafe { launch(device, tiles, digits) }?;
            self.running_sum(device, DIGITS * tiles, false)?;
            let arguments = MoveKeys {
                keys,
                cells: self.cells[from].address("cells", count)?,
                firsts: counts,
                sorted_keys: self.keys[to].address("keys", count)?,
                sorted_cells: self.cells[to].address("cells", count)?,
                count: n,
                tiles: tiles_,
                shift,
            };
            // SAFETY: as above.
            unsafe { launch(device, tiles, arguments) }?;
            self.at = to;
        }
        let keys = self.keys[self.at].address("keys", count)?;
        // SAFETY: as above.
        unsafe { launch(device, tiles, CountFirsts { keys, counts, count: n }) }?;
        self.running_sum(device, tiles, true)?;
        let arguments = ListIds {
            keys,
            before: counts,
            found: self.found.address("number of ids", 1)?,
            ids: self.ids.address("ids", count)?,
            starts: self.starts.address("starts", count + 1)?,
            count: n,
        };
        // SAFETY: as above.
        unsafe { launch(device, tiles, arguments) }
    }

    /// Replaces the first `count` counts by running sums. Their sum is the number of ids, if `last`.
    fn running_sum(&mut self, device: &dyn KernelDevice, count: usize, last: bool) -> Result<()> {
        let sum = match last {
            true => self.found.address("number of ids", 1)?,
            false => crate::address::Address::NULL,
        };
        let values = self.counts.address("counts", count)?;
        // SAFETY: the sizes are checked.
        unsafe { launch(device, 1, RunningSum { values, sum, count: count as u32 }) }
    }
}
