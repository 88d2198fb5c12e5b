//! DCN: every tower has cross layers, which multiply the embedded row with itself, and next to them
//! a multi-layer perceptron.
//!
//! x_0 = e, x_{l+1} = x_0·(w_l·x_l) + b_l + x_l, o_k = v_k·[x_L ; MLP_k(e)] (no bias).
//!
//! The x_l are not computed. It holds that x_l = α_l·e + β_l with one number α_l per row and one
//! vector β_l for all rows, where α_{l+1} = α_l + w_l·x_l and β_{l+1} = β_l + b_l. So the only
//! values needed of a row are its products with all w_l and with v_k, which are one narrow matrix
//! product.

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

/// One cross layer, with `w [1, F·D]` and `b [F·D]`.
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
    fn first_layer(&self) -> usize {
        self.towers.first().map_or(0, |tower| tower.mlp.first())
    }

    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let Tower { cross, mlp, out } = &self.towers[k];
        let (of_crossed, of_hidden) = out.split(e.dim(1)?)?;
        let hidden = of_hidden.forward(&mlp.forward(e, rows)?, &Activation::None)?;
        Ok((crossed(e, cross, &of_crossed)? + hidden)?.squeeze(1)?)
    }
}

/// The output of the layer `out` on x_L, `[n, 1]`, without x_L itself.
fn crossed(e: &Tensor, cross: &[Cross], out: &Linear) -> Result<Tensor> {
    let (n, width) = e.dims2()?;
    let device = e.device();
    // Column l is w_l·e, and the last column is out·e.
    let layers = cross.iter().map(|layer| &layer.weight);
    let products = Linear::beside(layers.chain([out]))?.forward(e, &Activation::None)?;
    let mut alpha = Tensor::ones((n, 1), e.dtype(), device)?;
    let mut beta = Tensor::zeros((1, width), e.dtype(), device)?;
    // layer·x_l = α_l·(layer·e) + layer·β_l.
    let along = |l, layer: &Linear, alpha: &Tensor, beta: &Tensor| {
        let of_beta = layer.forward(beta, &Activation::None)?;
        Ok((alpha * products.narrow(1, l, 1)?)?.broadcast_add(&of_beta)?)
    };
    for (l, Cross { weight, bias }) in cross.iter().enumerate() {
        alpha = (&alpha + along(l, weight, &alpha, &beta)?)?;
        beta = beta.broadcast_add(bias)?;
    }
    along(cross.len(), out, &alpha, &beta)
}
