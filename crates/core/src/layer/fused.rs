//! Whole MLPs as one operation, so that the outputs of hidden layers do not become tensors.
//!
//! [`super::Mlp`] and [`super::Head`] call [`forward`] in a training step in host memory. candle
//! then calls `cpu_fwd` at once, and `bwd` in the slice's backward pass. The parameters are not
//! inputs of the operation, so candle's graph does not know them; their gradients go to the
//! [`GradientSink`].

use super::active_rows::{ActiveRows, rows_at};
use super::dense::{Dense, Slopes, read, slice};
use super::forward_state::ForwardState;
use super::gradient_sink::GradientSink;
use super::linear::Linear;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};

/// The layers of one MLP, each with its operation for the rows of this pass.
pub(super) type Stack = Vec<(Linear, Dense)>;

/// An MLP, and the positions of the rows that go through it.
pub(super) struct Part {
    pub stack: Stack,
    pub rows: Vec<u32>,
}

/// Runs several MLPs on rows of `x [m, I]` in host memory; gives `[P, O]`: the outputs of the first MLP
/// for its rows, then those of the second, and so on. A row may go through several MLPs.
///
/// The gradients of the parameters go to the sink. The gradient of `x` goes to the sink too if `x`
/// is a leaf, and otherwise back through candle's graph. `x` must be a leaf or depend on one: else
/// candle has no reason to run the backward pass, and the parameters get no gradient.
///
/// # Errors
/// When `x` has another width than the MLPs, or fewer rows than a position says.
pub(super) fn forward(x: &Tensor, parts: Vec<Part>, sink: &GradientSink) -> Result<Tensor> {
    let (n, inputs) = x.dims2()?;
    if let Some(row) = parts.iter().flat_map(|part| &part.rows).find(|row| **row as usize >= n) {
        let text = format!("mlp: expected more than {row} rows, got {n}");
        return Err(candle_core::Error::msg(text).into());
    }
    let op = Fused { parts, inputs, sink: sink.clone(), hidden: ForwardState::default() };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    parts: Vec<Part>,
    /// Width of a row, `I`.
    inputs: usize,
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
        let x = slice(x, lx)?;
        let mut last = Vec::with_capacity(self.parts.len());
        let mut hidden = Vec::with_capacity(self.parts.len());
        for Part { stack, rows } in &self.parts {
            let x = rows_at(x, rows, self.inputs);
            let mut outputs = through(stack, &x, self.inputs)?;
            // An MLP without layers gives its input.
            last.push(outputs.pop().unwrap_or_else(|| x.into_owned()));
            hidden.push(outputs);
        }
        self.hidden.put(hidden);
        let last = joined(last);
        let pairs = self.pairs();
        let shape = Shape::from((pairs, last.len() / pairs.max(1)));
        Ok((CpuStorage::F32(last), shape))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let hidden = self.hidden.take()?;
        let pairs = self.pairs().max(1);
        let mut slopes = vec![0f32; x.elem_count()];
        let mut from = 0;
        for (Part { stack, rows }, mut values) in self.parts.iter().zip(hidden) {
            let of_part = |values: &[f32]| {
                let width = values.len() / pairs;
                values[from * width..][..rows.len() * width].to_vec()
            };
            values.push(read(y, of_part)?);
            let mut g = read(grad, of_part)?;
            let active = ActiveRows::find(&g, rows.len());
            let rows_of_g = active.gather(rows);
            active.retain(&mut g);
            values.iter_mut().for_each(|values| active.retain(values));
            let dx = read(x, |x| {
                let x = rows_at(x, &rows_of_g, self.inputs);
                back(stack, &active, &x, values, g, &self.sink)
            })??;
            for (row, dx) in rows_of_g.iter().zip(dx.chunks_exact(self.inputs.max(1))) {
                let sum = &mut slopes[*row as usize * self.inputs..][..self.inputs];
                sum.iter_mut().zip(dx).for_each(|(s, d)| *s += d);
            }
            from += rows.len();
        }
        if x.is_variable() {
            // An embedded row that the lookup handed out: candle would add the gradient to zeros.
            self.sink.add(x, slopes);
            return Ok(None);
        }
        Ok(Some(Tensor::from_vec(slopes, x.shape(), x.device())?))
    }
}

impl Fused {
    /// The number of pairs of row and MLP, `P`.
    fn pairs(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
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

/// The backward pass of one MLP for the active rows: gives the gradient of their `x [n, I]` and adds
/// the parameters' to the sink. `outputs` are those of all layers, and `g` is the gradient of the last
/// of them.
fn back(
    stack: &Stack,
    active: &ActiveRows,
    x: &[f32],
    mut outputs: Vec<Vec<f32>>,
    mut g: Vec<f32>,
    sink: &GradientSink,
) -> candle_core::Result<Vec<f32>> {
    for (l, (layer, op)) in stack.iter().enumerate().rev() {
        let input = if l == 0 { x } else { &outputs[l - 1] };
        let op = active.of(op);
        let Slopes { dx, dw, db } = read(&layer.weight, |w| {
            op.backward(input, w, &outputs[l], g, layer.bias.elem_count())
        })?;
        sink.add(&layer.weight, dw);
        sink.add(&layer.bias, db);
        g = dx;
        // These outputs are not needed any more. Freeing them here lowers the peak of memory, which
        // a step reaches in its backward pass.
        outputs.truncate(l);
    }
    Ok(g)
}

/// The values of all networks in one vector. A single network's are moved, not copied.
fn joined(mut parts: Vec<Vec<f32>>) -> Vec<f32> {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat(),
    }
}
