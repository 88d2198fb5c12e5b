//! Matrix products of values that are rounded to bfloat16 and summed in f32.
//!
//! They use the instruction of AVX512-BF16 that multiplies pairs of neighbours along `k` and adds
//! both products to a sum. No library has such a product for Rust.
//!
//! Both matrices are rounded into panels, in the order in which the innermost loop reads them. A
//! tile of 12 × 32 sums stays in registers: 24 of the 32 vector registers.
//!
//! [`super::product`] calls this module if the precision is bf16 and [`pays`] agrees.

#![allow(unsafe_code, reason = "the AVX-512 instructions for bfloat16")]

use super::matrix::Matrix;
use raw_cpuid::CpuId;
use std::arch::x86_64::{__m512, __m512bh, _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps};
use std::arch::x86_64::{_mm512_set1_epi32, _mm512_setzero_ps};
use std::mem::transmute;
use std::sync::LazyLock;

/// Number of rows of a tile.
const HEIGHT: usize = 12;
/// Number of columns of a tile: two vectors of sums.
const WIDTH: usize = 32;
/// Number of values along `k` at a time. A panel of columns is then 32 kB, which stays in the
/// first-level cache.
const DEPTH: usize = 512;

/// Whether the processor multiplies rounded factors faster than f32.
///
/// AMD's processors do, at twice the rate. Intel's have the instruction too, but take four times as
/// long for it (82 against 168 GFLOP/s in f32, measured on Emerald Rapids).
pub(super) fn pays() -> bool {
    static PAYS: LazyLock<bool> = LazyLock::new(|| {
        let vendor = CpuId::new().get_vendor_info();
        able() && vendor.is_some_and(|vendor| vendor.as_str() == "AuthenticAMD")
    });
    *PAYS
}

/// Whether the processor has the instructions at all.
fn able() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512bf16")
}

/// The product `a [m, k] · b [k, n]` of rounded factors, row-major.
///
/// # Panics
/// When the processor lacks the instruction, or a matrix has fewer values than its shape needs.
pub(super) fn product(m: usize, n: usize, k: usize, a: Matrix, b: Matrix) -> Vec<f32> {
    assert!(able(), "bf16: expected a processor with AVX512-BF16");
    // SAFETY: by the assertion the processor has the instructions that the function is compiled to.
    unsafe { blocks(m, n, k, a, b) }
}

/// [`product`], one block of `DEPTH` values along `k` after the other.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn blocks(m: usize, n: usize, k: usize, a: Matrix, b: Matrix) -> Vec<f32> {
    let mut out = vec![0f32; m * n];
    // Panels run along `k`, so both matrices are read with `k` as their columns.
    let b = b.transpose();
    for from in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - from);
        let pairs = depth.div_ceil(2);
        let a = panels::<HEIGHT>(a, m, from, depth);
        let b = panels::<WIDTH>(b, n, from, depth);
        for (b, left) in b.chunks_exact(pairs).zip((0..n).step_by(WIDTH)) {
            for (a, out) in a.chunks_exact(pairs).zip(out.chunks_mut(HEIGHT * n)) {
                for (row, sums) in out.chunks_exact_mut(n).zip(tile(a, b)) {
                    let row = &mut row[left..n.min(left + WIDTH)];
                    // A whole tile has a length that the compiler knows, so it can use vectors.
                    match <&mut [f32; WIDTH]>::try_from(&mut *row) {
                        Ok(row) => row.iter_mut().zip(sums).for_each(|(o, s)| *o += s),
                        Err(_) => row.iter_mut().zip(sums).for_each(|(o, s)| *o += s),
                    }
                }
            }
        }
    }
    out
}

/// The sums for one panel of rows `[pairs, HEIGHT]` and one panel of columns `[pairs, WIDTH]`.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
#[inline]
fn tile(a: &[[u32; HEIGHT]], b: &[[u32; WIDTH]]) -> [[f32; WIDTH]; HEIGHT] {
    let mut sums = [[_mm512_setzero_ps(); 2]; HEIGHT];
    for (a, b) in a.iter().zip(b) {
        // SAFETY: both types have the same size, and all patterns of bits are valid values.
        let b: [__m512bh; 2] = unsafe { transmute(*b) };
        for (sums, a) in sums.iter_mut().zip(a) {
            // SAFETY: as above.
            let a: __m512bh = unsafe { transmute(_mm512_set1_epi32(a.cast_signed())) };
            sums[0] = _mm512_dpbf16_ps(sums[0], a, b[0]);
            sums[1] = _mm512_dpbf16_ps(sums[1], a, b[1]);
        }
    }
    // SAFETY: as above.
    unsafe { transmute(sums) }
}

/// Rounds the columns `from..from + depth` of `x [lanes, ·]` into panels of `W` rows each.
///
/// A panel is `[⌈depth / 2⌉, W]`: element (p, lane) holds the neighbours `from + 2p` and
/// `from + 2p + 1` of one row. Rows and columns that `x` does not have are 0.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn panels<const W: usize>(x: Matrix, lanes: usize, from: usize, depth: usize) -> Vec<[u32; W]> {
    let pairs = depth.div_ceil(2);
    let mut panels = vec![[0; W]; lanes.div_ceil(W) * pairs];
    for (panel, first) in panels.chunks_exact_mut(pairs).zip((0..lanes).step_by(W)) {
        // If the rows of `x` are contiguous, each row is read along `k` and 32 values are rounded
        // at once. The loop ends at the first row otherwise.
        for lane in 0..W.min(lanes - first) {
            let Some(row) = x.row(first + lane, from, depth) else { break };
            let (whole, rest) = row.as_chunks::<32>();
            let (panel, end) = panel.split_at_mut(16 * whole.len());
            for (panel, values) in panel.chunks_exact_mut(16).zip(whole) {
                // SAFETY: both types have the same size, and all patterns of bits are valid values.
                let [low, high]: [__m512; 2] = unsafe { transmute(*values) };
                // SAFETY: as above.
                let rounded: [u32; 16] = unsafe { transmute(_mm512_cvtne2ps_pbh(high, low)) };
                panel.iter_mut().zip(rounded).for_each(|(pairs, pair)| pairs[lane] = pair);
            }
            for (pairs, values) in end.iter_mut().zip(rest.chunks(2)) {
                pairs[lane] = pair(values[0], values.get(1).copied().unwrap_or(0.0));
            }
        }
        // If the columns of `x` are contiguous, two at a time are read across the lanes. If both
        // strides are 1, both loops run, and this one writes the same values again.
        let here = W.min(lanes - first);
        let turned = x.transpose();
        for (p, pairs) in panel.iter_mut().enumerate() {
            let Some(low) = turned.row(from + 2 * p, first, here) else { break };
            let high = (2 * p + 1 < depth).then(|| turned.row(from + 2 * p + 1, first, here));
            match high.flatten() {
                Some(high) => {
                    let values = low.iter().zip(high);
                    pairs.iter_mut().zip(values).for_each(|(o, (l, h))| *o = pair(*l, *h));
                }
                None => pairs.iter_mut().zip(low).for_each(|(o, l)| *o = pair(*l, 0.0)),
            }
        }
    }
    panels
}

/// Two rounded values in one word, the first one in the low half.
#[inline(always)]
fn pair(low: f32, high: f32) -> u32 {
    round(low) | round(high) << 16
}

/// The bits of the nearest bfloat16; if two are equally near, the even one.
#[inline(always)]
fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    if x.is_nan() { bits >> 16 | 0x40 } else { (bits + 0x7fff + (bits >> 16 & 1)) >> 16 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::bf16;
    use proptest::prelude::*;

    proptest! {
        /// Compares with sums of the same rounded factors in 64 bits.
        #[test]
        fn sums_are_those_of_rounded_factors(
            (m, n, k) in (1..40usize, 1..70usize, 1..40usize),
            deep in prop::bool::ANY,
            turned in prop::array::uniform2(prop::bool::ANY),
            seed in 0..1000u32,
        ) {
            let k = if deep { k + DEPTH } else { k };
            let mixed = |i: usize| (i as u32).wrapping_mul(2_654_435_761) ^ (seed * 97);
            let value = |i: usize| (mixed(i) as f32).sin();
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|i| value(i + 77)).collect();
            let matrix = |turned, rows, columns, data| match turned {
                true => Matrix::transposed(data, rows),
                false => Matrix::rows(data, columns),
            };
            let (a, b) = (matrix(turned[0], m, k, &*a), matrix(turned[1], k, n, &*b));
            if !able() {
                return Ok(());
            }
            let found = product(m, n, k, a, b);
            let rounded = |x: f32| bf16::from_f32(x).to_f64();
            for (i, found) in found.iter().enumerate() {
                let term = |p| rounded(a.at(i / n, p)) * rounded(b.at(p, i % n));
                let sum: f64 = (0..k).map(term).sum();
                let size: f64 = (0..k).map(|p| term(p).abs()).sum();
                // Every step may round the sum so far by half a unit in its last place.
                let bound = 2f64.powi(-24) * (k + 1) as f64 * size;
                prop_assert!((f64::from(*found) - sum).abs() <= bound, "{found} {sum}");
            }
        }
    }

    #[test]
    fn rounding_is_that_of_the_format() {
        let tie = f32::from_bits(0x3f80_8000);
        for x in [0.0, -0.0, 1.0, tie, -tie * 3.0, 1e-40, 3.4e38, f32::INFINITY, f32::MIN] {
            assert_eq!(round(x), u32::from(bf16::from_f32(x).to_bits()), "{x}");
        }
        for nan in [f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(u32::MAX)] {
            assert!(bf16::from_bits(round(nan) as u16).is_nan());
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let (a, b) = ([1.0, f32::NAN], [1.0, 1.0]);
        let product = || product(1, 1, 2, Matrix::rows(&a, 2), Matrix::rows(&b, 1));
        assert!(!able() || product()[0].is_nan());
    }
}
