//! Multi-layer perceptrons, from which towers and the selection network are built.
//!
//! A network is built twice from the same parameters, once to train and once to predict
//! ([`crate::parameters`]); both call the same `forward` methods. In a training step in host memory
//! [`Mlp`] and [`Head`] run as one operation ([`super::fused`]) and leave their gradients in the
//! pass's [`GradientSink`]; otherwise they run layer by layer ([`super::dense`]).

use super::dense::Activation;
use super::fused::{self, Part};
use super::gradient_sink::GradientSink;
use super::linear::Linear;
use super::pass::RowPass;
use crate::error::Result;
use candle_core::Tensor;
use candle_nn::VarBuilder;

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

    /// Number of outputs of the first layer; 0 without layers.
    pub fn first(&self) -> usize {
        self.0.first().map_or(0, Linear::outputs)
    }

    /// Runs all layers on x `[n, inputs]`; gives `[n, last width]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = fusing(x, rows) {
            let part = Part { stack: self.stack(x, rows), rows: (0..x.dim(0)? as u32).collect() };
            return fused::forward(x, vec![part], sink);
        }
        let mut layers = self.0.iter().enumerate();
        layers.try_fold(x.clone(), |h, (l, layer)| layer.hidden(&h, rows, l))
    }

    /// The layers, each with its operation for these rows `x`.
    fn stack(&self, x: &Tensor, rows: &RowPass) -> fused::Stack {
        let layers = self.0.iter().enumerate();
        layers.map(|(l, layer)| (layer.clone(), rows.layer(l, (l == 0).then_some(x)))).collect()
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
    /// A head with one output: hidden layers of the widths `dims` on `inputs` inputs, named
    /// `layers.0`, `layers.1`, …, and the layer `out`.
    ///
    /// # Errors
    /// As [`Linear::new`].
    pub fn new(inputs: usize, dims: &[usize], vb: &VarBuilder) -> Result<Self> {
        let mlp = Mlp::new(inputs, dims, vb)?;
        let last = dims.last().copied().unwrap_or(inputs);
        Ok(Self { mlp, out: Linear::new(last, 1, &vb.pp("out"))? })
    }

    /// Runs the head on x `[n, inputs]`; gives `[n, outputs]`.
    ///
    /// # Errors
    /// When the input has another width.
    pub fn forward(&self, x: &Tensor, rows: &RowPass) -> Result<Tensor> {
        if let Some(sink) = fusing(x, rows) {
            let part = Part { stack: self.stack(x, rows), rows: (0..x.dim(0)? as u32).collect() };
            return fused::forward(x, vec![part], sink);
        }
        self.out.forward(&self.mlp.forward(x, rows)?, &Activation::None)
    }

    /// Runs several heads on rows of x `[m, I]`, each on the rows at the positions beside it; gives
    /// `[P, outputs]`, the outputs of the first head, then those of the second, and so on.
    ///
    /// In a training step in host memory this is one operation for all heads.
    ///
    /// # Errors
    /// When x has another width, or fewer rows than a position says.
    pub fn side_by_side<'a>(
        x: &Tensor,
        heads: impl Iterator<Item = (&'a Self, RowPass, Vec<u32>)>,
    ) -> Result<Tensor> {
        let heads: Vec<_> = heads.collect();
        if let Some(sink) = heads.first().and_then(|(_, rows, _)| fusing(x, rows)).cloned() {
            let parts = heads.into_iter();
            let parts = parts.map(|(head, pass, rows)| Part { stack: head.stack(x, &pass), rows });
            return fused::forward(x, parts.collect(), &sink);
        }
        let outputs = heads.iter().map(|(head, pass, rows)| {
            let own = x.index_select(&Tensor::new(&rows[..], x.device())?, 0)?;
            head.forward(&own, pass)
        });
        Ok(Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// All layers, each with its operation for these rows `x`.
    fn stack(&self, x: &Tensor, rows: &RowPass) -> fused::Stack {
        let mut stack = self.mlp.stack(x, rows);
        stack.push((self.out.clone(), Activation::None.into()));
        stack
    }
}
