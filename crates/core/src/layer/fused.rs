//! A whole MLP as one operation: nothing between its layers becomes a tensor.

use super::dense::{Dense, Slopes, read, slice};
use super::live::Live;
use super::mlp::Linear;
use super::pass::RowPass;
use super::sink::Sink;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use std::sync::{Mutex, PoisonError};

/// `x [n, I]` through `layers`, each followed by ReLU and dropout, in host memory. The gradient of
/// `x` goes back through candle's graph (so `x` must be part of it), those of the parameters to
/// the sink.
pub(super) fn forward(
    x: &Tensor,
    layers: &[Linear],
    rows: &RowPass,
    sink: &Sink,
) -> Result<Tensor> {
    let layers = layers.iter().enumerate();
    let layers = layers.map(|(l, layer)| (layer.clone(), rows.layer(l)));
    let hidden = Mutex::default();
    let op = Fused { layers: layers.collect(), sink: sink.clone(), hidden };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    layers: Vec<(Linear, Dense)>,
    sink: Sink,
    /// Outputs of all layers but the last, kept from the forward pass for the backward pass.
    hidden: Mutex<Vec<Vec<f32>>>,
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (n, mut width) = lx.shape().dims2()?;
        let x = slice(x, lx)?;
        let mut outputs: Vec<Vec<f32>> = Vec::with_capacity(self.layers.len());
        for (layer, op) in &self.layers {
            let input = outputs.last().map_or(x, Vec::as_slice);
            if layer.weight.dim(1)? != width {
                bail!("mlp: expected {} inputs, got {width}", layer.weight.dim(1)?);
            }
            width = layer.bias.elem_count();
            let output = read(&layer.weight, |w| read(&layer.bias, |b| op.forward(input, w, b)))??;
            outputs.push(output);
        }
        let last = outputs.pop().unwrap_or_else(|| x.to_vec());
        *self.hidden.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
        Ok((CpuStorage::F32(last), Shape::from((n, width))))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let mut hidden =
            std::mem::take(&mut *self.hidden.lock().unwrap_or_else(PoisonError::into_inner));
        hidden.push(read(y, <[f32]>::to_vec)?);
        let mut g = read(grad, <[f32]>::to_vec)?;
        let (n, width) = x.dims2()?;
        let live = Live::rows(&g, n);
        live.keep(&mut g);
        hidden.iter_mut().for_each(|values| live.keep(values));
        for (layer, op) in self.layers.iter().rev() {
            let Some(output) = hidden.pop() else { bail!("mlp: backward without forward") };
            let outputs = layer.bias.elem_count();
            let slopes =
                |input: &[f32]| read(&layer.weight, |w| op.backward(input, w, &output, g, outputs));
            let Slopes { dx, dw, db } = match hidden.last() {
                Some(input) => slopes(input)?,
                None => read(x, |x| slopes(&live.kept(x)))??,
            };
            self.sink.add(&layer.weight, dw);
            self.sink.add(&layer.bias, db);
            g = dx;
        }
        Ok(Some(Tensor::from_vec(live.spread(g, width), x.shape(), x.device())?))
    }
}
