//! The multi-layer perceptron that towers and the selection network are made of.

use super::{Activation, RowPass, dense, fused};
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

/// A linear map with bias, initialised U(±1/√fan_in) as PyTorch's `Linear` is.
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
        let bound = 1.0 / (inputs as f64).sqrt();
        let init = Init::Uniform { lo: -bound, up: bound };
        Ok(Self {
            weight: vb.get_with_hints((outputs, inputs), "weight", init)?,
            bias: vb.get_with_hints(outputs, "bias", init)?,
        })
    }

    /// `weight [outputs, inputs]` alone, initialised alike; its bias is 0 and no parameter.
    ///
    /// # Errors
    /// When the builder has a parameter of that name in another shape.
    pub fn without_bias(inputs: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let bound = 1.0 / (inputs as f64).sqrt();
        let init = Init::Uniform { lo: -bound, up: bound };
        Ok(Self {
            weight: vb.get_with_hints((outputs, inputs), "weight", init)?,
            bias: Tensor::zeros(outputs, vb.dtype(), vb.device())?,
        })
    }

    /// `[n, inputs]` to `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, activation: &Activation) -> Result<Tensor> {
        dense(x, &self.weight, &self.bias, activation)
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
        let widths = std::iter::once(&inputs).chain(dims);
        let layers = widths.zip(dims).enumerate();
        let layers = layers.map(|(l, (i, o))| Linear::new(*i, *o, &vb.pp("layers").pp(l)));
        Ok(Self(layers.collect::<Result<_>>()?))
    }

    /// `[n, inputs]` to `[n, last width]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = &rows.sink
            && x.device().is_cpu()
        {
            return fused::forward(x, &self.0, rows, sink);
        }
        let mut layers = self.0.iter().enumerate();
        layers.try_fold(x.clone(), |h, (l, layer)| layer.forward(&h, &rows.activation(l)))
    }
}

impl RowPass {
    /// What follows layer `l` of an MLP.
    pub(super) fn activation(&self, l: usize) -> Activation {
        Activation::Relu(self.keys.as_ref().map(|keys| keys.at_layer(l)))
    }
}
