//! Which rows of a batch are shared, and which tower sees which rows.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::address::Address;
use crate::arguments::{Listed, Masked, Route, launch, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::embed::{BatchRows, Rows};

/// The pairs of row and tower of a batch of `m` rows: for each of `K` towers room for some pairs, of which it
/// uses the first. The others only fill up.
pub struct Routed {
    /// Where the pairs of each tower begin, `[K + 1]` values from number `first_start` on.
    starts: Array<u32>,
    first_start: usize,
    /// Place in the batch of each pair, `[P]`.
    pub pairs: Array<u32>,
    /// Tower of each pair, `[P]`.
    pub tower: Array<u32>,
    /// The number of each row among those of each tower, `[K, m]`.
    pub slots: Array<u32>,
    /// Rows of each tower's scenario that are not shared, `[K]`.
    pub own: Array<u32>,
    /// Rows that each tower sees, `[K]`.
    pub seen: Array<u32>,
    /// Number of rows of the batch.
    pub rows: usize,
    /// Number of towers.
    pub towers: usize,
    /// Number of pairs with those that fill up, `P`.
    pub pairs_reserved: usize,
    largest: usize,
}

impl Routed {
    /// Room for batches of up to `rows` rows, and up to `pairs` pairs.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn new(
        device: &dyn KernelDevice,
        rows: usize,
        towers: usize,
        pairs: usize,
    ) -> Result<Self> {
        Ok(Self {
            starts: Array::zeros(device, 0)?,
            first_start: 0,
            pairs: Array::zeros(device, pairs)?,
            tower: Array::zeros(device, pairs)?,
            slots: Array::zeros(device, rows * towers)?,
            own: Array::zeros(device, towers)?,
            seen: Array::zeros(device, towers)?,
            rows,
            towers,
            pairs_reserved: pairs,
            largest: pairs,
        })
    }

    /// Sets where the pairs of the towers begin in the batches that follow: `[batches, K + 1]` values, of which
    /// [`Routed::begin`] chooses.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn set_starts(&mut self, device: &dyn KernelDevice, starts: &[u32]) -> Result<()> {
        self.starts = Array::copy(device, starts)?;
        self.first_start = 0;
        Ok(())
    }

    /// Begins a batch of `rows` rows with `pairs` pairs. Its starts are those with number `batch`.
    ///
    /// # Errors
    /// When there is not so much room.
    pub fn begin(&mut self, batch: usize, rows: usize, pairs: usize) -> Result<()> {
        self.pairs.address("pairs", pairs)?;
        self.slots.address("slots", rows * self.towers)?;
        self.first_start = batch * (self.towers + 1);
        (self.rows, self.pairs_reserved) = (rows, pairs);
        self.starts()?;
        Ok(())
    }

    /// The number of pairs that there is room for.
    pub fn room(&self) -> usize {
        self.largest
    }

    pub(crate) fn starts(&self) -> Result<Address<u32>> {
        self.starts.from("starts", self.first_start, self.towers + 1)
    }
}

/// Notes in `shared` `[m]` which rows of the batch are on the list `[n]`.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn listed(
    device: &dyn KernelDevice,
    list: &Array<u8>,
    batch: BatchRows,
    shared: &mut Array<u8>,
) -> Result<()> {
    let arguments = Listed {
        list: list.address("list", 0)?,
        rows: batch.address()?,
        shared: shared.address("shared rows", batch.count)?,
        count: batch.count as u32,
    };
    // SAFETY: the sizes are checked, and the list is as long as the data set.
    unsafe { launch_for(device, batch.count, arguments) }
}

/// The search mask at one step.
#[derive(Clone, Copy, Debug)]
pub struct MaskAt {
    /// The threshold ε.
    pub threshold: f64,
    /// The temperature τ.
    pub temperature: f64,
}

/// Takes each row's score `[m]` from `heads` `[m, H]`, and notes in `shared` `[m]` where `σ(τ·z) > ε`.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn masked(
    device: &dyn KernelDevice,
    (heads, width): (&Array<f32>, usize),
    rows: &Rows,
    batch: BatchRows,
    mask: MaskAt,
    (scores, shared): (&mut Array<f32>, &mut Array<u8>),
) -> Result<()> {
    let arguments = Masked {
        heads: heads.address("heads", batch.count * width)?,
        scenarios: rows.scenarios.address("scenarios", 0)?,
        rows: batch.address()?,
        scores: scores.address("scores", batch.count)?,
        shared: shared.address("shared rows", batch.count)?,
        threshold: mask.threshold,
        temperature: mask.temperature,
        count: batch.count as u32,
        width: width as u32,
    };
    // SAFETY: the sizes are checked.
    unsafe { launch_for(device, batch.count, arguments) }
}

/// Lists the rows of every tower: those of its scenario that are not shared, then the shared ones.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn route(
    device: &dyn KernelDevice,
    shared: &Array<u8>,
    rows: &Rows,
    batch: BatchRows,
    routed: &mut Routed,
) -> Result<()> {
    let (count, towers) = (batch.count, routed.towers);
    let arguments = Route {
        shared: shared.address("shared rows", count)?,
        scenarios: rows.scenarios.address("scenarios", 0)?,
        rows: batch.address()?,
        starts: routed.starts()?,
        pairs: routed.pairs.address("pairs", routed.pairs_reserved)?,
        towers: routed.tower.address("towers of pairs", routed.pairs_reserved)?,
        slots: routed.slots.address("slots", towers * count)?,
        own: routed.own.address("own rows", towers)?,
        seen: routed.seen.address("rows of towers", towers)?,
        count: count as u32,
        width: towers as u32,
    };
    // SAFETY: the sizes are checked. The starts are those of the batch, and the last is the number of pairs.
    unsafe { launch(device, towers, arguments) }
}
