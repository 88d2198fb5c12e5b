//! Linear, bias, ReLU and dropout as one operation with an exact backward pass.
//!
//! With separate operations candle would make a tensor for each. For a batch of 4096 rows and 1024
//! units that is 16 MB to write and read again per operation, which costs as much as the matrix
//! product itself.
//!
//! There are two ways to use it. [`dense`] runs one layer as an operation of candle's graph, which
//! then carries all three gradients. The operations in [`super::fused`] and [`super::experts`] call
//! [`Dense::forward`] and [`Dense::backward`] on slices, and handle the gradients themselves.

use super::Precision;
use super::dropout::RowKeys;
pub(super) use super::first::Slopes;
use super::first::{self, PerId};
use super::matrix::Matrix;
use super::product::product;
use crate::error::Result;
use crate::repeats::Repeats;
#[cfg(feature = "cuda")]
use candle_core::DType;
use candle_core::{CpuStorage, CustomOp3, Layout, Shape, Tensor, bail};
use multiversion::multiversion;
use std::sync::Arc;

/// The function that follows the linear map.
#[derive(Clone, Debug)]
pub enum Activation {
    /// The identity.
    None,
    /// max(0, ·), then dropout if there are keys. The slope at 0 is 0.
    Relu(Option<RowKeys>),
}

/// A layer's operation, `activation(x·wᵀ + b)`, without its parameters.
#[derive(Clone, Debug)]
pub struct Dense {
    /// The function that follows the linear map.
    pub activation: Activation,
    /// Number format of the products, forward and backward.
    pub precision: Precision,
    /// The fields in which the rows of the input repeat few ids, if it is embedded rows.
    pub repeats: Option<Arc<Repeats>>,
}

/// The operation with this activation, in f32.
impl From<Activation> for Dense {
    fn from(activation: Activation) -> Self {
        Self { activation, precision: Precision::F32, repeats: None }
    }
}

/// Runs the layer on x `[n, I]` with w `[O, I]` and b `[O]`; gives `[n, O]`.
///
/// In host memory this is one operation; on other devices it is composed of candle's operations.
///
/// # Errors
/// When the shapes do not fit.
pub fn dense(x: &Tensor, w: &Tensor, b: &Tensor, layer: Dense) -> Result<Tensor> {
    if x.device().is_cpu() {
        return Ok(x.contiguous()?.apply_op3(w, b, layer)?);
    }
    let y = match layer.precision {
        // Behind its feature, so that other builds do not contain candle's code for conversions.
        #[cfg(feature = "cuda")]
        Precision::Bf16 => {
            let (x, w) = (x.to_dtype(DType::BF16)?, w.to_dtype(DType::BF16)?);
            x.matmul(&w.t()?)?.to_dtype(DType::F32)?
        }
        _ => x.matmul(&w.t()?)?,
    };
    let y = y.broadcast_add(b)?;
    let Activation::Relu(keys) = layer.activation else { return Ok(y) };
    let y = y.relu()?;
    let Some(keys) = keys else { return Ok(y) };
    // The factors are computed on the host, so that the same units are dropped as on the CPU.
    let (n, units) = y.dims2()?;
    let mut factors = vec![1f32; n * units];
    for (row, f) in factors.chunks_exact_mut(units).enumerate() {
        keys.apply(row, f);
    }
    Ok((y * Tensor::from_vec(factors, (n, units), x.device())?)?)
}

impl Dense {
    /// Runs the layer on slices x `[n, I]`, w `[O, I]` and b `[O]`; gives `[n, O]`.
    pub(super) fn forward(&self, x: &[f32], w: &[f32], b: &[f32]) -> Vec<f32> {
        let outputs = b.len();
        let inputs = w.len() / outputs.max(1);
        let n = x.len() / inputs.max(1);
        let per_id = self.repeats.as_ref().map(|r| PerId::project(r, x, w, outputs));
        let mut y = match &self.repeats {
            Some(repeats) => first::others(repeats, x, w, outputs, self.precision),
            None => {
                let factors = (Matrix::rows(x, inputs), Matrix::transposed(w, inputs));
                product(n, outputs, inputs, factors, self.precision)
            }
        };
        finish(&mut y, b, per_id.as_ref(), &self.activation);
        y
    }

    /// The backward pass of [`Dense::forward`], with the same x and w; `g [n, O]` is the gradient
    /// of its output `y [n, O]`.
    pub(super) fn backward(
        &self,
        x: &[f32],
        w: &[f32],
        y: &[f32],
        mut g: Vec<f32>,
        outputs: usize,
    ) -> Slopes {
        let mut db = vec![0f32; outputs];
        let mut per_id = self.repeats.as_ref().map(|r| PerId::zeros(r, outputs));
        begin(&mut g, y, &mut db, per_id.as_mut(), &self.activation);
        if let Some(per_id) = per_id {
            return per_id.slopes(x, w, &g, db, self.precision);
        }
        let n = g.len() / outputs;
        let inputs = w.len() / outputs;
        let x = Matrix::rows(x, inputs);
        let w = Matrix::rows(w, inputs);
        // dx = g·w and dw = gᵀ·x, with g after the activation's slope.
        let g_rows = Matrix::rows(&g, outputs);
        let g_transposed = Matrix::transposed(&g, outputs);
        Slopes {
            dx: product(n, inputs, outputs, (g_rows, w), self.precision),
            dw: product(outputs, inputs, n, (g_transposed, x), self.precision),
            db,
        }
    }
}

/// Adds the products per id and the bias `b [O]` to the products `y [n, O]`, then applies the activation.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn finish(y: &mut [f32], b: &[f32], per_id: Option<&PerId>, activation: &Activation) {
    for (row, y) in y.chunks_exact_mut(b.len()).enumerate() {
        if let Some(per_id) = per_id {
            per_id.add_to(row, y);
        }
        match activation {
            Activation::None => y.iter_mut().zip(b).for_each(|(y, b)| *y += b),
            Activation::Relu(keys) => {
                // Not `max`: it would turn NaN into 0 and hide that training diverged.
                y.iter_mut().zip(b).for_each(|(y, b)| {
                    let sum = *y + b;
                    *y = if sum < 0.0 { 0.0 } else { sum };
                });
                if let Some(keys) = keys {
                    keys.apply(row, y);
                }
            }
        }
    }
}

/// Brings the gradient `g [n, O]` of the outputs `y [n, O]` back through the activation, and adds it to
/// that of the bias, `db [O]`, and to those per id.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn begin(
    g: &mut [f32],
    y: &[f32],
    db: &mut [f32],
    mut per_id: Option<&mut PerId>,
    activation: &Activation,
) {
    let rows = g.chunks_exact_mut(db.len()).zip(y.chunks_exact(db.len()));
    for (row, (g, y)) in rows.enumerate() {
        if let Activation::Relu(keys) = activation {
            // An output is positive only if it passed the ReLU and was not dropped, so the forward pass
            // need not keep a mask.
            let scale = keys.as_ref().map_or(1.0, RowKeys::scale);
            g.iter_mut().zip(y).for_each(|(g, y)| *g = if *y > 0.0 { *g * scale } else { 0.0 });
        }
        db.iter_mut().zip(&*g).for_each(|(d, g)| *d += *g);
        if let Some(per_id) = &mut per_id {
            per_id.gather(row, g);
        }
    }
}

/// Checks the shapes of x `[n, I]`, w `[O, I]` and b `[O]`; gives the output's, `[n, O]`.
fn shape(x: &Layout, w: &Layout, b: &Layout) -> candle_core::Result<Shape> {
    let (n, inputs) = x.shape().dims2()?;
    let (outputs, expected) = w.shape().dims2()?;
    if inputs != expected || b.shape().dims1()? != outputs {
        bail!("dense: x {:?}, w {:?}, b {:?}", x.shape(), w.shape(), b.shape());
    }
    Ok(Shape::from((n, outputs)))
}

/// The values of a contiguous tensor in host memory.
pub(super) fn slice<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> candle_core::Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, to))) => Ok(&values[from..to]),
        _ => bail!("dense: expected contiguous f32 values"),
    }
}

/// [`crate::tensor::with_f32`] with candle's error type, for use inside operations.
pub(super) fn read<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> candle_core::Result<R> {
    crate::tensor::with_f32(tensor, f).map_err(|e| candle_core::Error::Msg(e.to_string()))
}

impl CustomOp3 for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        w: &CpuStorage,
        lw: &Layout,
        b: &CpuStorage,
        lb: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let shape = shape(lx, lw, lb)?;
        let y = self.forward(slice(x, lx)?, slice(w, lw)?, slice(b, lb)?);
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let g = read(grad, <[f32]>::to_vec)?;
        let outputs = b.elem_count();
        let Slopes { dx, dw, db } =
            read(x, |x| read(w, |w| read(y, |y| self.backward(x, w, y, g, outputs))))???;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dw, w.shape(), device)?),
            Some(Tensor::from_vec(db, outputs, device)?),
        ))
    }
}
