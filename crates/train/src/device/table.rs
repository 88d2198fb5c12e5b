//! The embedding table on a device, with its optimiser.

use crate::config::EmbeddingOptimizer;
use crate::error::Result;
use crate::optimizer::{TableOptimizer, TableState, corrections};
use ssim_core::embedding::Embedding;
use ssim_kernels::embed::{self, BatchRows, Rows};
use ssim_kernels::optimizer::{Moving, StepRate, Table, TableKind};
use ssim_kernels::route::Routed;
use ssim_kernels::touched::TouchedIds;
use ssim_kernels::{Array, KernelDevice};

/// Steps whose rates are copied at a time.
const RATES: usize = 1 << 16;

/// The table, the ids of the batch, and the gradients of its cells.
pub(super) struct DeviceTable {
    table: Table,
    touched: Option<TouchedIds>,
    /// Gradients `[m, F·D]`.
    slopes: Array<f32>,
    lr: f64,
    steps: usize,
}

impl DeviceTable {
    /// Copies a table with its optimiser to the device.
    pub fn new(
        device: &dyn KernelDevice,
        embedding: &Embedding,
        optimizer: &TableOptimizer,
    ) -> Result<Self> {
        let TableState { kind, lr, l2, step, m, v, last } = optimizer.state();
        let table = Table {
            moving: Moving {
                w: Array::copy(device, embedding.values())?,
                m: Array::copy(device, m)?,
                v: Array::copy(device, v)?,
            },
            last: Array::copy(device, last)?,
            rates: Array::zeros(device, 0)?,
            rows: embedding.rows(),
            dim: embedding.dim(),
            kind: match kind {
                EmbeddingOptimizer::Adam => TableKind::Adam,
                EmbeddingOptimizer::LazyAdam => TableKind::Lazy,
                EmbeddingOptimizer::RowwiseAdagrad => TableKind::Adagrad,
            },
            l2: l2 as f32,
        };
        let slopes = Array::zeros(device, 0)?;
        Ok(Self { table, touched: None, slopes, lr, steps: step as usize })
    }

    /// Copies the table with its optimiser anew, into the same memory.
    pub fn load(
        &mut self,
        device: &dyn KernelDevice,
        embedding: &Embedding,
        optimizer: &TableOptimizer,
    ) -> Result<()> {
        let TableState { lr, l2, step, m, v, last, .. } = optimizer.state();
        let Table { moving, last: of_rows, rates, .. } = &mut self.table;
        moving.w.write(device, 0, embedding.values())?;
        moving.m.write(device, 0, m)?;
        moving.v.write(device, 0, v)?;
        of_rows.write(device, 0, last)?;
        if lr != self.lr {
            *rates = Array::zeros(device, 0)?;
        }
        self.table.l2 = l2 as f32;
        (self.lr, self.steps) = (lr, step as usize);
        Ok(())
    }

    /// The values, `[N, D]`.
    pub fn values(&self) -> &Array<f32> {
        &self.table.moving.w
    }

    /// Width of a row.
    pub fn dim(&self) -> usize {
        self.table.dim
    }

    /// Steps so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Finds the ids of a batch and brings their rows up to date.
    pub fn find(&mut self, device: &dyn KernelDevice, of: (&Rows, BatchRows)) -> Result<()> {
        let (rows, batch) = of;
        let cells = batch.count * rows.fields;
        let room = self.touched.as_ref().map_or(0, TouchedIds::room);
        if room < cells {
            self.touched = Some(TouchedIds::new(device, cells, self.table.rows)?);
            self.slopes = Array::zeros(device, cells * self.table.dim)?;
        }
        if self.table.kind == TableKind::Adam && self.table.rates.len() < 2 * (self.steps + 1) {
            let rates = (1..=self.steps + RATES).flat_map(|t| {
                let (step, scale) = corrections(self.lr, t as u64);
                [step, scale]
            });
            self.table.rates = Array::copy(device, &rates.collect::<Vec<f32>>())?;
        }
        let Some(touched) = &mut self.touched else { return Ok(()) };
        touched.find(device, rows, batch)?;
        Ok(self.table.catch_up(device, touched, self.steps)?)
    }

    /// Adds up the gradients of the batch's cells.
    pub fn collect(
        &mut self,
        device: &dyn KernelDevice,
        routed: &Routed,
        pairs: &Array<f32>,
        selector: Option<&Array<f32>>,
        width: usize,
    ) -> Result<()> {
        Ok(embed::collect(device, routed, pairs, selector, width, &mut self.slopes)?)
    }

    /// Moves the rows that the batch touches.
    pub fn step(&mut self, device: &dyn KernelDevice, loss: &Array<f64>) -> Result<()> {
        let Some(touched) = &self.touched else { return Ok(()) };
        let (step, scale) = corrections(self.lr, self.steps as u64 + 1);
        let rate = StepRate { step, scale, l2: self.table.l2 };
        let at = (self.steps, rate, self.lr as f32);
        self.table.step(device, touched, (&self.slopes, loss), at)?;
        self.steps += 1;
        Ok(())
    }

    /// Copies the table and its optimiser back.
    pub fn settle(
        &self,
        device: &dyn KernelDevice,
        embedding: &mut Embedding,
        optimizer: &mut TableOptimizer,
    ) -> Result<()> {
        let Moving { w, m, v } = &self.table.moving;
        embedding.values_mut().copy_from_slice(&w.to_vec(device)?);
        let last = self.table.last.to_vec(device)?;
        optimizer.set_state(self.steps as u64, m.to_vec(device)?, v.to_vec(device)?, last);
        Ok(())
    }
}
