//! DFFM: products of fields, after each scenario has transformed the fields in its own way. The
//! half of the published model that reads a user's history is left out.
//!
//! A domain table has one row per scenario. The row is split into the weights and biases of a micro
//! network `D_k: h ← tanh(W h + b)` on the embedding of a field. The products
//! `⟨D_k(e_i), D_k(e_j)⟩` of all F(F−1)/2 pairs and the embedded row are the inputs of one MLP, the
//! same for all scenarios, which gives the logit `o_k`.
//!
//! Neither the activation nor the sizes were published. With one tower (`st`) the table has one
//! row, and the model is an inner-product network that does not know the scenario.

use super::{Backbone, BackboneConfig, Reduction, expect};
use crate::bounds;
use crate::error::Result;
use crate::layer::{Activation, Head, RowPass, dense, init};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// Settings of DFFM. By default `layers` is 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DffmConfig {
    /// Number of layers `D → D` of the micro network; the domain table is `[K, layers·(D² + D)]`.
    pub layers: usize,
}

impl Default for DffmConfig {
    fn default() -> Self {
        Self { layers: 1 }
    }
}

impl DffmConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::one("dffm.layers", self.layers as u64)
    }
}

struct Dffm {
    fields: usize,
    dim: usize,
    /// The row of the domain table for each tower, `[layers·(D² + D)]`.
    domains: Vec<Tensor>,
    head: Head,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let fields = config.fields();
    let dim = config.dim;
    let vb = vb.pp("towers");
    expect(fields > 1, "backbone \"dffm\"", "two fields or more", fields)?;
    let domains = (0..config.towers).map(|k| {
        let size = config.dffm.layers.saturating_mul(dim * dim + dim);
        Ok(vb.pp(k).get_with_hints(size, "domain", init::linear(dim))?)
    });
    let domains = domains.collect::<Result<_>>()?;
    let vb = vb.pp("shared");
    let pairs = fields.saturating_mul(fields - 1) / 2;
    let head = Head::new(pairs.saturating_add(config.width), &config.mlp, &vb)?;
    Ok(Box::new(Dffm { fields, dim, domains, head }))
}

impl Dffm {
    /// Applies the micro network `D_k` to the embedding of every field, `[n·F, D]`; gives
    /// `[n·F, D]`.
    fn enhance(&self, k: usize, e: Tensor) -> Result<Tensor> {
        let dim = self.dim;
        let domain = &self.domains[k];
        let size = dim * dim + dim;
        (0..domain.elem_count() / size).try_fold(e, |h, l| {
            let w = domain.narrow(0, l * size, dim * dim)?.reshape((dim, dim))?;
            let b = domain.narrow(0, l * size + dim * dim, dim)?;
            Ok(dense(&h, &w, &b, Activation::None.into())?.tanh()?)
        })
    }

    /// The inner products `[n, F(F−1)/2]` of all pairs of fields of `h [n, F, D]`.
    fn products(&self, h: &Tensor) -> Result<Tensor> {
        // Of the matrix of all products, `[F, F]`, the part above the diagonal.
        let fields = self.fields as u32;
        let pairs = (0..fields).flat_map(|i| (i + 1..fields).map(move |j| i * fields + j));
        let pairs = Tensor::new(pairs.collect::<Vec<_>>(), h.device())?;
        let all = h.matmul(&h.transpose(1, 2)?.contiguous()?)?.flatten_from(1)?;
        Ok(all.index_select(&pairs, 1)?)
    }
}

impl Backbone for Dffm {
    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let n = e.dim(0)?;
        let (fields, dim) = (self.fields, self.dim);
        let h = self.enhance(k, e.reshape((n * fields, dim))?)?.reshape((n, fields, dim))?;
        let both = Tensor::cat(&[&self.products(&h)?, e], 1)?;
        Ok(self.head.forward(&both, rows)?.squeeze(1)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }
}
