//! The layers of several equal networks, forward and backward.

use super::weights::{DeviceWeights, LayerPlace};
use crate::error::Result;
use ssim_kernels::dense::{self, LayerEnd, LayerRows};
use ssim_kernels::product::{Factor, Format, ProductSize, multiply};
use ssim_kernels::route::Routed;
use ssim_kernels::{Array, KernelDevice};

/// The rows of each network as a product sees them: batches of equal products.
struct Piece {
    /// The first network.
    network: usize,
    /// Networks of the piece, each with as many rows.
    networks: usize,
    /// The first pair, and the number of pairs of a network.
    first: usize,
    rows: usize,
}

/// Outputs and gradients of the layers, for up to so many pairs.
#[derive(Default)]
pub(super) struct Stack {
    outputs: Vec<Array<f32>>,
    slopes: Vec<Array<f32>>,
    pairs: usize,
}

impl Stack {
    /// Makes room for `pairs` pairs of row and network.
    pub fn reserve(
        &mut self,
        device: &dyn KernelDevice,
        of: &DeviceWeights,
        pairs: usize,
    ) -> Result<()> {
        if self.pairs >= pairs && !self.outputs.is_empty() {
            return Ok(());
        }
        let layers = &of.layout.layers;
        let room = |width: usize| Ok(Array::zeros(device, pairs * width)?);
        self.outputs = layers.iter().map(|layer| room(layer.outputs)).collect::<Result<_>>()?;
        self.slopes = layers.iter().map(|layer| room(layer.inputs)).collect::<Result<_>>()?;
        self.pairs = pairs;
        Ok(())
    }

    /// The outputs of the last layer, `[P, O]`, after [`Stack::forward`].
    pub fn last(&self) -> &Array<f32> {
        &self.outputs[self.outputs.len() - 1]
    }

    /// The gradient of the input, `[P, I]`, after [`Stack::backward`].
    pub fn slopes(&self) -> &Array<f32> {
        &self.slopes[0]
    }

    /// Runs all layers on `x` `[P, I]`; all but the last have a ReLU and dropout.
    pub fn forward(
        &mut self,
        device: &dyn KernelDevice,
        weights: &DeviceWeights,
        x: &Array<f32>,
        routed: &Routed,
        (rows, end, format): (LayerRows, LayerEnd, Format),
    ) -> Result<()> {
        let count = weights.layout.layers.len();
        for (l, layer) in weights.layout.layers.iter().enumerate() {
            let (before, after) = self.outputs.split_at_mut(l);
            let (x, y) = (before.last().unwrap_or(x), &mut after[0]);
            for piece in pieces(routed) {
                let (left, right) = piece.forward(layer, x, &weights.moving.w);
                let to = (&mut *y, piece.first * layer.outputs, piece.rows * layer.outputs);
                let size = piece.size(piece.rows, layer.inputs, layer.outputs);
                multiply(device, (left, right), to, size, format)?;
            }
            let relu = l + 1 < count;
            let dropout = if relu { end.dropout } else { 0.0 };
            let end = LayerEnd { layer: l, relu, dropout, ..end };
            let biases = (&weights.moving.w, layer.biases, layer.outputs);
            dense::finish(device, y, biases, rows, end)?;
        }
        Ok(())
    }

    /// Brings the gradient `slopes` `[P, O]` of the last outputs back to the weights and to the input.
    pub fn backward(
        &mut self,
        device: &dyn KernelDevice,
        weights: &mut DeviceWeights,
        (x, slopes): (&Array<f32>, &Array<f32>),
        routed: &Routed,
        (rows, end, format): (LayerRows, LayerEnd, Format),
    ) -> Result<()> {
        let DeviceWeights { layout, moving, gradient, .. } = weights;
        for (l, layer) in layout.layers.iter().enumerate().rev() {
            let (own, after) = self.slopes.split_at_mut(l + 1);
            let (dx, g) = (&mut own[l], after.first().unwrap_or(slopes));
            let x = if l == 0 { x } else { &self.outputs[l - 1] };
            dense::sum_columns(device, (g, layer.outputs), routed, (gradient, layer.biases))?;
            for piece in pieces(routed) {
                let LayerPlace { inputs, outputs, weights, .. } = *layer;
                let of_g = Factor::rows(g, piece.rows * outputs).at(piece.first * outputs);
                let of_x = Factor::rows(x, piece.rows * inputs).at(piece.first * inputs);
                let size = outputs * inputs;
                let to = (&mut *gradient, weights + piece.network * size, size);
                let shape = piece.size(outputs, piece.rows, inputs);
                multiply(device, (of_g.transposed(), of_x), to, shape, format)?;
                let w = Factor::rows(&moving.w, size).at(weights + piece.network * size);
                let to = (&mut *dx, piece.first * inputs, piece.rows * inputs);
                let shape = piece.size(piece.rows, outputs, inputs);
                multiply(device, (of_g, w), to, shape, format)?;
            }
            if l > 0 {
                let dropout = end.dropout;
                let end = LayerEnd { layer: l - 1, relu: true, dropout, ..end };
                dense::begin(device, dx, (x, layer.inputs), rows, end)?;
            }
        }
        Ok(())
    }
}

impl Piece {
    fn size(&self, rows: usize, inner: usize, columns: usize) -> ProductSize {
        ProductSize { rows, inner, columns, batch: self.networks }
    }

    /// The factors of x·wᵀ.
    fn forward<'a>(
        &self,
        layer: &LayerPlace,
        x: &'a Array<f32>,
        w: &'a Array<f32>,
    ) -> (Factor<'a>, Factor<'a>) {
        let LayerPlace { inputs, outputs, weights, .. } = *layer;
        let size = outputs * inputs;
        let left = Factor::rows(x, self.rows * inputs).at(self.first * inputs);
        let right = Factor::rows(w, size).at(weights + self.network * size).transposed();
        (left, right)
    }
}

/// Neighbouring networks with equally many pairs are one batch of products.
fn pieces(routed: &Routed) -> Vec<Piece> {
    let places = routed.places();
    let mut pieces: Vec<Piece> = Vec::new();
    for (k, ends) in places.windows(2).enumerate() {
        let (first, rows) = (ends[0] as usize, (ends[1] - ends[0]) as usize);
        match pieces.last_mut() {
            Some(piece) if piece.rows == rows => piece.networks += 1,
            _ => pieces.push(Piece { network: k, networks: 1, first, rows }),
        }
    }
    pieces
}
