//! Optimisers on the device.

#![allow(unsafe_code, reason = "kernels read and write memory by address")]

use crate::address::Address;
use crate::arguments::{Adam, CatchUp, Mark, TableStep, launch, launch_for};
use crate::array::Array;
use crate::device::KernelDevice;
use crate::touched::TouchedIds;
use crate::{DeviceError, Result};

/// Largest width of a row of the table that `table_step` can work on.
pub const WIDEST: usize = 256;

/// How an Adam step moves: its size, the scale of its denominator (both with bias corrections), and coupled L2.
#[derive(Clone, Copy, Debug)]
pub struct StepRate {
    /// Step size.
    pub step: f32,
    /// Scale of the denominator.
    pub scale: f32,
    /// Coupled L2.
    pub l2: f32,
}

/// Weights and Adam's moments, `[n]` each.
pub struct Moving {
    /// Weights.
    pub w: Array<f32>,
    /// First moments.
    pub m: Array<f32>,
    /// Second moments.
    pub v: Array<f32>,
}

/// Moves all values by Adam with their gradients `[n]`. Nothing moves where the loss `[1]` is not finite.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn adam(
    device: &dyn KernelDevice,
    moving: &mut Moving,
    gradient: &Array<f32>,
    loss: &Array<f64>,
    rate: StepRate,
) -> Result<()> {
    let count = moving.w.len();
    let arguments = Adam {
        w: moving.w.address("weights", count)?,
        g: gradient.address("gradients", count)?,
        m: moving.m.address("first moments", count)?,
        v: moving.v.address("second moments", count)?,
        loss: loss.address("loss", 1)?,
        count: count as u32,
        step: rate.step,
        scale: rate.scale,
        l2: rate.l2,
    };
    // SAFETY: the sizes are checked.
    unsafe { launch_for(device, count, arguments) }
}

/// The optimiser of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// Adam that also moves rows which no batch touches.
    Adam = 0,
    /// Adam that moves the touched rows alone.
    Lazy = 1,
    /// Adagrad with one sum of squares per row.
    Adagrad = 2,
}

/// The embedding table with the state of its optimiser.
pub struct Table {
    /// Weights `[N, D]` and moments; Adagrad has no first moments, and `[N]` sums as the second.
    pub moving: Moving,
    /// Steps that each row has seen, `[N]`; of [`TableKind::Adam`] alone.
    pub last: Array<u32>,
    /// Step size and scale of every step, `[steps, 2]`.
    pub rates: Array<f32>,
    /// Number of rows `N`.
    pub rows: usize,
    /// Width of a row `D`, at most [`WIDEST`].
    pub dim: usize,
    /// The optimiser.
    pub kind: TableKind,
    /// Coupled L2.
    pub l2: f32,
}

impl Table {
    /// Takes the steps that the touched rows have missed before step `now` (from 0).
    ///
    /// # Errors
    /// When an array is too short; what the device reports.
    pub fn catch_up(
        &mut self,
        device: &dyn KernelDevice,
        touched: &TouchedIds,
        now: usize,
    ) -> Result<()> {
        self.catch_up_ids(device, (&touched.ids, &touched.found, touched.count()), now)
    }

    /// The same for ids `[u]` of which the device knows the number `[1]`, at most `most`.
    ///
    /// # Errors
    /// When an array is too short; what the device reports.
    pub fn catch_up_ids(
        &mut self,
        device: &dyn KernelDevice,
        (ids, found, most): (&Array<u32>, &Array<u32>, usize),
        now: usize,
    ) -> Result<()> {
        if self.kind != TableKind::Adam || now == 0 {
            return Ok(());
        }
        let (ids, found) = (ids.address("ids", most)?, found.address("number of ids", 1)?);
        let cells = self.rows * self.dim;
        let last = self.last.address("steps of rows", self.rows)?;
        let arguments = CatchUp {
            w: self.moving.w.address("table", cells)?,
            m: self.moving.m.address("first moments", cells)?,
            v: self.moving.v.address("second moments", cells)?,
            last,
            ids,
            found,
            rates: self.rates.address("rates", 2 * now)?,
            dim: self.dim as u32,
            now: now as u32,
            l2: self.l2,
        };
        // SAFETY: the sizes are checked, and the ids are rows of the table.
        unsafe { launch_for(device, most * self.dim, arguments) }?;
        let arguments = Mark { last, ids, found, now: now as u32 };
        // SAFETY: as above.
        unsafe { launch_for(device, most, arguments) }
    }

    /// Takes step `now` (from 0) of the touched rows by the gradients of the batch's cells, `[m·F, D]`.
    ///
    /// # Errors
    /// When an array is too short, or a row is wider than [`WIDEST`]; what the device reports.
    pub fn step(
        &mut self,
        device: &dyn KernelDevice,
        touched: &TouchedIds,
        (slopes, loss): (&Array<f32>, &Array<f64>),
        (now, rate, lr): (usize, StepRate, f32),
    ) -> Result<()> {
        if self.dim > WIDEST {
            let array = "values that a block adds up";
            return Err(DeviceError::Size { array, expected: self.dim, got: WIDEST });
        }
        if self.dim == 0 {
            return Ok(());
        }
        let (count, cells) = (touched.count(), self.rows * self.dim);
        let adagrad = self.kind == TableKind::Adagrad;
        let of_row = if adagrad { self.rows } else { cells };
        let m = match adagrad {
            true => Address::NULL,
            false => self.moving.m.address("first moments", cells)?,
        };
        let last = match self.kind {
            TableKind::Adam => self.last.address("steps of rows", self.rows)?,
            _ => Address::NULL,
        };
        let arguments = TableStep {
            w: self.moving.w.address("table", cells)?,
            m,
            v: self.moving.v.address("second moments", of_row)?,
            last,
            ids: touched.ids.address("ids", count)?,
            starts: touched.starts.address("starts", count + 1)?,
            cells: touched.cells().address("cells", count)?,
            found: touched.found.address("number of ids", 1)?,
            slopes: slopes.address("gradients of cells", count * self.dim)?,
            loss: loss.address("loss", 1)?,
            dim: self.dim as u32,
            now: now as u32 + 1,
            kind: self.kind as u32,
            step: rate.step,
            scale: rate.scale,
            lr,
            l2: rate.l2,
        };
        // SAFETY: the sizes are checked, and the ids are rows of the table.
        unsafe { launch(device, count, arguments) }
    }
}
