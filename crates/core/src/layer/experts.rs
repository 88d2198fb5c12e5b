//! Experts and their mixtures as one operation of a training step.
//!
//! The experts' outputs are the widest values of the network. As a tensor they would have a
//! gradient of the same size, which candle would set to 0 and then add to. Here they stay inside
//! the operation: the forward pass keeps them in a [`ForwardState`], and the backward pass takes
//! them. The gradients of the experts' parameters go to the [`GradientSink`].
//!
//! The backbone HMoE calls [`mixed_experts`].

use super::dense::{Activation, Dense, Slopes, read, slice};
use super::forward_state::ForwardState;
use super::mixture::{Mixtures, Sizes, mixtures};
use super::{GradientSink, Linear, RowPass};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor, bail};

const RELU: Activation = Activation::Relu(None);

/// For each of K gates the mixture `Σ_x softmax(g_k)_x · relu(E_x u)` of X experts, where X is
/// `count`.
///
/// Takes gates `[n, K·X]`, u `[n, I]` and `experts`, a layer of X·W units in which the experts are
/// side by side; gives `[K, n, W]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn mixed_experts(
    gates: &Tensor,
    u: &Tensor,
    experts: &Linear,
    count: usize,
    rows: &RowPass,
) -> Result<Tensor> {
    // Outside training, and on other devices, the parts are operations of their own.
    let Some(sink) = rows.sink.clone().filter(|_| u.device().is_cpu()) else {
        return mixtures(gates, &experts.forward(u, &RELU)?, count);
    };
    let op = Experts {
        mixtures: Mixtures { count },
        experts: experts.clone(),
        sink,
        outputs: ForwardState::default(),
    };
    Ok(gates.contiguous()?.apply_op2(&u.contiguous()?, op)?)
}

struct Experts {
    mixtures: Mixtures,
    experts: Linear,
    /// Gets the gradients of the experts' parameters.
    sink: GradientSink,
    /// The experts' outputs, `[n, X·W]`.
    outputs: ForwardState<Vec<f32>>,
}

impl Experts {
    fn sizes(&self, gates: &Shape, u: &Shape) -> candle_core::Result<Sizes> {
        let (n, inputs) = u.dims2()?;
        let (outputs, expected) = self.experts.weight.dims2()?;
        if inputs != expected {
            bail!("experts: expected {expected} inputs, got {inputs}");
        }
        self.mixtures.sizes(gates, n, outputs)
    }
}

impl CustomOp2 for Experts {
    fn name(&self) -> &'static str {
        "experts"
    }

    fn cpu_fwd(
        &self,
        g: &CpuStorage,
        lg: &Layout,
        u: &CpuStorage,
        lu: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let sizes = self.sizes(lg.shape(), lu.shape())?;
        let g = slice(g, lg)?;
        let u = slice(u, lu)?;
        let Linear { weight, bias } = &self.experts;
        let e = read(weight, |w| read(bias, |b| Dense::from(RELU).forward(u, w, b)))??;
        let out = self.mixtures.mix(&sizes, g, &e);
        self.outputs.put(e);
        Ok((CpuStorage::F32(out), Shape::from((sizes.gates, sizes.n, sizes.width))))
    }

    fn bwd(
        &self,
        g: &Tensor,
        u: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>)> {
        let sizes = self.sizes(g.shape(), u.shape())?;
        let e = self.outputs.take()?;
        let Linear { weight, bias } = &self.experts;
        let (dg, de) = read(g, |g| read(grad, |grad| self.mixtures.slopes(&sizes, g, &e, grad)))??;
        let layer = Dense::from(RELU);
        let Slopes { dx, dw, db } =
            read(u, |u| read(weight, |w| layer.backward(u, w, &e, de, bias.elem_count())))??;
        self.sink.add(weight, dw);
        self.sink.add(bias, db);
        let device = g.device();
        Ok((
            Some(Tensor::from_vec(dg, g.shape(), device)?),
            Some(Tensor::from_vec(dx, u.shape(), device)?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Pass;
    use candle_core::{Device, Var};

    #[test]
    fn one_operation_is_what_many_are() {
        let (n, gates, count, inputs, width) = (5, 3, 4, 7, 19);
        let values = |rows: usize, columns: usize, scale: f64| {
            let values = (0..rows * columns).map(|i| ((i + rows) as f64 * 0.37).sin() * scale);
            let values: Vec<f32> = values.map(|x| x as f32).collect();
            Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
        };
        let var = |values: Tensor| Var::from_tensor(&values).unwrap();
        let (g, u) = (var(values(n, gates * count, 3.0)), var(values(n, inputs, 1.0)));
        let weight = var(values(count * width, inputs, 0.5));
        let bias = var(values(1, count * width, 0.1).squeeze(0).unwrap());
        let experts = Linear { weight: weight.as_tensor().clone(), bias: bias.as_tensor().clone() };
        let seed = values(gates * n, width, 1.0).reshape((gates, n, width)).unwrap();
        let training = Pass::training(0.0, 0, 0);
        let made = [&training, &Pass::inference()].map(|pass| {
            let mixed = mixed_experts(&g, &u, &experts, count, &pass.undropped()).unwrap();
            let mut store = (&mixed * &seed).unwrap().sum_all().unwrap().backward().unwrap();
            pass.collect(&mut store).unwrap();
            let slopes = [&g, &u, &weight, &bias].map(|v| store.get(v).unwrap());
            let all = std::iter::once(&mixed).chain(slopes);
            all.map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(made[0], made[1]);
        assert!(mixed_experts(&g, &u, &experts, 5, &training.undropped()).is_err());
        assert!(mixed_experts(&g, &g, &experts, count, &training.undropped()).is_err());
    }
}
