//! Whole MLPs as one operation: nothing between their layers becomes a tensor.

use super::dense::{Dense, Slopes, read, slice};
use super::live::Live;
use super::mlp::Linear;
use super::sink::Sink;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use std::sync::{Mutex, PoisonError};

/// The layers of one MLP.
pub(super) type Stack = Vec<(Linear, Dense)>;

/// `x [K·n, I]` in host memory through K MLPs, n rows through each, to `[K·n, O]`. The gradient of
/// `x` goes back through candle's graph (so `x` must be part of it), those of the parameters to
/// the sink.
pub(super) fn forward(x: &Tensor, stacks: Vec<Stack>, sink: &Sink) -> Result<Tensor> {
    let op = Fused { stacks, sink: sink.clone(), hidden: Mutex::default() };
    Ok(x.contiguous()?.apply_op1(op)?)
}

struct Fused {
    stacks: Vec<Stack>,
    sink: Sink,
    /// Outputs of all layers but the last of each MLP, kept from the forward pass for the backward
    /// pass.
    hidden: Mutex<Vec<Vec<Vec<f32>>>>,
}

impl CustomOp1 for Fused {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, inputs) = lx.shape().dims2()?;
        let (x, n) = (slice(x, lx)?, self.rows_of_each(rows)?);
        let (mut out, mut width, mut hidden) = (Vec::new(), inputs, Vec::new());
        for (k, stack) in self.stacks.iter().enumerate() {
            let mut outputs = through(stack, &x[k * n * inputs..][..n * inputs], inputs)?;
            width = stack.last().map_or(inputs, |(layer, _)| layer.bias.elem_count());
            match outputs.pop() {
                Some(last) if self.stacks.len() == 1 => out = last,
                Some(last) => out.extend(last),
                None => out.extend(&x[k * n * inputs..][..n * inputs]),
            }
            hidden.push(outputs);
        }
        *self.hidden.lock().unwrap_or_else(PoisonError::into_inner) = hidden;
        Ok((CpuStorage::F32(out), Shape::from((rows, width))))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let hidden =
            std::mem::take(&mut *self.hidden.lock().unwrap_or_else(PoisonError::into_inner));
        let ((rows, inputs), outputs) = (x.dims2()?, y.dim(1)?);
        let n = self.rows_of_each(rows)?;
        if hidden.len() != self.stacks.len() {
            bail!("mlp: backward without forward");
        }
        let mut slope = Vec::with_capacity(rows * inputs);
        for (k, (stack, mut hidden)) in self.stacks.iter().zip(hidden).enumerate() {
            let part =
                |t: &Tensor, width: usize| read(t, |t| t[k * n * width..][..n * width].to_vec());
            hidden.push(part(y, outputs)?);
            let mut g = part(grad, outputs)?;
            let live = Live::rows(&g, n);
            live.keep(&mut g);
            hidden.iter_mut().for_each(|values| live.keep(values));
            for (layer, op) in stack.iter().rev() {
                let Some(output) = hidden.pop() else { bail!("mlp: backward without forward") };
                let outputs = layer.bias.elem_count();
                let slopes = |input: &[f32]| {
                    read(&layer.weight, |w| op.backward(input, w, &output, g, outputs))
                };
                let Slopes { dx, dw, db } = match hidden.last() {
                    Some(input) => slopes(input)?,
                    None => read(x, |x| slopes(&live.kept(&x[k * n * inputs..][..n * inputs])))??,
                };
                self.sink.add(&layer.weight, dw);
                self.sink.add(&layer.bias, db);
                g = dx;
            }
            slope.extend(live.spread(g, inputs));
        }
        Ok(Some(Tensor::from_vec(slope, x.shape(), x.device())?))
    }
}

impl Fused {
    /// Rows that go through each MLP.
    fn rows_of_each(&self, rows: usize) -> candle_core::Result<usize> {
        match rows.checked_div(self.stacks.len()) {
            Some(n) if n * self.stacks.len() == rows => Ok(n),
            _ => bail!("mlp: {rows} rows for {} networks", self.stacks.len()),
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
