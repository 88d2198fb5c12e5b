//! A backbone that is not in the registry. It shows all that is needed to add one.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use ssim_core::backbone::{Backbone, BackboneConfig, Build};
use ssim_core::error::Result;
use ssim_core::layer::{Activation, Linear, Mlp, RowPass};

/// The line that adds it to the registry.
pub const NEWCOMER: (&str, Build) = ("newcomer", build);

/// One hidden layer and a scale per tower: o_k = c_k·(v_k·relu(W_k e + b_k) + a_k).
struct Newcomer {
    towers: Vec<(Mlp, Linear, Tensor)>,
}

fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp("towers").pp(k);
        let mlp = Mlp::new(config.width, &config.mlp[..1], &vb)?;
        let out = Linear::new(config.mlp[0], 1, &vb.pp("out"))?;
        Ok((mlp, out, vb.get_with_hints(1, "scale", candle_nn::init::ONE)?))
    });
    Ok(Box::new(Newcomer { towers: towers.collect::<Result<_>>()? }))
}

impl Backbone for Newcomer {
    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let (mlp, out, scale) = &self.towers[k];
        let z = out.forward(&mlp.forward(e, rows)?, &Activation::None)?;
        Ok(z.squeeze(1)?.broadcast_mul(scale)?)
    }
}
