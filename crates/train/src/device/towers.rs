//! The towers on a device: embedded pairs, layers, and gradients.

use super::stack::Stack;
use super::weights::{DeviceWeights, Layout};
use crate::error::Result;
use crate::optimizer::Adam;
use ssim_core::model::Model;
use ssim_kernels::dense::{LayerEnd, LayerRows};
use ssim_kernels::embed::{self, BatchRows, Rows};
use ssim_kernels::loss::Losses;
use ssim_kernels::product::Format;
use ssim_kernels::route::Routed;
use ssim_kernels::{Array, KernelDevice};

/// The towers of the backbone `dnn`, and what they compute for the pairs of a batch.
pub(super) struct DeviceTowers {
    weights: DeviceWeights,
    stack: Stack,
    /// Embedded rows of the pairs, `[P, F·D]`.
    embedded: Array<f32>,
}

/// Probability and key of a step's dropout.
type Dropout = (f32, u64);

impl DeviceTowers {
    /// Copies the towers of a model to the device.
    pub fn new(device: &dyn KernelDevice, model: &Model, adam: &Adam) -> Result<Self> {
        let layers = model.config.mlp.len();
        let names = (0..=layers).map(|l| {
            let of_tower = |k| match l {
                l if l < layers => format!("towers.{k}.layers.{l}"),
                _ => format!("towers.{k}.out"),
            };
            (0..model.config.towers).map(of_tower).collect()
        });
        let values = model.parameters.values()?;
        let layout = Layout::new(&values, model.config.width, names.collect())?;
        let weights = DeviceWeights::new(device, layout, &values, adam)?;
        Ok(Self { weights, stack: Stack::default(), embedded: Array::zeros(device, 0)? })
    }

    /// Copies the towers of the same model anew, into the same memory.
    pub fn load(&mut self, device: &dyn KernelDevice, model: &Model, adam: &Adam) -> Result<()> {
        self.weights.load(device, &model.parameters.values()?, adam)
    }

    /// Number of towers.
    pub fn count(&self) -> usize {
        self.weights.layout.networks
    }

    /// Computes the logits of all pairs.
    pub fn forward(
        &mut self,
        device: &dyn KernelDevice,
        (rows, batch): (&Rows, BatchRows),
        table: (&Array<f32>, usize),
        routed: &Routed,
        ((dropout, key), format): (Dropout, Format),
    ) -> Result<()> {
        let pairs = routed.pairs_reserved;
        let width = rows.fields * table.1;
        if self.embedded.len() < pairs * width {
            self.embedded = Array::zeros(device, pairs * width)?;
        }
        self.stack.reserve(device, &self.weights, pairs)?;
        let of_pairs = Some((&routed.pairs, pairs));
        embed::embed(device, table, rows, batch, of_pairs, &mut self.embedded)?;
        let end = LayerEnd { dropout, key, ..LayerEnd::default() };
        let of = (LayerRows::Pairs(routed), end, format);
        self.stack.forward(device, &self.weights, &self.embedded, routed, of)
    }

    /// The logits `[P]`, after [`DeviceTowers::forward`].
    pub fn logits(&self) -> &Array<f32> {
        self.stack.last()
    }

    /// Computes the gradients of weights and embedded pairs.
    pub fn backward(
        &mut self,
        device: &dyn KernelDevice,
        routed: &Routed,
        losses: &Losses,
        ((dropout, key), format): (Dropout, Format),
    ) -> Result<()> {
        let end = LayerEnd { dropout, key, ..LayerEnd::default() };
        let of = (LayerRows::Pairs(routed), end, format);
        let ends = (&self.embedded, &losses.slopes);
        self.stack.backward(device, &mut self.weights, ends, routed, of)
    }

    /// The gradients of the embedded pairs, `[P, F·D]`, after [`DeviceTowers::backward`].
    pub fn slopes(&self) -> &Array<f32> {
        self.stack.slopes()
    }

    /// Moves the weights.
    pub fn step(&mut self, device: &dyn KernelDevice, losses: &Losses) -> Result<()> {
        self.weights.step(device, &losses.loss)
    }

    /// Copies weights and moments back.
    pub fn settle(&self, device: &dyn KernelDevice, model: &Model, adam: &mut Adam) -> Result<()> {
        self.weights.settle(device, &model.parameters, adam)
    }
}
