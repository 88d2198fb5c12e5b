//! HMoE: towers on mixtures of shared experts, whose scores are mixed a second time.
//!
//! `u = MLP(e)`, `h_k = Σ_x softmax(G_k u)_x · relu(E_x u)`, and the score of tower k is
//! `q_k = σ(MLP_k(h_k))`. Its probability is `p_k = Σ_j w_kj · q_j` with `w_k = softmax(S_k u)`; of
//! the scores only `q_k` learns from `p_k`. The logit is ln(p_k / (1 − p_k)).
//!
//! With one tower (`st`) the second mixture has a single member, so the model is a mixture of
//! experts.

use super::{Backbone, BackboneConfig, Reduction, expect};
use crate::bounds;
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Activation, Head, Linear, Mlp, Pass, RowPass, init, mixed_experts};
use candle_core::{D, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::log_softmax;
use serde::{Deserialize, Serialize};

/// Settings of HMoE. The defaults are those of the published baseline: `share` is `[128]`,
/// `experts` is 8, `expert` is 64, `tower` is `[32]`, there is no dropout, and `stop_gradient` is
/// on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HmoeConfig {
    /// Hidden widths of the part below the experts.
    pub share: Vec<usize>,
    /// Number of experts.
    pub experts: usize,
    /// Width of an expert.
    pub expert: usize,
    /// Hidden widths of a tower; the code published with SSIM has `[16]`.
    pub tower: Vec<usize>,
    /// Dropout below the experts; the published AliMama run with SSIM has 0.1.
    pub share_dropout: f32,
    /// Dropout in the towers; the published AliMama run with SSIM has 0.3.
    pub tower_dropout: f32,
    /// On: of the scores only q_k learns from p_k, as published. Off: every score in the mixture
    /// does.
    pub stop_gradient: bool,
}

impl Default for HmoeConfig {
    fn default() -> Self {
        Self {
            share: vec![128],
            experts: 8,
            expert: 64,
            tower: vec![32],
            share_dropout: 0.0,
            tower_dropout: 0.0,
            stop_gradient: true,
        }
    }
}

impl HmoeConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::widths("hmoe.share", &self.share)?;
        bounds::widths("hmoe.tower", &self.tower)?;
        bounds::one("hmoe.experts", self.experts as u64)?;
        bounds::one("hmoe.expert", self.expert as u64)?;
        for (key, p) in
            [("hmoe.share_dropout", self.share_dropout), ("hmoe.tower_dropout", self.tower_dropout)]
        {
            expect((0.0..1.0).contains(&p), key, "0 or more and below 1", p)?;
        }
        Ok(())
    }
}

struct Hmoe {
    sizes: HmoeConfig,
    share: Mlp,
    /// All experts side by side, as one layer.
    experts: Linear,
    towers: Vec<Tower>,
}

struct Tower {
    /// `G_k`, the gate over the experts.
    experts: Linear,
    head: Head,
    /// `S_k`, the gate over the scores.
    scores: Linear,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let sizes = config.hmoe.clone();
    let last = |widths: &[usize]| widths.last().copied().unwrap_or(1);
    let (u, h) = (last(&sizes.share), last(&sizes.tower));
    let vb = vb.pp("towers");
    let gate = |outputs, vb: VarBuilder| Linear::with(u, outputs, init::fan_in(), None, &vb);
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp(k);
        Ok(Tower {
            experts: gate(sizes.experts, vb.pp("experts"))?,
            head: Head {
                mlp: Mlp::with(sizes.expert, &sizes.tower, Linear::glorot, &vb)?,
                out: Linear::glorot(h, 1, &vb.pp("out"))?,
            },
            scores: gate(config.towers, vb.pp("scores"))?,
        })
    });
    let towers = towers.collect::<Result<_>>()?;
    let shared = vb.pp("shared");
    let share = Mlp::with(config.width, &sizes.share, Linear::glorot, &shared)?;
    let width = sizes.experts.saturating_mul(sizes.expert);
    let zero = Some(candle_nn::init::ZERO);
    let experts = Linear::with(u, width, init::fan_in(), zero, &shared.pp("experts"))?;
    Ok(Box::new(Hmoe { sizes, share, experts, towers }))
}

impl Backbone for Hmoe {
    /// The logits of all scores `q_j`, `[m, K]`, and those of their weights `w_kj`, `[m, K, K]`.
    /// Every tower mixes all scores, so every row needs all of them.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let sizes = &self.sizes;
        let all = lookup.places();
        // The shared part drops units with the key of tower K, which does not exist.
        let rows = pass.rows(&all, self.towers.len()).dropping(sizes.share_dropout);
        let (e, repeats) = lookup.embed(&all)?;
        let u = self.share.forward(&e, &rows.with_repeats(&e, repeats))?;
        let k = self.towers.len();
        let n = all.len();
        let count = sizes.experts;
        // All gates read `u`, so they are one product: first the K gates over experts, then the K
        // gates over scores.
        let gates = self.towers.iter().map(|tower| &tower.experts);
        let gates = Linear::beside(gates.chain(self.towers.iter().map(|tower| &tower.scores)))?;
        let gates = gates.forward(&u, &Activation::None)?;
        let of_experts = gates.narrow(1, 0, k * count)?;
        let mixed = mixed_experts(&of_experts, &u, &self.experts, count, &pass.undropped())?;
        let weights = gates.narrow(1, k * count, k * k)?.contiguous()?.reshape((n, k, k))?;
        let heads = self.towers.iter().enumerate().map(|(k, tower)| {
            let rows = pass.rows(&all, k).dropping(sizes.tower_dropout);
            (&tower.head, rows, ((k * n) as u32..((k + 1) * n) as u32).collect())
        });
        let scores = Head::side_by_side(&mixed.flatten_to(1)?, heads)?;
        let scores = scores.reshape((k, n))?.t()?.contiguous()?;
        Ok(vec![scores, weights])
    }

    fn first_layer(&self) -> usize {
        self.share.first()
    }

    fn tower(&self, k: usize, _: &Tensor, common: &[Tensor], _: &RowPass) -> Result<Tensor> {
        let weights = log_softmax(&common[1].narrow(1, k, 1)?.squeeze(1)?, D::Minus1)?;
        let z = if self.sizes.stop_gradient { only(k, &common[0])? } else { common[0].clone() };
        // Logarithms of p and 1 − p, because p and 1 − p themselves may round to 0:
        // ln σ(z) = −ln(1 + e^−z), and ln σ(−z) = ln σ(z) − z. With m = max(0, −z) the first one is
        // −(ln(e^−m + e^(−z−m)) + m), in which no exponential overflows.
        let m = (&z * -1.0)?.relu()?.detach();
        let terms = ((&m * -1.0)?.exp()? + ((&z + &m)? * -1.0)?.exp()?)?;
        let click = ((terms.log()? + m)? * -1.0)?;
        let no_click = (&click - &z)?;
        let mix = |score: Tensor| (score + &weights)?.log_sum_exp(1);
        Ok((mix(click)? - mix(no_click)?)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }

    fn works_by_row(&self) -> bool {
        true
    }
}

/// The logits `z [n, K]`, of which only column `k` gets a gradient.
fn only(k: usize, z: &Tensor) -> Result<Tensor> {
    let column: Vec<f32> = (0..z.dim(1)?).map(|j| f32::from(u8::from(j == k))).collect();
    let column = Tensor::new(column, z.device())?;
    // The second term is 0 and has the gradient of `z` in column `k`.
    let constant = z.detach();
    Ok((&constant + (z - &constant)?.broadcast_mul(&column)?)?)
}
