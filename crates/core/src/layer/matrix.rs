//! A matrix in a slice of `f32`, as the products read it.

/// A view of a matrix in a slice: element (r, c) is at index `r·rs + c·cs`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub data: &'a [f32],
    /// Distance between neighbouring rows.
    pub rs: usize,
    /// Distance between neighbouring columns.
    pub cs: usize,
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
