//! Whole MLPs as one operation: nothing between their layers becomes a tensor.

use super::dense::{Dense, Slopes, read, slice};
use super::kept::Kept;
use super::live::Live;
use super::mlp::Linear;
use super::sink::Sink;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use std::borrow::Cow;

/// The layers of one MLP.
pub(super) type Stack = Vec<(Linear, Dense)>;

/// `x [K, n, I]` in host memory through K MLPs, n rows through each, to `[K, n, O]`; one MLP also
/// takes `[n, I]` to `[n, O]`. The gradients of the parameters go to the sink, and so does that of
/// an `x` that is a leaf itself; any other's goes back through candle's graph, which `x` must be
/// part of.
pub(super) fn forward(x: &Tensor, stacks: Vec<Stack>, sink: &Sink) -> Result<Tensor> {
    let op = Fused { stacks, sink: sink.clone(), hidden: Kept::default() };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    stacks: Vec<Stack>,
    sink: Sink,
    /// Outputs of all layers but the last of each MLP.
    hidden: Kept<Vec<Vec<Vec<f32>>>>,
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (n, inputs) = self.sizes(lx.dims())?;
        let x = slice(x, lx)?;
        let (mut last, mut hidden, mut width) = (Vec::new(), Vec::new(), inputs);
        for (k, stack) in self.stacks.iter().enumerate() {
            let x = &x[k * n * inputs..][..n * inputs];
            let mut outputs = through(stack, x, inputs)?;
            last.push(outputs.pop().unwrap_or_else(|| x.to_vec()));
            width = stack.last().map_or(inputs, |(layer, _)| layer.bias.elem_count());
            hidden.push(outputs);
        }
        self.hidden.put(hidden);
        let mut dims = lx.dims().to_vec();
        dims.last_mut().into_iter().for_each(|last| *last = width);
        Ok((CpuStorage::F32(joined(last)), Shape::from(dims)))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let hidden = self.hidden.take()?;
        let (n, inputs) = self.sizes(x.dims())?;
        let mut slopes = Vec::with_capacity(self.stacks.len());
        for (k, (stack, mut outputs)) in self.stacks.iter().zip(hidden).enumerate() {
            let part = |values: &[f32]| {
                let size = values.len() / self.stacks.len();
                values[k * size..][..size].to_vec()
            };
            outputs.push(read(y, part)?);
            let g = read(grad, part)?;
            let back = |x: &[f32]| {
                back(stack, &x[k * n * inputs..][..n * inputs], n, outputs, g, &self.sink)
            };
            slopes.push(read(x, back)??);
        }
        if x.is_variable() {
            self.sink.add(x, joined(slopes));
            return Ok(None);
        }
        Ok(Some(Tensor::from_vec(joined(slopes), x.shape(), x.device())?))
    }
}

impl Fused {
    /// Rows through each MLP, and inputs, of `x` with these dimensions.
    fn sizes(&self, dims: &[usize]) -> candle_core::Result<(usize, usize)> {
        match (dims, self.stacks.len()) {
            ([n, inputs], 1) => Ok((*n, *inputs)),
            ([k, n, inputs], count) if *k == count => Ok((*n, *inputs)),
            (_, count) => bail!("mlp: inputs {dims:?} for {count} networks"),
        }
    }
}

/// The outputs of all layers on `x [n, width]`.
fn through(stack: &Stack, x: &[f32], mut width: usize) -> candle_core::Result<Vec<Vec<f32>>> {
    let mut outputs: Vec<Vec<f32>> = Vec::with_capacity(stack.len());
    for (layer, op) in stack {
        let input = outputs.last().map_or(x, Vec::as_slice);
        if layer.weight.dim(1)? != width {
            bail!("mlp: expected {} inputs, got {width}", layer.weight.dim(1)?);
        }
        width = layer.bias.elem_count();
        let output = read(&layer.weight, |w| read(&layer.bias, |b| op.forward(input, w, b)))??;
        outputs.push(output);
    }
    Ok(outputs)
}

/// The gradient of `x [n, I]`, where `g` is that of the last of the layers' `outputs`.
fn back(
    stack: &Stack,
    x: &[f32],
    n: usize,
    mut outputs: Vec<Vec<f32>>,
    mut g: Vec<f32>,
    sink: &Sink,
) -> candle_core::Result<Vec<f32>> {
    let live = Live::rows(&g, n);
    live.keep(&mut g);
    outputs.iter_mut().for_each(|values| live.keep(values));
    for (l, (layer, op)) in stack.iter().enumerate().rev() {
        let input = if l == 0 { live.kept(x) } else { Cow::Borrowed(&outputs[l - 1][..]) };
        let slopes = |w: &[f32]| op.backward(&input, w, &outputs[l], g, layer.bias.elem_count());
        let Slopes { dx, dw, db } = read(&layer.weight, slopes)?;
        sink.add(&layer.weight, dw);
        sink.add(&layer.bias, db);
        g = dx;
        // Read for the last time: the widest memory of a step is that of its backward pass.
        outputs.truncate(l);
    }
    Ok(live.spread(g, x.len() / n.max(1)))
}

/// The values of all networks; a single one's are moved.
fn joined(mut parts: Vec<Vec<f32>>) -> Vec<f32> {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat(),
    }
}
