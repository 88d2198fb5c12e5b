//! The fused layer is compared with the same arithmetic in 64 bits, written as plain loops.

use crate::fixture::{close, noise, weights};
use candle_core::{Device, Tensor, Var};
use ssim_core::layer::{Activation, Dense, Pass, Precision, dense};
use ssim_core::tensor;

const INPUTS: usize = 7;
const OUTPUTS: usize = 5;

/// The output, and the gradients of `Σ weight·output` with respect to x, w and b.
type Outcome = [Vec<f32>; 4];

fn computed(x: &[f32], w: &[f32], b: &[f32], layer: impl Into<Dense>) -> Outcome {
    let n = x.len() / INPUTS;
    let var = |data: &[f32], shape: &[usize]| Var::from_slice(data, shape, &Device::Cpu).unwrap();
    let (x, w, b) = (var(x, &[n, INPUTS]), var(w, &[OUTPUTS, INPUTS]), var(b, &[OUTPUTS]));
    let y = dense(&x, &w, &b, layer.into()).unwrap();
    let c = Tensor::from_vec(weights(n * OUTPUTS), (n, OUTPUTS), &Device::Cpu).unwrap();
    let store = (&y * c).unwrap().sum_all().unwrap().backward().unwrap();
    let of = |v: &Var| tensor::to_vec(store.get(v).unwrap()).unwrap();
    [tensor::to_vec(&y).unwrap(), of(&x), of(&w), of(&b)]
}

/// Every unit is multiplied by its factor after a ReLU. Without `factors` there is no ReLU.
fn written_out(x: &[f32], w: &[f32], b: &[f32], factors: Option<&[f32]>) -> Outcome {
    let n = x.len() / INPUTS;
    let mut out =
        [vec![0f64; n * OUTPUTS], vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; b.len()]];
    let [y, dx, dw, db] = &mut out;
    let c = weights(n * OUTPUTS);
    for i in 0..n {
        for o in 0..OUTPUTS {
            let at = i * OUTPUTS + o;
            let product = |j: usize| f64::from(x[i * INPUTS + j]) * f64::from(w[o * INPUTS + j]);
            let z = (0..INPUTS).map(product).sum::<f64>() + f64::from(b[o]);
            let slope = match factors {
                None => 1.0,
                Some(factors) => f64::from(factors[at]) * f64::from(u8::from(z > 0.0)),
            };
            y[at] = z * slope;
            let g = f64::from(c[at]) * slope;
            db[o] += g;
            for j in 0..INPUTS {
                dx[i * INPUTS + j] += g * f64::from(w[o * INPUTS + j]);
                dw[o * INPUTS + j] += g * f64::from(x[i * INPUTS + j]);
            }
        }
    }
    out.map(|values| values.into_iter().map(|v| v as f32).collect())
}

#[test]
fn it_computes_what_it_says() {
    let (w, b) = (noise("w", INPUTS * OUTPUTS, 1.0), noise("b", OUTPUTS, 0.5));
    for n in [0, 1, 2, 33] {
        let x = noise("x", n * INPUTS, 1.0);
        let rows: Vec<u32> = (0..n as u32).collect();
        let keys = Pass::training(0.4, 5, 0).rows(&rows, 2).keys.unwrap();
        let mut dropped = vec![1f32; n * OUTPUTS];
        dropped.chunks_exact_mut(OUTPUTS).enumerate().for_each(|(i, f)| keys.apply(i, f));
        let kept = vec![1f32; n * OUTPUTS];
        for (name, activation, factors) in [
            ("linear", Activation::None, None),
            ("relu", Activation::Relu(None), Some(&kept)),
            ("dropout", Activation::Relu(Some(keys)), Some(&dropped)),
        ] {
            let expected = written_out(&x, &w, &b, factors.map(|f| &f[..]));
            // A bfloat16 has 8 bits, so the product of two rounded factors is off by at most 2⁻⁸ of
            // it.
            for (precision, off) in [(Precision::F32, 2e-6), (Precision::Bf16, 2e-2)] {
                let layer = Dense { activation: activation.clone(), precision, repeats: None };
                let computed = computed(&x, &w, &b, layer);
                for (part, (got, expected)) in
                    ["y", "dx", "dw", "db"].iter().zip(computed.iter().zip(&expected))
                {
                    close(&format!("{name}, {n} rows, {precision:?}: {part}"), got, expected, off);
                }
            }
        }
    }
}

#[test]
fn views_are_read_as_what_they_show() {
    let (n, device) = (4, &Device::Cpu);
    let x = Tensor::from_vec(noise("x", n * INPUTS, 1.0), (INPUTS, n), device).unwrap();
    let w = Tensor::from_vec(noise("w", 2 * OUTPUTS * INPUTS, 1.0), (2 * OUTPUTS, INPUTS), device);
    let b = Tensor::from_vec(noise("b", 2 * OUTPUTS, 1.0), 2 * OUTPUTS, device).unwrap();
    let (x, w) = (x.t().unwrap(), w.unwrap().narrow(0, OUTPUTS, OUTPUTS).unwrap());
    let b = b.narrow(0, OUTPUTS, OUTPUTS).unwrap();
    let y = tensor::to_vec(&dense(&x, &w, &b, Activation::None.into()).unwrap()).unwrap();
    let [x, w, b] = [x, w, b].map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    close("y", &y, &written_out(&x, &w, &b, None)[0], 2e-6);
}

#[test]
fn a_relu_does_not_hide_what_is_not_a_number() {
    // A network that has diverged would otherwise go on with a finite loss.
    let x = [f32::NAN; INPUTS];
    let (w, b) = (noise("w", INPUTS * OUTPUTS, 1.0), noise("b", OUTPUTS, 0.5));
    let keys = Pass::training(0.4, 5, 0).rows(&[0], 0).keys;
    for activation in [Activation::Relu(None), Activation::Relu(keys)] {
        assert!(computed(&x, &w, &b, activation)[0].iter().all(|y| y.is_nan()));
    }
}
