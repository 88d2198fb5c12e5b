//! Which rows of a batch are shared, and which tower sees which rows.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::address::Address;
use crate::arguments::{Listed, Masked, Route, launch, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::embed::{BatchRows, Rows};
use crate::{DeviceError, Result};

/// The pairs of row and tower of a batch of `m` rows: for each of `K` towers room for some pairs, of which it
/// uses the first. The others only fill up.
pub struct Routed {
    /// The places where the pairs of each tower begin, `[K + 1]`, and the host's copy.
    starts: Array<u32>,
    known: Vec<u32>,
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
            starts: Array::zeros(device, towers + 1)?,
            known: vec![0; towers + 1],
            pairs: Array::zeros(device, pairs)?,
            tower: Array::zeros(device, pairs)?,
            slots: Array::zeros(device, rows * towers)?,
            own: Array::zeros(device, towers)?,
            seen: Array::zeros(device, towers)?,
            rows,
            towers,
            pairs_reserved: 0,
        })
    }

    /// One network that sees all rows of a batch, of which there are `rows`.
    ///
    /// # Errors
    /// When the device has not so much memory.
    pub fn whole(device: &dyn KernelDevice, rows: usize) -> Result<Self> {
        let mut routed = Self::new(device, 0, 1, rows)?;
        routed.begin(device, 0, &[0, rows as u32])?;
        routed.seen.write(device, 0, &[rows as u32])?;
        Ok(routed)
    }

    /// Begins a batch of `rows` rows, in which the pairs of the towers begin at these places, `[K + 1]`; the last
    /// is the number of pairs. They are copied to the device where they differ from those of the batch before.
    ///
    /// # Errors
    /// When there is not so much room, a start is missing, or a tower ends before it begins; what the device reports.
    pub fn begin(&mut self, device: &dyn KernelDevice, rows: usize, starts: &[u32]) -> Result<()> {
        let wrong = |array, expected, got| Err(DeviceError::Size { array, expected, got });
        if starts.len() != self.towers + 1 {
            return wrong("starts", self.towers + 1, starts.len());
        }
        if let Some(room) = starts.windows(2).find(|room| room[1] < room[0]) {
            return wrong("end of a tower", room[0] as usize, room[1] as usize);
        }
        let pairs = starts.last().map_or(0, |end| *end as usize);
        self.pairs.address("pairs", pairs)?;
        self.slots.address("slots", rows.saturating_mul(self.towers))?;
        if self.known != starts {
            self.starts.write(device, 0, starts)?;
            self.known = starts.to_vec();
        }
        (self.rows, self.pairs_reserved) = (rows, pairs);
        Ok(())
    }

    /// The places where the pairs of each tower begin, `[K + 1]`, as the host knows them.
    pub fn places(&self) -> &[u32] {
        &self.known
    }

    pub(crate) fn starts(&self) -> Result<Address<u32>> {
        let end = self.known.last().map_or(0, |end| *end as usize);
        if self.pairs_reserved < end {
            let got = self.pairs_reserved;
            return Err(DeviceError::Size { array: "pairs", expected: end, got });
        }
        self.starts.address("starts", self.towers + 1)
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
    if width == 0 {
        return Err(DeviceError::Size { array: "heads of a row", expected: 1, got: 0 });
    }
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
