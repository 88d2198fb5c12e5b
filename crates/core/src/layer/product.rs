//! Matrix products of slices of `f32`.
//!
//! [`product`] chooses one of three implementations: `bf16` for rounded factors, `narrow` for
//! hosts with 128-bit vectors, and otherwise the `gemm` crate, which candle itself uses. The dense
//! layer ([`super::dense`]) calls it in its forward and its backward pass.

#[cfg(feature = "x86-bf16")]
use super::bf16;
use super::{Precision, narrow};
use gemm::Parallelism;

/// A view of a matrix in a slice: element (r, c) is at index `r·rs + c·cs`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    data: &'a [f32],
    /// Distance between neighbouring rows.
    rs: usize,
    /// Distance between neighbouring columns.
    cs: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix that `data` holds row-major, with `columns` columns.
    pub fn rows(data: &'a [f32], columns: usize) -> Self {
        Self { data, rs: columns, cs: 1 }
    }

    /// The transpose of the matrix that `data` holds row-major, with `columns` columns.
    pub fn transposed(data: &'a [f32], columns: usize) -> Self {
        Self { data, rs: 1, cs: columns }
    }

    /// The transpose; no value is moved.
    pub fn transpose(self) -> Self {
        Self { data: self.data, rs: self.cs, cs: self.rs }
    }

    /// Element (r, c).
    pub fn at(&self, r: usize, c: usize) -> f32 {
        self.data[r * self.rs + c * self.cs]
    }

    /// The values of row `r` in the columns `from..from + n`; `None` unless they are contiguous.
    #[cfg(feature = "x86-bf16")]
    pub fn row(&self, r: usize, from: usize, n: usize) -> Option<&'a [f32]> {
        (self.cs == 1).then(|| &self.data[r * self.rs + from..][..n])
    }

    /// The first `m` rows of `k` values; `None` unless they are contiguous.
    pub fn contiguous(&self, m: usize, k: usize) -> Option<&'a [f32]> {
        (self.cs == 1 && self.rs == k).then(|| &self.data[..m * k])
    }
}

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
