//! DCN: every tower crosses the embedded row with itself beside a multi-layer perceptron,
//! x_0 = e, x_{l+1} = x_0·(w_l·x_l) + b_l + x_l, o_k = v_k·[x_L ; MLP_k(e)] (no bias).

use super::{Backbone, BackboneConfig};
use crate::error::Result;
use crate::layer::{Activation, Linear, Mlp, RowPass, init};
use candle_core::Tensor;
use candle_nn::{VarBuilder, init::ZERO};

struct Tower {
    cross: Vec<Cross>,
    mlp: Mlp,
    out: Linear,
}

/// `w [1, F·D]` and `b [F·D]` of one cross layer.
struct Cross {
    weight: Linear,
    bias: Tensor,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let width = config.width;
    let without_bias =
        |inputs, vb: &VarBuilder| Linear::with(inputs, 1, init::linear(inputs), None, vb);
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp("towers").pp(k);
        let cross = (0..config.cross).map(|l| {
            let vb = vb.pp("cross").pp(l);
            let bias = vb.get_with_hints(width, "bias", ZERO)?;
            Ok(Cross { weight: without_bias(width, &vb)?, bias })
        });
        Ok(Tower {
            cross: cross.collect::<Result<_>>()?,
            mlp: Mlp::new(width, &config.mlp, &vb)?,
            out: without_bias(width.saturating_add(config.last()), &vb.pp("out"))?,
        })
    });
    Ok(Box::new(Dcn { towers: towers.collect::<Result<_>>()? }))
}

struct Dcn {
    towers: Vec<Tower>,
}

impl Backbone for Dcn {
    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let Tower { cross, mlp, out } = &self.towers[k];
        let mut x = e.clone();
        for layer in cross {
            let along = layer.weight.forward(&x, &Activation::None)?;
            x = (e.broadcast_mul(&along)?.broadcast_add(&layer.bias)? + x)?;
        }
        let both = Tensor::cat(&[&x, &mlp.forward(e, rows)?], 1)?;
        Ok(out.forward(&both, &Activation::None)?.squeeze(1)?)
    }
}
