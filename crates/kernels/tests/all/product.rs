//! Matrix products.

use crate::check::{Told, Written, check, near, room};
use crate::draw::Draw;
use ssim_kernels::product::{self, Factor, Format, ProductSize};
use ssim_kernels::{Array, KernelDevice};

/// The nearest number with as many bits of fraction as a format has; of two nearest, the one whose last bit is 0.
fn rounded(value: f32, format: Format) -> f32 {
    let fraction = match format {
        Format::F32 => 23,
        Format::Tf32 => 10,
        Format::Bf16 => 7,
    };
    if value == 0.0 {
        return value;
    }
    let exact = f64::from(value);
    let unit = 2f64.powi(exact.abs().log2().floor() as i32 - fraction);
    ((exact / unit).round_ties_even() * unit) as f32
}

/// Products of a batch of matrices that lie somewhere in arrays, turned over or not.
pub fn multiplied(device: &dyn KernelDevice, draw: &mut Draw) -> Told<u64> {
    let mut side = || match draw.below(10) {
        0 => 0,
        1 => 257,
        _ => 1 + draw.below(12),
    };
    let (rows, inner, columns) = (side(), side(), side());
    let batch = draw.below(if rows * inner * columns > 10_000 { 2 } else { 6 });
    let turned = [draw.percent(50), draw.percent(50)];
    let sizes = [rows * inner, inner * columns];
    // A factor may be the same in all products, and others have gaps between them.
    let strides = sizes.map(|size| draw.pick(&[0, size, size + 3]));
    let firsts = [draw.below(4), draw.below(4), draw.below(4)];
    let stride = rows * columns + draw.below(3);
    let values = [0, 1].map(|i| {
        let n = firsts[i] + batch.max(1) * strides[i] + sizes[i];
        draw.many(n, Draw::number)
    });
    let format = draw.pick(&[Format::F32, Format::Tf32, Format::Bf16]);
    let value = |i: usize, at: usize, row: usize, column: usize| {
        let (high, wide) = if i == 0 { (rows, inner) } else { (inner, columns) };
        let cell = if turned[i] { column * high + row } else { row * wide + column };
        f64::from(rounded(values[i][firsts[i] + at * strides[i] + cell], format))
    };
    // A sum of n products: each is rounded, and added in any order. So it is wrong by at most (n + 1)·2⁻²⁴ of the sum of
    // their sizes, and by the smallest number of an f32 for each that is below it.
    let n = firsts[2] + batch * stride;
    let soil = f64::from(f32::from_bits(0xA5A5_A5A5));
    let mut expected = vec![(soil, 0.0); n];
    for at in 0..batch {
        for row in 0..rows {
            for column in 0..columns {
                let terms = (0..inner).map(|i| value(0, at, row, i) * value(1, at, i, column));
                let sizes: f64 = terms.clone().map(f64::abs).sum();
                let bound = (inner + 1) as f64 * sizes / f64::from(1 << 24);
                let tiny = inner as f64 * f64::from(f32::from_bits(1));
                let place = firsts[2] + at * stride + row * columns + column;
                expected[place] = (terms.sum(), bound + tiny);
            }
        }
    }
    let arrays = [Array::copy(device, &values[0])?, Array::copy(device, &values[1])?];
    let factor = |i: usize| Factor {
        values: &arrays[i],
        first: firsts[i],
        stride: strides[i],
        transposed: turned[i],
    };
    let mut out = room(device, n)?;
    let (factors, to) = ((factor(0), factor(1)), (&mut out, firsts[2], stride));
    let size = ProductSize { rows, inner, columns, batch };
    product::multiply(device, factors, to, size, format)?;
    let mut written = Written::default();
    let got: Vec<f64> = written.read(device, &out, n)?.into_iter().map(f64::from).collect();
    near("products", &got, &expected)?;
    Ok(written.digest())
}

#[test]
fn products_are_sums_of_products() {
    check(multiplied);
}

#[test]
fn a_factor_is_made_in_steps() {
    let device = ssim_kernels::Simulated::default();
    let values = Array::<f32>::zeros(&device, 1).expect("room for one value");
    let factor = Factor::rows(&values, 7).at(3).transposed();
    assert_eq!((factor.first, factor.stride, factor.transposed), (3, 7, true));
    assert!(!factor.transposed().transposed);
}
