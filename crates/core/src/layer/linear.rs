//! The linear layer, of which all networks are built.

use super::{Activation, RowPass, dense, init};
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

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.bias.elem_count()
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
        dense(x, &self.weight, &self.bias, rows.layer(l, Some(x)))
    }
}
