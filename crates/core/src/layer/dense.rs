//! Linear, bias, ReLU and dropout as one operation with an exact backward pass.
//!
//! candle would make a tensor of each; on a batch of 4096 rows and 1024 units that is 16 MB
//! written and read again per operation, which costs as much as the matrix product itself.

use super::dropout::RowKeys;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp3, D, Layout, Shape, Tensor, bail};
use gemm::Parallelism;

/// What follows the linear map.
#[derive(Clone, Debug)]
pub enum Activation {
    /// Nothing.
    None,
    /// max(0, ·), then dropout where there are keys; its slope at 0 is 0.
    Relu(Option<RowKeys>),
}

/// `activation(x·wᵀ + b)`: x `[n, I]`, w `[O, I]`, b `[O]` to `[n, O]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn dense(x: &Tensor, w: &Tensor, b: &Tensor, activation: &Activation) -> Result<Tensor> {
    if x.device().is_cpu() {
        let op = Dense(activation.clone());
        return Ok(x.contiguous()?.apply_op3(w, b, op)?);
    }
    let y = x.matmul(&w.t()?)?.broadcast_add(b)?;
    let Activation::Relu(keys) = activation else { return Ok(y) };
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

struct Dense(Activation);

/// A strided view of a matrix in a slice: element (r, c) lies at `r·rs + c·cs`.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    data: &'a [f32],
    rs: usize,
    cs: usize,
}

/// `a [m, k] · b [k, n]`, row-major.
fn product(m: usize, n: usize, k: usize, a: Matrix, b: Matrix) -> Vec<f32> {
    let mut out = Vec::with_capacity(m * n);
    if m * n == 0 || k == 0 {
        out.resize(m * n, 0.0);
        return out;
    }
    assert!((m - 1) * a.rs + (k - 1) * a.cs < a.data.len());
    assert!((k - 1) * b.rs + (n - 1) * b.cs < b.data.len());
    // SAFETY: the reads lie inside `a` and `b` by the assertions above; `out` has room for
    // m·n values, all of which gemm writes (and, with read_dst = false, never reads) before
    // the length says so.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            false,
            a.data.as_ptr(),
            a.cs as isize,
            a.rs as isize,
            b.data.as_ptr(),
            b.cs as isize,
            b.rs as isize,
            0f32,
            1f32,
            false,
            false,
            false,
            // The batch is cut into slices over the workers; inside a slice one thread is best.
            Parallelism::None,
        );
        out.set_len(m * n);
    }
    out
}

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> candle_core::Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, to))) => Ok(&values[from..to]),
        _ => bail!("dense: expected contiguous f32 values"),
    }
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
        let (n, inputs) = lx.shape().dims2()?;
        let (outputs, expected) = lw.shape().dims2()?;
        if inputs != expected || lb.shape().dims1()? != outputs {
            bail!("dense: x {:?}, w {:?}, b {:?}", lx.shape(), lw.shape(), lb.shape());
        }
        let (x, w, b) = (slice(x, lx)?, slice(w, lw)?, slice(b, lb)?);
        let mut y = product(
            n,
            outputs,
            inputs,
            Matrix { data: x, rs: inputs, cs: 1 },
            Matrix { data: w, rs: 1, cs: inputs },
        );
        for (row, y) in y.chunks_exact_mut(outputs).enumerate() {
            match &self.0 {
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
        Ok((CpuStorage::F32(y), Shape::from((n, outputs))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let ((n, inputs), outputs) = (x.dims2()?, y.dim(D::Minus1)?);
        // A positive output passed both the ReLU and the dropout, so no mask has to be kept.
        let scale = match &self.0 {
            Activation::None => None,
            Activation::Relu(keys) => Some(keys.as_ref().map_or(1.0, RowKeys::scale)),
        };
        let mut db = vec![0f32; outputs];
        let mut g = Vec::with_capacity(n * outputs);
        read(grad, |grad| {
            read(y, |y| {
                for (grad, y) in grad.chunks_exact(outputs).zip(y.chunks_exact(outputs)) {
                    match scale {
                        None => g.extend_from_slice(grad),
                        Some(s) => g.extend(
                            grad.iter().zip(y).map(|(g, y)| if *y > 0.0 { g * s } else { 0.0 }),
                        ),
                    }
                    let row = &g[g.len() - outputs..];
                    db.iter_mut().zip(row).for_each(|(d, g)| *d += g);
                }
            })
        })??;
        let dw = read(x, |x| {
            product(
                outputs,
                inputs,
                n,
                Matrix { data: &g, rs: 1, cs: outputs },
                Matrix { data: x, rs: inputs, cs: 1 },
            )
        })?;
        let dx = read(w, |w| {
            product(
                n,
                inputs,
                outputs,
                Matrix { data: &g, rs: outputs, cs: 1 },
                Matrix { data: w, rs: inputs, cs: 1 },
            )
        })?;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, (n, inputs), device)?),
            Some(Tensor::from_vec(dw, (outputs, inputs), device)?),
            Some(Tensor::from_vec(db, outputs, device)?),
        ))
    }
}

fn read<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> candle_core::Result<R> {
    crate::host::with_f32(tensor, f).map_err(|e| candle_core::Error::Msg(e.to_string()))
}
