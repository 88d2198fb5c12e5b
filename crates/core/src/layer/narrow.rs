//! Matrix products for hosts with 128-bit vectors and sixteen registers, such as WebAssembly.
//!
//! gemm's kernel for wasm keeps 12 × 4 sums. With their operands they do not fit into the
//! registers, so a browser moves some of them to the stack and back in every step. This kernel
//! keeps 4 × 8 sums, which fit, and makes the products of an MLP a quarter faster.
//!
//! [`super::product`] calls it if the feature `narrow` is on and [`suits`] agrees.

use super::matrix::Matrix;
use std::array::from_fn;
use std::borrow::Cow;
use wide::f32x4;

/// Number of rows of a tile.
const HEIGHT: usize = 4;
/// Number of columns of a tile: two vectors.
const WIDTH: usize = 8;

/// Whether this kernel is worth its cost: it copies `b`, which takes as long as one row of the
/// result.
pub(super) fn suits(m: usize, n: usize) -> bool {
    m >= HEIGHT && n >= WIDTH
}

/// The product `a [m, k] · b [k, n]`, row-major; each value is summed in the order of `k`.
///
/// # Panics
/// When a matrix has fewer values than its shape needs.
pub(super) fn product(m: usize, n: usize, k: usize, a: Matrix, b: Matrix) -> Vec<f32> {
    let mut out = vec![0f32; m * n];
    if m * n == 0 || k == 0 {
        return out;
    }
    let a = rows(a, m, k);
    // One panel of eight columns at a time: it is packed once and used by all rows of `a`.
    let mut panel = vec![[f32x4::ZERO; 2]; k];
    for left in (0..n).step_by(WIDTH) {
        let columns = WIDTH.min(n - left);
        pack(b, left, columns, &mut panel);
        for (a, out) in a.chunks_exact(HEIGHT * k).zip(out.chunks_mut(HEIGHT * n)) {
            for (row, sums) in out.chunks_exact_mut(n).zip(tile(a, &panel)) {
                row[left..][..columns].copy_from_slice(&sums[..columns]);
            }
        }
    }
    out
}

/// Copies `columns` columns of `b`, beginning with column `left`, into the panel `[k, WIDTH]`. If
/// they are fewer than the panel has, the last one is repeated; [`product`] drops those sums.
fn pack(b: Matrix, left: usize, columns: usize, panel: &mut [[f32x4; 2]]) {
    let k = panel.len();
    let column = |c: usize| left + c.min(columns - 1);
    // The columns of a layer's transposed weight are contiguous: then no index is computed per
    // value.
    if let Some(turned) = b.transpose().contiguous(left + columns, k) {
        let [a, b, c, d, e, f, g, h]: [_; WIDTH] = from_fn(|c| &turned[column(c) * k..][..k]);
        for (p, row) in panel.iter_mut().enumerate() {
            *row = [f32x4::new([a[p], b[p], c[p], d[p]]), f32x4::new([e[p], f[p], g[p], h[p]])];
        }
    } else {
        for (p, row) in panel.iter_mut().enumerate() {
            let at = |c: usize| b.at(p, column(c));
            *row = [f32x4::new(from_fn(at)), f32x4::new(from_fn(|c| at(c + 4)))];
        }
    }
}

/// The values `a [m, k]`, row-major, with rows of zeros added up to a whole number of tiles.
fn rows(a: Matrix, m: usize, k: usize) -> Cow<[f32]> {
    match a.contiguous(m, k) {
        Some(rows) if m.is_multiple_of(HEIGHT) => Cow::Borrowed(rows),
        _ => {
            let mut rows = Vec::new();
            (0..m).for_each(|r| rows.extend((0..k).map(|c| a.at(r, c))));
            rows.resize(m.next_multiple_of(HEIGHT) * k, 0.0);
            Cow::Owned(rows)
        }
    }
}

/// The product of four contiguous rows `[HEIGHT, k]` and a panel of columns `[k, WIDTH]`.
///
/// The four additions are written out, without a loop, so that the sums are in registers for every
/// optimisation level of the crate.
fn tile(rows: &[f32], panel: &[[f32x4; 2]]) -> [[f32; WIDTH]; HEIGHT] {
    let k = panel.len();
    // Slices of length k let the compiler drop the bounds checks in the loop.
    let [a, b, c, d] = [&rows[..k], &rows[k..2 * k], &rows[2 * k..3 * k], &rows[3 * k..4 * k]];
    let mut sums = [[f32x4::ZERO; 2]; HEIGHT];
    for (p, &[low, high]) in panel.iter().enumerate() {
        let add =
            |[l, h]: [f32x4; 2], x: f32| [l + f32x4::splat(x) * low, h + f32x4::splat(x) * high];
        sums[0] = add(sums[0], a[p]);
        sums[1] = add(sums[1], b[p]);
        sums[2] = add(sums[2], c[p]);
        sums[3] = add(sums[3], d[p]);
    }
    sums.map(|[low, high]| {
        let (low, high) = (low.to_array(), high.to_array());
        from_fn(|c| if c < 4 { low[c] } else { high[c - 4] })
    })
}

#[cfg(test)]
mod tests {
    use super::super::product;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_gemm(m in 1usize..14, n in 1usize..21, k in 1usize..40, forms in 0..4u8, seed: u32) {
            let values = |count: usize, salt: u32| -> Vec<f32> {
                let value = |i: u32| (i.wrapping_mul(2_654_435_761) ^ seed ^ salt) % 2001;
                (0..count as u32).map(|i| value(i) as f32 / 1000.0 - 1.0).collect()
            };
            let (a, b) = (values(m * k, 1), values(k * n, 2));
            let a = if forms & 1 == 0 { Matrix::rows(&a, k) } else { Matrix::transposed(&a, m) };
            let b = if forms & 2 == 0 { Matrix::rows(&b, n) } else { Matrix::transposed(&b, k) };
            let expected = product::by_gemm(m, n, k, a, b);
            let found = product(m, n, k, a, b);
            prop_assert_eq!(found.len(), expected.len());
            for (i, (x, y)) in found.iter().zip(&expected).enumerate() {
                // The sum has up to 40 products of numbers below 1.
                prop_assert!((x - y).abs() < 1e-5, "{} at ({}, {}): {} and {}", i, i / n, i % n, x, y);
            }
        }
    }

    #[test]
    fn without_terms_all_is_zero() {
        assert_eq!(product(2, 2, 0, Matrix::rows(&[], 0), Matrix::rows(&[], 2)), [0.0; 4]);
        assert!(product(0, 2, 3, Matrix::rows(&[], 3), Matrix::rows(&[0.0; 6], 2)).is_empty());
    }
}
