//! Mixtures of experts as one operation.
//!
//! For every row a mixture is only a few small sums. With candle's operations there would be a
//! matrix product per row and tensors between the parts, which take longer than the sums.
//!
//! [`mixtures`] mixes experts' outputs that exist as a tensor. [`super::experts`] also computes the
//! outputs, and calls [`Mixtures::mix`] in its forward pass and [`Mixtures::slopes`] in its
//! backward pass.

use super::dense::{read, slice};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor, bail};
use candle_nn::ops::softmax;
use multiversion::multiversion;

/// For each of K gates the mixture `Σ_x softmax(g_k)_x · e_x` of X experts, where X is `count`.
/// Takes gates `[n, K·X]` and experts `[n, X·W]`; gives `[K, n, W]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn mixtures(gates: &Tensor, experts: &Tensor, count: usize) -> Result<Tensor> {
    match gates.device().is_cpu() {
        true => Ok(gates.contiguous()?.apply_op2(&experts.contiguous()?, Mixtures { count })?),
        false => composed(gates, experts, count),
    }
}

/// [`mixtures`] composed of candle's operations, for devices without the operation of this file.
fn composed(gates: &Tensor, experts: &Tensor, count: usize) -> Result<Tensor> {
    let n = gates.dim(0)?;
    let columns = gates.dim(1)?;
    let values = experts.dim(1)?;
    let shares = softmax(&gates.reshape((n, columns / count, count))?, 2)?;
    let mixed = shares.matmul(&experts.reshape((n, count, values / count))?)?;
    Ok(mixed.transpose(0, 1)?.contiguous()?)
}

/// The operation, and its arithmetic on slices.
pub(super) struct Mixtures {
    /// Number of experts, X.
    pub count: usize,
}

/// The sizes of a mixture.
pub(super) struct Sizes {
    /// Number of rows, n.
    pub n: usize,
    /// Number of gates, K.
    pub gates: usize,
    /// Number of experts, X.
    pub count: usize,
    /// Width of an expert, W.
    pub width: usize,
}

impl Mixtures {
    /// The sizes for gates `[n, K·X]` and `rows` rows with `e` = X·W outputs of experts each.
    ///
    /// # Errors
    /// When the numbers do not fit together.
    pub fn sizes(&self, gates: &Shape, rows: usize, e: usize) -> candle_core::Result<Sizes> {
        let (n, g) = gates.dims2()?;
        let fits = |units: usize| self.count > 0 && units.is_multiple_of(self.count);
        if n != rows || !fits(g) || !fits(e) {
            bail!("mixture: gates {gates:?}, {rows} rows, {} experts in {e} units", self.count);
        }
        let count = self.count;
        Ok(Sizes { n, gates: g / count, count, width: e / count })
    }
}

/// Writes the softmax of `g` to `shares`.
#[inline(always)]
fn shares_of(g: &[f32], shares: &mut [f32]) {
    // Without the largest one subtracted, exp overflows for large gates.
    let largest = g.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (share, g) in shares.iter_mut().zip(g) {
        *share = (g - largest).exp();
        sum += *share;
    }
    shares.iter_mut().for_each(|share| *share /= sum);
}

impl CustomOp2 for Mixtures {
    fn name(&self) -> &'static str {
        "mixtures"
    }

    fn cpu_fwd(
        &self,
        g: &CpuStorage,
        lg: &Layout,
        e: &CpuStorage,
        le: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, outputs) = le.shape().dims2()?;
        let sizes = self.sizes(lg.shape(), rows, outputs)?;
        let out = self.mix(&sizes, slice(g, lg)?, slice(e, le)?);
        Ok((CpuStorage::F32(out), Shape::from((sizes.gates, sizes.n, sizes.width))))
    }

    fn bwd(
        &self,
        g: &Tensor,
        e: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>)> {
        let (rows, outputs) = e.dims2()?;
        let sizes = self.sizes(g.shape(), rows, outputs)?;
        let (dg, de) =
            read(g, |g| read(e, |e| read(grad, |grad| self.slopes(&sizes, g, e, grad))))???;
        let device = g.device();
        Ok((
            Some(Tensor::from_vec(dg, g.shape(), device)?),
            Some(Tensor::from_vec(de, e.shape(), device)?),
        ))
    }
}

impl Mixtures {
    /// The mixtures `[K, n, W]` of the experts' outputs `e [n, X·W]` by the gates `g [n, K·X]`.
    pub fn mix(&self, sizes: &Sizes, g: &[f32], e: &[f32]) -> Vec<f32> {
        let mut out = vec![0f32; sizes.gates * sizes.n * sizes.width];
        mix(sizes, g, e, &mut out);
        out
    }

    /// The gradients of the gates `g` and of the experts' outputs `e`; `grad [K, n, W]` is that of
    /// the mixtures.
    pub fn slopes(
        &self,
        sizes: &Sizes,
        g: &[f32],
        e: &[f32],
        grad: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let mut dg = vec![0f32; g.len()];
        let mut de = vec![0f32; e.len()];
        slopes(sizes, g, e, grad, &mut dg, &mut de);
        (dg, de)
    }
}

/// Adds the mixtures to `out`; see [`Mixtures::mix`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn mix(sizes: &Sizes, g: &[f32], e: &[f32], out: &mut [f32]) {
    let Sizes { n, gates, count, width } = *sizes;
    let mut shares = vec![0f32; count];
    let rows = g.chunks_exact(gates * count).zip(e.chunks_exact(count * width));
    for (row, (g, e)) in rows.enumerate() {
        for (k, g) in g.chunks_exact(count).enumerate() {
            shares_of(g, &mut shares);
            let out = &mut out[(k * n + row) * width..][..width];
            for (share, e) in shares.iter().zip(e.chunks_exact(width)) {
                out.iter_mut().zip(e).for_each(|(o, e)| *o += share * e);
            }
        }
    }
}

/// Adds the gradients to `dg` and `de`; see [`Mixtures::slopes`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn slopes(sizes: &Sizes, g: &[f32], e: &[f32], grad: &[f32], dg: &mut [f32], de: &mut [f32]) {
    let Sizes { n, gates, count, width } = *sizes;
    // Values of a row in the gates, and in the experts' outputs.
    let (of_gates, of_experts) = (gates * count, count * width);
    let mut shares = vec![0f32; count];
    for row in 0..n {
        let g = &g[row * of_gates..][..of_gates];
        let dg = &mut dg[row * of_gates..][..of_gates];
        let e = &e[row * of_experts..][..of_experts];
        let de = &mut de[row * of_experts..][..of_experts];
        let pairs = g.chunks_exact(count).zip(dg.chunks_exact_mut(count));
        for (k, (g, dg)) in pairs.enumerate() {
            let grad = &grad[(k * n + row) * width..][..width];
            // The gradient is 0 if tower k does not learn from the row.
            if grad.iter().all(|g| *g == 0.0) {
                continue;
            }
            shares_of(g, &mut shares);
            let experts = e.chunks_exact(width).zip(de.chunks_exact_mut(width));
            let mut mean = 0.0;
            for ((share, dg), (e, de)) in shares.iter().zip(&mut *dg).zip(experts) {
                de.iter_mut().zip(grad).for_each(|(d, g)| *d += share * g);
                *dg = dot(e, grad);
                mean += share * *dg;
            }
            // ∂L/∂g_x = softmax_x · (e_x·grad − Σ_y softmax_y · e_y·grad); so far `dg` is e_x·grad, and
            // `mean` is the sum.
            dg.iter_mut().zip(&shares).for_each(|(d, share)| *d = share * (*d - mean));
        }
    }
}

/// The inner product, in 16 sums side by side so that the compiler can use vector instructions.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (whole_a, rest_a) = a.as_chunks::<16>();
    let (whole_b, rest_b) = b.as_chunks::<16>();
    let mut sums = [0f32; 16];
    for (a, b) in whole_a.iter().zip(whole_b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(s, (a, b))| *s += a * b);
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn one_operation_is_what_many_are() {
        let (n, gates, count, width) = (5, 3, 4, 19);
        let var = |columns: usize, scale: f64| {
            let values = (0..n * columns).map(|i| (i as f64 * 0.37).sin() * scale);
            let values: Vec<f32> = values.map(|x| x as f32).collect();
            Var::from_vec(values, (n, columns), &Device::Cpu).unwrap()
        };
        let (g, e) = (var(gates * count, 3.0), var(count * width, 1.0));
        let seed = Tensor::arange(0f32, (gates * n * width) as f32, &Device::Cpu).unwrap();
        let seed = seed.sin().unwrap().reshape((gates, n, width)).unwrap();
        let made = [mixtures, composed].map(|mix| {
            let mixed = mix(&g, &e, count).unwrap();
            let store = (&mixed * &seed).unwrap().sum_all().unwrap().backward().unwrap();
            [&mixed, store.get(&g).unwrap(), store.get(&e).unwrap()]
                .map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap())
        });
        for (one, many) in made[0].iter().zip(&made[1]) {
            assert_eq!(one.len(), many.len());
            let far = one.iter().zip(many).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 2e-6, "{far:e} apart");
        }
        assert!(mixtures(&g, &e, 5).is_err());
    }
}
