//! DFFM: products of fields that every scenario sees in its own light, without the half of the
//! published model that reads a user's history.
//!
//! A scenario's row of the domain table is cut into weights and biases of a micro network
//! `D_k: h ← tanh(W h + b)` on a field's embedding. The products `⟨D_k(e_i), D_k(e_j)⟩` of all
//! F(F−1)/2 pairs and the row itself go through one MLP for all scenarios to the logit `o_k`.
//!
//! Neither the activation nor the sizes were published. With one tower (`st`) the table has one row, and
//! what is left is an inner-product network that knows no scenario.

use super::{Backbone, BackboneConfig, Reduction, expect};
use crate::error::Result;
use crate::layer::{Activation, Head, Linear, Mlp, RowPass, dense, init};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// Sizes of DFFM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DffmConfig {
    /// Layers `D → D` of the micro network, 1: the domain table is then `[K, D² + D]`.
    pub layers: usize,
}

impl Default for DffmConfig {
    fn default() -> Self {
        Self { layers: 1 }
    }
}

impl DffmConfig {
    /// # Errors
    /// Names the setting that makes no sense.
    pub fn check(&self) -> Result<()> {
        expect(self.layers > 0, "dffm.layers", "a positive number", self.layers)
    }
}

struct Dffm {
    fields: usize,
    dim: usize,
    /// A row of the domain table per tower, `[layers·(D² + D)]`.
    domains: Vec<Tensor>,
    head: Head,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let (fields, dim, vb) = (config.fields(), config.dim, vb.pp("towers"));
    expect(fields > 1, "backbone \"dffm\"", "two fields or more", fields)?;
    let domains = (0..config.towers).map(|k| {
        let size = config.dffm.layers.saturating_mul(dim * dim + dim);
        Ok(vb.pp(k).get_with_hints(size, "domain", init::linear(dim))?)
    });
    let (domains, vb) = (domains.collect::<Result<_>>()?, vb.pp("shared"));
    let pairs = fields.saturating_mul(fields - 1) / 2;
    let mlp = Mlp::new(pairs.saturating_add(config.width), &config.mlp, &vb)?;
    let out = Linear::new(config.last(), 1, &vb.pp("out"))?;
    Ok(Box::new(Dffm { fields, dim, domains, head: Head { mlp, out } }))
}

impl Dffm {
    /// `D_k` of every field's embedding: `[n·F, D]` to `[n·F, D]`.
    fn enhance(&self, k: usize, e: Tensor) -> Result<Tensor> {
        let (dim, domain) = (self.dim, &self.domains[k]);
        let size = dim * dim + dim;
        (0..domain.elem_count() / size).try_fold(e, |h, l| {
            let w = domain.narrow(0, l * size, dim * dim)?.reshape((dim, dim))?;
            let b = domain.narrow(0, l * size + dim * dim, dim)?;
            Ok(dense(&h, &w, &b, Activation::None.into())?.tanh()?)
        })
    }

    /// Products `[n, F(F−1)/2]` of all pairs of `h [n, F, D]`.
    fn products(&self, h: &Tensor) -> Result<Tensor> {
        let fields = self.fields as u32;
        let pairs = (0..fields).flat_map(|i| (i + 1..fields).map(move |j| i * fields + j));
        let pairs = Tensor::new(pairs.collect::<Vec<_>>(), h.device())?;
        let all = h.matmul(&h.transpose(1, 2)?.contiguous()?)?.flatten_from(1)?;
        Ok(all.index_select(&pairs, 1)?)
    }
}

impl Backbone for Dffm {
    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let (n, fields, dim) = (e.dim(0)?, self.fields, self.dim);
        let h = self.enhance(k, e.reshape((n * fields, dim))?)?.reshape((n, fields, dim))?;
        let both = Tensor::cat(&[&self.products(&h)?, e], 1)?;
        Ok(self.head.forward(&both, rows)?.squeeze(1)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }
}
