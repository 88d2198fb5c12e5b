//! PEPNet: gates that know the scenario scale the embedded row and the hidden layers of a tower
//! (Chang et al., *PEPNet: Parameter and Embedding Personalized Network*, KDD 2023).
//!
//! Every scenario has a vector `d_k`, and a gate is `δ(x) = 2·σ(W' relu(W x + b) + b')`. The EPNet
//! scales the embedded row, `ê = δ([d_k ; e]) ⊙ e`. The PPNet scales the output of every hidden layer
//! of tower k, `h ← δ_l([d_k ; ê]) ⊙ relu(W_kl h + b_kl)`, which begins with `h = ê`. The gates send
//! no gradient to `e` and `ê`. All towers share the gates.
//!
//! Two things are simpler than in the paper. Its domain is the scenario, of which nothing but `d_k`
//! is known: there are no statistics of a domain. And a log does not say which of its fields are the
//! ids of user, item and author, whose embeddings the published PPNet reads beside `ê`; here it reads
//! `d_k` beside `ê`, which holds all fields. With one tower (`st`) `d_k` is the same for all rows.

use super::{Backbone, BackboneConfig};
use crate::bounds;
use crate::error::Result;
use crate::layer::{Activation, Linear, RowPass, init};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use candle_nn::ops::sigmoid;
use serde::{Deserialize, Serialize};

/// Settings of PEPNet. By default `gate` is 64, as in FuxiCTR, because the paper does not give its
/// number; `stop_gradient` is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PepnetConfig {
    /// Width of the hidden layer of a gate.
    pub gate: usize,
    /// On: gates send no gradient to the embedded rows that they read, as published. Off: they do.
    pub stop_gradient: bool,
}

impl Default for PepnetConfig {
    fn default() -> Self {
        Self { gate: 64, stop_gradient: true }
    }
}

impl PepnetConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::one("pepnet.gate", self.gate as u64)
    }
}

struct PepNet {
    stop_gradient: bool,
    /// The EPNet.
    embedding: GateUnit,
    /// The PPNet: a gate for every hidden layer.
    layers: Vec<GateUnit>,
    towers: Vec<Tower>,
}

struct Tower {
    /// `d_k`, `[1, D]`.
    domain: Tensor,
    layers: Vec<Linear>,
    out: Linear,
}

/// The Gate NU of the paper.
struct GateUnit {
    hidden: Linear,
    out: Linear,
}

impl GateUnit {
    fn new(inputs: usize, hidden: usize, outputs: usize, vb: &VarBuilder) -> Result<Self> {
        let hidden_layer = Linear::new(inputs, hidden, &vb.pp("hidden"))?;
        Ok(Self { hidden: hidden_layer, out: Linear::new(hidden, outputs, &vb.pp("out"))? })
    }

    /// The factors `[n, O]`, between 0 and 2, for `x [n, I]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let h = self.hidden.forward(x, &Activation::Relu(None))?;
        Ok((sigmoid(&self.out.forward(&h, &Activation::None)?)? * 2.0)?)
    }
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let (width, dim, hidden) = (config.width, config.dim, config.pepnet.gate);
    let vb = vb.pp("towers");
    let ends = || [&[width][..], &config.mlp].concat().into_iter().zip(&config.mlp).enumerate();
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp(k);
        let layers = ends().map(|(l, (i, o))| Linear::new(i, *o, &vb.pp("layers").pp(l)));
        Ok(Tower {
            domain: vb.get_with_hints((1, dim), "domain", init::linear(dim))?,
            layers: layers.collect::<Result<_>>()?,
            out: Linear::new(config.last(), 1, &vb.pp("out"))?,
        })
    });
    let towers = towers.collect::<Result<_>>()?;
    let vb = vb.pp("shared");
    let gate =
        |outputs, vb: VarBuilder| GateUnit::new(dim.saturating_add(width), hidden, outputs, &vb);
    let layers = ends().map(|(l, (_, o))| gate(*o, vb.pp("gates").pp(l)));
    Ok(Box::new(PepNet {
        stop_gradient: config.pepnet.stop_gradient,
        embedding: gate(width, vb.pp("embedding"))?,
        layers: layers.collect::<Result<_>>()?,
        towers,
    }))
}

impl Backbone for PepNet {
    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let Tower { domain, layers, out } = &self.towers[k];
        let domain = domain.broadcast_as((e.dim(0)?, domain.dim(1)?))?.contiguous()?;
        let beside_domain = |x: &Tensor| {
            let x = if self.stop_gradient { x.detach() } else { x.clone() };
            Tensor::cat(&[&domain, &x], 1)
        };
        let mut h = (self.embedding.forward(&beside_domain(e)?)? * e)?;
        let prior = beside_domain(&h)?;
        for (l, (layer, gate)) in layers.iter().zip(&self.layers).enumerate() {
            h = (layer.hidden(&h, rows, l)? * gate.forward(&prior)?)?;
        }
        Ok(out.forward(&h, &Activation::None)?.squeeze(1)?)
    }
}
