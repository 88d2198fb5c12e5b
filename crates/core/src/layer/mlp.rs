//! The multi-layer perceptron that towers and the selection network are made of.

use super::{Activation, RowPass, Sink, dense, fused, init};
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::init::{Init, ZERO};

/// A linear map.
#[derive(Clone, Debug)]
pub struct Linear {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
}

impl Linear {
    /// Parameters `weight [outputs, inputs]` and `bias [outputs]` under the builder's name.
    ///
    /// # Errors
    /// When the builder has parameters of that name in other shapes.
    pub fn new(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let init = init::linear(inputs);
        Self::with(inputs, outputs, init, Some(init), vb)
    }

    /// The same as Keras' `Dense` starts: Glorot-uniform, the bias at 0.
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn glorot(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        Self::with(inputs, outputs, init::glorot(inputs, outputs), Some(ZERO), vb)
    }

    /// The same with other initial values; without any for the bias there is none.
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn with(
        inputs: usize,
        outputs: usize,
        weight: Init,
        bias: Option<Init>,
        vb: &VarBuilder,
    ) -> Result<Self> {
        // The weight first: where a file lies about its sizes, nothing has been made yet.
        let weight = vb.get_with_hints((outputs, inputs), "weight", weight)?;
        let bias = match bias {
            Some(init) => vb.get_with_hints(outputs, "bias", init)?,
            None => Tensor::zeros(outputs, vb.dtype(), vb.device())?,
        };
        Ok(Self { weight, bias })
    }

    /// The layer with weight `W⊙W'` and bias `b + b'`.
    ///
    /// # Errors
    /// When the other has another shape.
    pub fn star(&self, own: &Self) -> Result<Self> {
        let (weight, bias) = ((&self.weight * &own.weight)?, (&self.bias + &own.bias)?);
        Ok(Self { weight, bias })
    }

    /// Several layers over the same inputs as one, with their outputs side by side.
    ///
    /// # Errors
    /// When they have other inputs.
    pub fn beside<'a>(layers: impl Iterator<Item = &'a Self>) -> Result<Self> {
        let (weights, biases): (Vec<_>, Vec<_>) = layers.map(|l| (&l.weight, &l.bias)).unzip();
        Ok(Self { weight: Tensor::cat(&weights, 0)?, bias: Tensor::cat(&biases, 0)? })
    }

    /// One layer over its first `count` inputs and one over the others, whose outputs add up to this layer's. The
    /// bias is the second one's.
    ///
    /// # Errors
    /// When there are fewer inputs.
    pub fn split(&self, count: usize) -> Result<(Self, Self)> {
        let first = self.weight.narrow(1, 0, count)?.contiguous()?;
        let rest = self.weight.dim(1)?.saturating_sub(count);
        let rest = self.weight.narrow(1, count, rest)?.contiguous()?;
        let bias = self.bias.zeros_like()?;
        Ok((Self { weight: first, bias }, Self { weight: rest, bias: self.bias.clone() }))
    }

    /// `[n, inputs]` to `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, activation: &Activation) -> Result<Tensor> {
        dense(x, &self.weight, &self.bias, activation.clone().into())
    }

    /// The same as hidden layer `l` of a network that `rows` go through: with its dropout, in its
    /// precision.
    ///
    /// # Errors
    /// As [`Linear::forward`].
    pub fn hidden(&self, x: &Tensor, rows: &RowPass, l: usize) -> Result<Tensor> {
        dense(x, &self.weight, &self.bias, rows.layer(l))
    }
}

/// `[Linear → ReLU → Dropout]` for each hidden width.
#[derive(Clone, Debug)]
pub struct Mlp(Vec<Linear>);

impl Mlp {
    /// Layers `layers.0`, `layers.1`, … from `inputs` through the widths `dims`.
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn new(inputs: usize, dims: &[usize], vb: &VarBuilder) -> Result<Self> {
        Self::with(inputs, dims, Linear::new, vb)
    }

    /// The same with layers that `make` makes from inputs, outputs and builder.
    ///
    /// # Errors
    /// What `make` reports.
    pub fn with(
        inputs: usize,
        dims: &[usize],
        make: fn(usize, usize, &VarBuilder) -> Result<Linear>,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let widths = std::iter::once(&inputs).chain(dims);
        let layers = widths.zip(dims).enumerate();
        let layers = layers.map(|(l, (i, o))| make(*i, *o, &vb.pp("layers").pp(l)));
        Ok(Self(layers.collect::<Result<_>>()?))
    }

    /// `[n, inputs]` to `[n, last width]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = fusing(x, rows) {
            return fused::forward(x, vec![self.stack(rows)], sink);
        }
        let mut layers = self.0.iter().enumerate();
        layers.try_fold(x.clone(), |h, (l, layer)| layer.hidden(&h, rows, l))
    }

    /// The layers and what they do with the rows.
    fn stack(&self, rows: &RowPass) -> fused::Stack {
        self.0.iter().enumerate().map(|(l, layer)| (layer.clone(), rows.layer(l))).collect()
    }
}

/// Where gradients of parameters go in a training step in host memory.
fn fusing<'a>(x: &Tensor, rows: &'a RowPass) -> Option<&'a Sink> {
    rows.sink.as_ref().filter(|_| x.device().is_cpu())
}

/// An MLP and a linear layer behind it.
#[derive(Clone, Debug)]
pub struct Head {
    /// Of hidden layers.
    pub mlp: Mlp,
    /// The last layer.
    pub out: Linear,
}

impl Head {
    /// `[n, inputs]` to `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = fusing(x, rows) {
            return fused::forward(x, vec![self.stack(rows)], sink);
        }
        self.out.forward(&self.mlp.forward(x, rows)?, &Activation::None)
    }

    /// Rows `x [K, n, I]` through K heads, n through each, to `[K, n, O]`.
    ///
    /// # Errors
    /// When there are other numbers of heads or inputs.
    pub fn side_by_side<'a>(
        x: &Tensor,
        heads: impl Iterator<Item = (&'a Self, RowPass)>,
    ) -> Result<Tensor> {
        let heads: Vec<_> = heads.collect();
        if let Some(sink) = heads.first().and_then(|(_, rows)| fusing(x, rows)) {
            let stacks = heads.iter().map(|(head, rows)| head.stack(rows)).collect();
            return fused::forward(x, stacks, sink);
        }
        let heads = heads.iter().enumerate();
        let all = heads.map(|(k, (head, rows))| head.forward(&x.get(k)?, rows));
        Ok(Tensor::stack(&all.collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// All layers and what they do with the rows.
    fn stack(&self, rows: &RowPass) -> fused::Stack {
        let mut stack = self.mlp.stack(rows);
        stack.push((self.out.clone(), Activation::None.into()));
        stack
    }
}
