//! Linear layers and multi-layer perceptrons, from which towers and the selection network are
//! built.
//!
//! A network is built twice from the same parameters, once to train and once to predict
//! ([`crate::parameters`]); both call the same `forward` methods. In a training step in host memory
//! [`Mlp`] and [`Head`] run as one operation ([`super::fused`]) and leave their gradients in the
//! pass's [`GradientSink`]; otherwise they run layer by layer ([`super::dense`]).

use super::{Activation, GradientSink, RowPass, dense, fused, init};
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::init::{Init, ZERO};

/// A linear layer `x·Wᵀ + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
}

impl Linear {
    /// A layer with the parameters `weight [outputs, inputs]` and `bias [outputs]` under the
    /// builder's name, both drawn as PyTorch draws them.
    ///
    /// # Errors
    /// When the builder has parameters of that name in other shapes.
    pub fn new(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let init = init::linear(inputs);
        Self::with(inputs, outputs, init, Some(init), vb)
    }

    /// [`Linear::new`] with the initial values of Keras' `Dense`: Glorot-uniform, and a bias of 0.
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn glorot(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        Self::with(inputs, outputs, init::glorot(inputs, outputs), Some(ZERO), vb)
    }

    /// [`Linear::new`] with the given initial values. With `None` for the bias, the layer has no
    /// bias parameter.
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
        // The weight first: it fails if a file claims sizes that it does not have, before memory
        // for these sizes is allocated.
        let weight = vb.get_with_hints((outputs, inputs), "weight", weight)?;
        let bias = match bias {
            Some(init) => vb.get_with_hints(outputs, "bias", init)?,
            // The operations add a bias in any case.
            None => Tensor::zeros(outputs, vb.dtype(), vb.device())?,
        };
        Ok(Self { weight, bias })
    }

    /// The layer with weight `W⊙W'` and bias `b + b'`, where `W'` and `b'` are the other layer's.
    ///
    /// # Errors
    /// When the layers have different shapes.
    pub fn star(&self, other: &Self) -> Result<Self> {
        let weight = (&self.weight * &other.weight)?;
        let bias = (&self.bias + &other.bias)?;
        Ok(Self { weight, bias })
    }

    /// Joins several layers over the same inputs into one, with their outputs side by side.
    ///
    /// # Errors
    /// When the layers have different numbers of inputs.
    pub fn beside<'a>(layers: impl Iterator<Item = &'a Self>) -> Result<Self> {
        let (weights, biases): (Vec<_>, Vec<_>) = layers.map(|l| (&l.weight, &l.bias)).unzip();
        Ok(Self { weight: Tensor::cat(&weights, 0)?, bias: Tensor::cat(&biases, 0)? })
    }

    /// Splits the layer into one over the first `count` inputs and one over the others; their
    /// outputs add up to this layer's. The second one has the bias.
    ///
    /// # Errors
    /// When the layer has fewer than `count` inputs.
    pub fn split(&self, count: usize) -> Result<(Self, Self)> {
        let first = self.weight.narrow(1, 0, count)?.contiguous()?;
        let rest = self.weight.dim(1)?.saturating_sub(count);
        let rest = self.weight.narrow(1, count, rest)?.contiguous()?;
        let bias = self.bias.zeros_like()?;
        Ok((Self { weight: first, bias }, Self { weight: rest, bias: self.bias.clone() }))
    }

    /// Runs the layer on x `[n, inputs]` in f32; gives `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, activation: &Activation) -> Result<Tensor> {
        dense(x, &self.weight, &self.bias, activation.clone().into())
    }

    /// Runs the layer as hidden layer `l` of a network, followed by ReLU, with the dropout and the
    /// precision of `rows`.
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
    /// Hidden layers of the widths `dims` on `inputs` inputs, named `layers.0`, `layers.1`, ….
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn new(inputs: usize, dims: &[usize], vb: &VarBuilder) -> Result<Self> {
        Self::with(inputs, dims, Linear::new, vb)
    }

    /// [`Mlp::new`] with layers that `make` builds from the numbers of inputs and outputs.
    ///
    /// # Errors
    /// As `make`.
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

    /// Runs all layers on x `[n, inputs]`; gives `[n, last width]`.
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

    /// The layers, each with its operation for these rows.
    fn stack(&self, rows: &RowPass) -> fused::Stack {
        self.0.iter().enumerate().map(|(l, layer)| (layer.clone(), rows.layer(l))).collect()
    }
}

/// The sink for the gradients of parameters in a training step in host memory; `None` otherwise.
fn fusing<'a>(x: &Tensor, rows: &'a RowPass) -> Option<&'a GradientSink> {
    rows.sink.as_ref().filter(|_| x.device().is_cpu())
}

/// An MLP followed by a linear layer without activation.
#[derive(Clone, Debug)]
pub struct Head {
    /// The hidden layers.
    pub mlp: Mlp,
    /// The last layer.
    pub out: Linear,
}

impl Head {
    /// Runs the head on x `[n, inputs]`; gives `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = fusing(x, rows) {
            return fused::forward(x, vec![self.stack(rows)], sink);
        }
        self.out.forward(&self.mlp.forward(x, rows)?, &Activation::None)
    }

    /// Runs K heads on x `[K, n, I]`, n rows through each; gives `[K, n, O]`.
    ///
    /// # Errors
    /// When x is for another number of heads, or has another width.
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

    /// All layers, each with its operation for these rows.
    fn stack(&self, rows: &RowPass) -> fused::Stack {
        let mut stack = self.mlp.stack(rows);
        stack.push((self.out.clone(), Activation::None.into()));
        stack
    }
}
