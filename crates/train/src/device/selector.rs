//! The selection network of a search on a device.

use super::stack::Stack;
use super::weights::{DeviceWeights, Layout};
use crate::config::{MaskGradient, Reduction};
use crate::error::Result;
use crate::optimizer::Adam;
use crate::step::loss::Pull;
use crate::step::selection::Selection;
use ssim_core::selector::Selector;
use ssim_kernels::dense::{LayerEnd, LayerRows};
use ssim_kernels::embed::{self, BatchRows, Rows};
use ssim_kernels::loss::{self, BatchScores, Losses, Teaching};
use ssim_kernels::product::Format;
use ssim_kernels::route::{self, MaskAt, Routed};
use ssim_kernels::{Array, KernelDevice};

/// The selection network, and what it computes for the rows of a batch.
pub(super) struct DeviceSelector {
    weights: DeviceWeights,
    stack: Stack,
    heads: usize,
    /// Room for batches of up to so many rows.
    rows: usize,
    /// All rows of the batch as those of one network.
    whole: Routed,
    embedded: Array<f32>,
    scores: Array<f32>,
    slopes: Array<f32>,
}

impl DeviceSelector {
    /// Copies a selector to the device.
    pub fn new(device: &dyn KernelDevice, selector: &Selector, adam: &Adam) -> Result<Self> {
        let layers = selector.config.mlp.len();
        let names = (0..=layers).map(|l| match l {
            l if l < layers => vec![format!("selector.layers.{l}")],
            _ => vec!["selector.heads".to_owned()],
        });
        let values = selector.parameters.values()?;
        let layout = Layout::new(&values, selector.config.width, names.collect())?;
        Ok(Self {
            weights: DeviceWeights::new(device, layout, &values, adam)?,
            stack: Stack::default(),
            heads: selector.config.heads,
            rows: 0,
            whole: Routed::whole(device, 0)?,
            embedded: Array::zeros(device, 0)?,
            scores: Array::zeros(device, 0)?,
            slopes: Array::zeros(device, 0)?,
        })
    }

    /// Copies the same selector anew, into the same memory.
    pub fn load(
        &mut self,
        device: &dyn KernelDevice,
        selector: &Selector,
        adam: &Adam,
    ) -> Result<()> {
        self.weights.load(device, &selector.parameters.values()?, adam)
    }

    /// Computes the outputs of all heads for the rows of a batch.
    pub fn score(
        &mut self,
        device: &dyn KernelDevice,
        (rows, batch): (&Rows, BatchRows),
        table: (&Array<f32>, usize),
        format: Format,
    ) -> Result<()> {
        let (m, width) = (batch.count, rows.fields * table.1);
        if self.rows < m {
            self.rows = m;
            self.embedded = Array::zeros(device, m * width)?;
            self.scores = Array::zeros(device, m)?;
            self.slopes = Array::zeros(device, m * self.heads)?;
        }
        if self.whole.pairs_reserved != m {
            self.whole = Routed::whole(device, m)?;
        }
        self.stack.reserve(device, &self.weights, m)?;
        embed::embed(device, table, rows, batch, None, &mut self.embedded)?;
        let of = (LayerRows::All(m), LayerEnd::default(), format);
        self.stack.forward(device, &self.weights, &self.embedded, &self.whole, of)
    }

    /// Takes the scores from the heads, and notes which rows the mask shares.
    pub fn mask(
        &mut self,
        device: &dyn KernelDevice,
        (rows, batch): (&Rows, BatchRows),
        selection: &Selection,
        shared: &mut Array<u8>,
    ) -> Result<()> {
        let heads = (self.stack.last(), self.heads);
        let to = (&mut self.scores, shared);
        Ok(route::masked(device, heads, rows, batch, mask_at(selection), to)?)
    }

    /// Computes the gradients of the scores, and the λ-terms.
    pub fn teach(
        &mut self,
        device: &dyn KernelDevice,
        of: (&Rows, BatchRows),
        routed: (&Routed, &Array<f32>, bool),
        (selection, reduction): (&Selection, Reduction),
        (shared, losses): (&Array<u8>, &mut Losses),
    ) -> Result<()> {
        let m = of.1.count as f64;
        let Pull { pull, private, log } = Pull::of(selection, reduction, m);
        let teaching = Teaching {
            mask: mask_at(selection),
            pull,
            private_term: private,
            log_term: log,
            leak: selection.leak,
            relaxed: selection.gradient == MaskGradient::Relaxed,
        };
        let scored = BatchScores { scores: &self.scores, shared, heads: self.heads };
        let to = &mut self.slopes;
        Ok(loss::score_slopes(device, (scored, teaching), of, routed, losses, to)?)
    }

    /// Moves the selector, and returns the gradients of the embedded rows, `[m, F·D]`.
    pub fn learn(
        &mut self,
        device: &dyn KernelDevice,
        m: usize,
        losses: &Losses,
        format: Format,
    ) -> Result<&Array<f32>> {
        let of = (LayerRows::All(m), LayerEnd::default(), format);
        let ends = (&self.embedded, &self.slopes);
        self.stack.backward(device, &mut self.weights, ends, &self.whole, of)?;
        self.weights.step(device, &losses.loss)?;
        Ok(self.stack.slopes())
    }

    /// Copies weights and moments back.
    pub fn settle(
        &self,
        device: &dyn KernelDevice,
        selector: &Selector,
        adam: &mut Adam,
    ) -> Result<()> {
        self.weights.settle(device, &selector.parameters, adam)
    }
}

fn mask_at(selection: &Selection) -> MaskAt {
    MaskAt { threshold: selection.mask.threshold, temperature: selection.temperature }
}
