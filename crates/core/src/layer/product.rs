//! Matrix products of slices of `f32`.
//!
//! [`product`] chooses one of three implementations: `bf16` for rounded factors, `narrow` for
//! hosts with 128-bit vectors, and otherwise the `gemm` crate, which candle itself uses. The dense
//! layer ([`super::dense`]) calls it in its forward and its backward pass.

#![allow(unsafe_code, reason = "gemm takes pointers and strides")]

#[cfg(feature = "x86-bf16")]
use super::bf16;
use super::matrix::Matrix;
use super::narrow;
use super::precision::Precision;
use gemm::Parallelism;

/// The product `a [m, k] · b [k, n]`, row-major, in the given number format.
///
/// # Panics
/// When a matrix has fewer values than its shape needs.
pub(super) fn product(
    m: usize,
    n: usize,
    k: usize,
    (a, b): (Matrix, Matrix),
    precision: Precision,
) -> Vec<f32> {
    match precision {
        #[cfg(feature = "x86-bf16")]
        Precision::Bf16 if bf16::pays() => bf16::product(m, n, k, a, b),
        _ if cfg!(feature = "narrow") && narrow::suits(m, n) => narrow::product(m, n, k, a, b),
        _ => by_gemm(m, n, k, a, b),
    }
}

/// [`product`] in f32 by the `gemm` crate, on any host.
pub(super) fn by_gemm(m: usize, n: usize, k: usize, a: Matrix, b: Matrix) -> Vec<f32> {
    // The values are written once, by gemm: filling the vector with zeros first would cost a pass.
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
            // The workers already run different slices of the batch, one thread for each.
            Parallelism::None,
        );
        out.set_len(m * n);
    }
    out
}
