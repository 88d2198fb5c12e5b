//! Matrix products on a device.

#![allow(unsafe_code, reason = "products read and write memory by address")]

use crate::array::Array;
use crate::device::KernelDevice;
use crate::{DeviceError, Result};

/// The number format of the factors of a product; sums are in f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// 32 bits.
    #[default]
    F32,
    /// 19 bits: factors are rounded to 10 bits of fraction.
    Tf32,
    /// 16 bits: factors are rounded to 7 bits of fraction.
    Bf16,
}

/// Several products of equal size, `out[n, c] = Σ_i left[n, i]·right[i, c]`, all row by row.
#[derive(Clone, Copy, Debug)]
pub struct DeviceProduct {
    pub(crate) left: Operand,
    pub(crate) right: Operand,
    pub(crate) out: Operand,
    pub(crate) rows: usize,
    pub(crate) inner: usize,
    pub(crate) columns: usize,
    pub(crate) batch: usize,
    pub(crate) format: Format,
}

/// A matrix of a product, as the device sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub address: u64,
    /// Values from one matrix of the batch to the next.
    pub stride: usize,
    pub transposed: bool,
}

/// A factor: matrices that lie one behind the other in an array.
#[derive(Clone, Copy)]
pub struct Factor<'a> {
    /// The values.
    pub values: &'a Array<f32>,
    /// The number of the first value.
    pub first: usize,
    /// Values from one matrix to the next.
    pub stride: usize,
    /// Whether the matrices lie column by column.
    pub transposed: bool,
}

impl<'a> Factor<'a> {
    /// Matrices row by row from the beginning of an array on.
    pub fn rows(values: &'a Array<f32>, stride: usize) -> Self {
        Self { values, first: 0, stride, transposed: false }
    }

    /// The same matrices, each turned over.
    pub fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// The matrices from the value with number `first` on.
    pub fn at(self, first: usize) -> Self {
        Self { first, ..self }
    }

    fn operand(self, array: &'static str, size: usize, batch: usize) -> Result<Operand> {
        let end = (batch - 1).saturating_mul(self.stride).saturating_add(size);
        let address = self.values.from(array, self.first, end)?.0;
        Ok(Operand { address, stride: self.stride, transposed: self.transposed })
    }
}

/// Sizes of the products of a batch: `[rows, inner]·[inner, columns]`, `batch` times.
#[derive(Clone, Copy, Debug)]
pub struct ProductSize {
    /// Rows of the left factor.
    pub rows: usize,
    /// Columns of the left factor.
    pub inner: usize,
    /// Columns of the right factor.
    pub columns: usize,
    /// Number of products.
    pub batch: usize,
}

/// Writes the products of `left` and `right` to `out`, from its value with number `first` on, `stride` values apart.
///
/// # Errors
/// When an array is too short; what the device reports.
pub fn multiply(
    device: &dyn KernelDevice,
    (left, right): (Factor, Factor),
    (out, first, stride): (&mut Array<f32>, usize, usize),
    size: ProductSize,
    format: Format,
) -> Result<()> {
    let ProductSize { rows, inner, columns, batch } = size;
    if rows == 0 || columns == 0 || batch == 0 {
        return Ok(());
    }
    if batch > 1 && stride < rows * columns {
        let array = "distance of products";
        return Err(DeviceError::Size { array, expected: rows * columns, got: stride });
    }
    let place = Factor { values: out, first, stride, transposed: false };
    let product = DeviceProduct {
        left: left.operand("left factor", rows * inner, batch)?,
        right: right.operand("right factor", inner * columns, batch)?,
        out: place.operand("product", rows * columns, batch)?,
        rows,
        inner,
        columns,
        batch,
        format,
    };
    // SAFETY: the three arrays are as long as the product needs, and `out` is borrowed for writing.
    unsafe { device.multiply(&product) }
}
