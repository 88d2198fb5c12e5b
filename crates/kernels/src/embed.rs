//! Embedded rows, and the way of their gradients back.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::Result;
use crate::address::Address;
use crate::arguments::{Collect, Embed, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::route::Routed;

/// The rows of a data set on the device.
pub struct Rows {
    /// Ids of the embedding table, `[n, F]`; all are rows of the table.
    pub ids: Array<u32>,
    /// Labels `[n]`.
    pub labels: Array<u8>,
    /// Scenarios `[n]`.
    pub scenarios: Array<u32>,
    /// Number of fields `F`.
    pub fields: usize,
}

/// Rows of the data set that form a batch: `count` entries of an order, from number `first` on.
#[derive(Clone, Copy)]
pub struct BatchRows<'a> {
    /// Rows of the data set.
    pub order: &'a Array<u32>,
    /// Number of the first row in the order.
    pub first: usize,
    /// Number of rows, `m`.
    pub count: usize,
}

impl BatchRows<'_> {
    pub(crate) fn address(&self) -> Result<Address<u32>> {
        self.order.from("order", self.first, self.count)
    }
}

/// Copies the embeddings of the rows of `pairs` `[P]`, or of the whole batch, to `out` `[P, F·D]`. The table
/// `[N, D]` must have a row for each id.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn embed(
    device: &dyn KernelDevice,
    (table, dim): (&Array<f32>, usize),
    rows: &Rows,
    batch: BatchRows,
    pairs: Option<(&Array<u32>, usize)>,
    out: &mut Array<f32>,
) -> Result<()> {
    let count = pairs.map_or(batch.count, |(_, count)| count);
    let values = count * rows.fields * dim;
    let pairs = match pairs {
        Some((pairs, count)) => pairs.address("pairs", count)?,
        None => Address::NULL,
    };
    let arguments = Embed {
        table: table.address("table", 0)?,
        ids: rows.ids.address("ids", 0)?,
        rows: batch.address()?,
        pairs,
        out: out.address("embedded rows", values)?,
        count: count as u32,
        fields: rows.fields as u32,
        dim: dim as u32,
    };
    // SAFETY: the sizes are checked, and the ids are rows of the table.
    unsafe { launch_for(device, values, arguments) }
}

/// Adds up the gradients of every row's embeddings `[m, W]`: those of the selector `[m, W]`, and those of the
/// pairs `[P, W]`.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn collect(
    device: &dyn KernelDevice,
    routed: &Routed,
    slopes: &Array<f32>,
    selector: Option<&Array<f32>>,
    width: usize,
    out: &mut Array<f32>,
) -> Result<()> {
    let values = routed.rows * width;
    let arguments = Collect {
        slopes: slopes.address("gradients of pairs", routed.pairs_reserved * width)?,
        slots: routed.slots.address("slots", routed.rows * routed.towers)?,
        starts: routed.starts()?,
        selector: selector.map_or(Ok(Address::NULL), |s| s.address("gradients of rows", values))?,
        out: out.address("gradients of rows", values)?,
        rows: routed.rows as u32,
        towers: routed.towers as u32,
        width: width as u32,
    };
    // SAFETY: the sizes are checked, and `route` has filled in the slots.
    unsafe { launch_for(device, values, arguments) }
}
