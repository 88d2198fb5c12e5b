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

/// An MLP, and the number of rows that go through it.
pub(super) struct Part {
    pub stack: Stack,
    pub rows: usize,
}

/// Runs several MLPs on `x [P, I]` in host memory; gives `[P, O]`. The first rows go through the
/// first MLP, the next ones through the second, and so on, as many as each part says.
///
/// The gradients of the parameters go to the sink. The gradient of `x` goes to the sink too if `x`
/// is a leaf, and otherwise back through candle's graph. `x` must be a leaf or depend on one: else
/// candle has no reason to run the backward pass, and the parameters get no gradient.
pub(super) fn forward(x: &Tensor, parts: Vec<Part>, sink: &GradientSink) -> Result<Tensor> {
    let op = Fused { parts, sink: sink.clone(), hidden: ForwardState::default() };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    parts: Vec<Part>,
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
        let (n, inputs) = self.sizes(lx.shape())?;
        let mut rest = slice(x, lx)?;
        let mut last = Vec::with_capacity(self.parts.len());
        let mut hidden = Vec::with_capacity(self.parts.len());
        for Part { stack, rows } in &self.parts {
            let (x, others) = rest.split_at(rows * inputs);
            rest = others;
            let mut outputs = through(stack, x, inputs)?;
            // An MLP without layers gives its input.
            last.push(outputs.pop().unwrap_or_else(|| x.to_vec()));
            hidden.push(outputs);
        }
        self.hidden.put(hidden);
        let last = joined(last);
        let shape = Shape::from((n, last.len() / n.max(1)));
        Ok((CpuStorage::F32(last), shape))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let hidden = self.hidden.take()?;
        let (n, inputs) = self.sizes(x.shape())?;
        let mut slopes = Vec::with_capacity(self.parts.len());
        let mut from = 0;
        for (Part { stack, rows }, mut values) in self.parts.iter().zip(hidden) {
            let of_part = |values: &[f32]| {
                let width = values.len() / n.max(1);
                values[from * width..][..rows * width].to_vec()
            };
            values.push(read(y, of_part)?);
            let g = read(grad, of_part)?;
            let dx = read(x, |x| {
                back(stack, &x[from * inputs..][..rows * inputs], *rows, values, g, &self.sink)
            })??;
            slopes.push(dx);
            from += rows;
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
    /// The number of rows of an `x` of this shape, and its number of inputs.
    fn sizes(&self, x: &Shape) -> candle_core::Result<(usize, usize)> {
        let (n, inputs) = x.dims2()?;
        let expected: usize = self.parts.iter().map(|part| part.rows).sum();
        if n != expected {
            bail!("mlp: expected {expected} rows, got {n}");
        }
        Ok((n, inputs))
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
