//! Linear, bias, ReLU and dropout as one operation with an exact backward pass.
//!
//! candle would make a tensor of each; on a batch of 4096 rows and 1024 units that is 16 MB
//! written and read again per operation, which costs as much as the matrix product itself.

use super::Precision;
use super::dropout::RowKeys;
use super::product::{Matrix, product};
use crate::error::Result;
use crate::simd;
#[cfg(feature = "cuda")]
use candle_core::DType;
use candle_core::{CpuStorage, CustomOp3, Layout, Shape, Tensor, bail};

/// What follows the linear map.
#[derive(Clone, Debug)]
pub enum Activation {
    /// Nothing.
    None,
    /// max(0, ·), then dropout where there are keys; its slope at 0 is 0.
    Relu(Option<RowKeys>),
}

/// A layer's operation, `activation(x·wᵀ + b)`, without its parameters.
#[derive(Clone, Debug)]
pub struct Dense {
    /// What follows the linear map.
    pub activation: Activation,
    /// Number format of the products, forward and backward.
    pub precision: Precision,
}

/// In f32.
impl From<Activation> for Dense {
    fn from(activation: Activation) -> Self {
        Self { activation, precision: Precision::F32 }
    }
}

/// The layer on x `[n, I]` with w `[O, I]` and b `[O]`, to `[n, O]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn dense(x: &Tensor, w: &Tensor, b: &Tensor, layer: Dense) -> Result<Tensor> {
    if x.device().is_cpu() {
        return Ok(x.contiguous()?.apply_op3(w, b, layer)?);
    }
    let y = match layer.precision {
        // Behind its feature: conversions between formats are not for nothing where they cannot happen.
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
    // The same units as on the CPU: the factors are made on the host.
    let (n, units) = y.dims2()?;
    let mut factors = vec![1f32; n * units];
    for (row, f) in factors.chunks_exact_mut(units).enumerate() {
        keys.apply(row, f);
    }
    Ok((y * Tensor::from_vec(factors, (n, units), x.device())?)?)
}

/// What a layer's backward pass gives.
pub(super) struct Slopes {
    /// `[n, I]`
    pub dx: Vec<f32>,
    /// `[O, I]`
    pub dw: Vec<f32>,
    /// `[O]`
    pub db: Vec<f32>,
}

impl Dense {
    /// The layer on slices: x `[n, I]`, w `[O, I]`, b `[O]` to `[n, O]`.
    pub(super) fn forward(&self, x: &[f32], w: &[f32], b: &[f32]) -> Vec<f32> {
        let outputs = b.len();
        let inputs = w.len() / outputs.max(1);
        let n = x.len() / inputs.max(1);
        let factors = (Matrix::rows(x, inputs), Matrix::transposed(w, inputs));
        let mut y = product(n, outputs, inputs, factors, self.precision);
        simd::widest(|| {
            for (row, y) in y.chunks_exact_mut(outputs).enumerate() {
                match &self.activation {
                    Activation::None => y.iter_mut().zip(b).for_each(|(y, b)| *y += b),
                    Activation::Relu(keys) => {
                        // Not `max`, which would turn NaN into 0 and hide that training diverged.
                        let relu = |x: f32| if x < 0.0 { 0.0 } else { x };
                        y.iter_mut().zip(b).for_each(|(y, b)| *y = relu(*y + b));
                        if let Some(keys) = keys {
                            keys.apply(row, y);
                        }
                    }
                }
            }
        });
        y
    }

    /// The backward pass of [`Dense::forward`]; `g [n, O]` is the gradient of its output `y`.
    pub(super) fn backward(
        &self,
        x: &[f32],
        w: &[f32],
        y: &[f32],
        mut g: Vec<f32>,
        outputs: usize,
    ) -> Slopes {
        let mut db = vec![0f32; outputs];
        simd::widest(|| {
            for (g, y) in g.chunks_exact_mut(outputs).zip(y.chunks_exact(outputs)) {
                if let Activation::Relu(keys) = &self.activation {
                    // A positive output passed both the ReLU and the dropout, so no mask is kept.
                    let scale = keys.as_ref().map_or(1.0, RowKeys::scale);
                    let back = |g: f32, y: f32| if y > 0.0 { g * scale } else { 0.0 };
                    g.iter_mut().zip(y).for_each(|(g, y)| *g = back(*g, *y));
                }
                db.iter_mut().zip(g).for_each(|(d, g)| *d += *g);
            }
        });
        let (n, inputs) = (g.len() / outputs, w.len() / outputs);
        let (x, w) = (Matrix::rows(x, inputs), Matrix::rows(w, inputs));
        let (rows, turned) = (Matrix::rows(&g, outputs), Matrix::transposed(&g, outputs));
        Slopes {
            dx: product(n, inputs, outputs, (rows, w), self.precision),
            dw: product(outputs, inputs, n, (turned, x), self.precision),
            db,
        }
    }
}

/// Checks the shapes of x `[n, I]`, w `[O, I]` and b `[O]`; gives back `[n, O]`.
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

/// As [`crate::host::with_f32`], with candle's errors.
pub(super) fn read<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> candle_core::Result<R> {
    crate::host::with_f32(tensor, f).map_err(|e| candle_core::Error::Msg(e.to_string()))
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
        let slopes = |x: &[f32]| read(w, |w| read(y, |y| self.backward(x, w, y, g, outputs)));
        let Slopes { dx, dw, db } = read(x, slopes)???;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dw, w.shape(), device)?),
            Some(Tensor::from_vec(db, outputs, device)?),
        ))
    }
}
