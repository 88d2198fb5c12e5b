//! Whole MLPs as one operation, so that the outputs of hidden layers do not become tensors.
//!
//! [`super::Mlp`] and [`super::Head`] call [`forward`] in a training step in host memory. candle
//! then calls `cpu_fwd` at once, and `bwd` in the slice's backward pass. The parameters are not
//! inputs of the operation, so candle's graph does not know them; their gradients go to the
//! [`GradientSink`].

use super::active_rows::ActiveRows;
use super::dense::{Dense, Slopes, read, slice};
use super::forward_state::ForwardState;
use super::gradient_sink::GradientSink;
use super::linear::Linear;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use std::borrow::Cow;

/// The layers of one MLP, each with its operation for the rows of this pass.
pub(super) type Stack = Vec<(Linear, Dense)>;

/// Runs K MLPs on `x [K, n, I]` in host memory, n rows through each; gives `[K, n, O]`. A single
/// MLP also takes `[n, I]` and gives `[n, O]`.
///
/// The gradients of the parameters go to the sink. The gradient of `x` goes to the sink too if `x`
/// is a leaf, and otherwise back through candle's graph. `x` must be a leaf or depend on one: else
/// candle has no reason to run the backward pass, and the parameters get no gradient.
pub(super) fn forward(x: &Tensor, stacks: Vec<Stack>, sink: &GradientSink) -> Result<Tensor> {
    let op = Fused { stacks, sink: sink.clone(), hidden: ForwardState::default() };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    stacks: Vec<Stack>,
    sink: GradientSink,
    /// For each MLP the outputs of all its layers but the last. candle keeps the last one's as the
    /// operation's output.
    hidden: ForwardState<Vec<Vec<Vec<f32>>>>,
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (n, inputs) = self.sizes(lx.dims())?;
        let x = slice(x, lx)?;
        let mut last = Vec::new();
        let mut hidden = Vec::new();
        let mut width = inputs;
        for (k, stack) in self.stacks.iter().enumerate() {
            let x = &x[k * n * inputs..][..n * inputs];
            let mut outputs = through(stack, x, inputs)?;
            // An MLP without layers gives its input.
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
            let dx = read(x, |x| {
                back(stack, &x[k * n * inputs..][..n * inputs], n, outputs, g, &self.sink)
            })??;
            slopes.push(dx);
        }
        if x.is_variable() {
            // An embedded row that the lookup handed out: candle would add the gradient to zeros.
            self.sink.add(x, joined(slopes));
            return Ok(None);
        }
        Ok(Some(Tensor::from_vec(joined(slopes), x.shape(), x.device())?))
    }
}

impl Fused {
    /// The number of rows through each MLP and the number of inputs, for an `x` of these
    /// dimensions.
    fn sizes(&self, dims: &[usize]) -> candle_core::Result<(usize, usize)> {
        match (dims, self.stacks.len()) {
            ([n, inputs], 1) => Ok((*n, *inputs)),
            ([k, n, inputs], count) if *k == count => Ok((*n, *inputs)),
            (_, count) => bail!("mlp: inputs {dims:?} for {count} networks"),
        }
    }
}

/// Runs all layers on `x [n, width]`; gives the output of each.
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

/// The backward pass of one MLP: gives the gradient of `x [n, I]` and adds the parameters' to the
/// sink. `outputs` are those of all layers, and `g` is the gradient of the last of them.
fn back(
    stack: &Stack,
    x: &[f32],
    n: usize,
    mut outputs: Vec<Vec<f32>>,
    mut g: Vec<f32>,
    sink: &GradientSink,
) -> candle_core::Result<Vec<f32>> {
    let active = ActiveRows::find(&g, n);
    active.retain(&mut g);
    outputs.iter_mut().for_each(|values| active.retain(values));
    for (l, (layer, op)) in stack.iter().enumerate().rev() {
        let input = if l == 0 { active.gather(x) } else { Cow::Borrowed(&outputs[l - 1][..]) };
        let op = active.of(op);
        let Slopes { dx, dw, db } = read(&layer.weight, |w| {
            op.backward(&input, w, &outputs[l], g, layer.bias.elem_count())
        })?;
        sink.add(&layer.weight, dw);
        sink.add(&layer.bias, db);
        g = dx;
        // These outputs are not needed any more. Freeing them here lowers the peak of memory, which
        // a step reaches in its backward pass.
        outputs.truncate(l);
    }
    Ok(active.scatter(g, x.len() / n.max(1)))
}

/// The values of all networks in one vector. A single network's are moved, not copied.
fn joined(mut parts: Vec<Vec<f32>>) -> Vec<f32> {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat(),
    }
}
