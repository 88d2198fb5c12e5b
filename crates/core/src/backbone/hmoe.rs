//! HMoE: towers over a mixture of shared experts, whose scores are mixed once more.
//!
//! `u = MLP(e)`, `h_k = Σ_x softmax(G_k u)_x · relu(E_x u)`, score `q_k = σ(MLP_k(h_k))`, and tower k's
//! probability is `p_k = Σ_j w_kj · q_j` with `w_k = softmax(S_k u)`, where only `q_k` learns from it.
//! The logit is ln(p_k / (1 − p_k)).
//!
//! With one tower (`st`) the second mixture has one member: what is left is a mixture of experts.

use super::{Backbone, BackboneConfig, Reduction, expect};
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Activation, Head, Linear, Mlp, Pass, RowPass, init, mixed_experts};
use candle_core::{D, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::log_softmax;
use serde::{Deserialize, Serialize};

/// Sizes of HMoE; the defaults are those of the published baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HmoeConfig {
    /// Hidden widths of the part below the experts, `[128]`.
    pub share: Vec<usize>,
    /// Number of experts, 8.
    pub experts: usize,
    /// Width of an expert, 64.
    pub expert: usize,
    /// Hidden widths of a tower, `[32]`; `[16]` is what was published together with SSIM.
    pub tower: Vec<usize>,
    /// Dropout below the experts, 0; 0.1 in the published AliMama run with SSIM.
    pub share_dropout: f32,
    /// Dropout in the towers, 0; 0.3 in the published AliMama run with SSIM.
    pub tower_dropout: f32,
    /// Whether only q_k learns from p_k, as published; off: every score in the mixture does.
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
    /// # Errors
    /// Names the setting that makes no sense.
    pub fn check(&self) -> Result<()> {
        for (key, widths) in [
            ("hmoe.share", &self.share[..]),
            ("hmoe.tower", &self.tower),
            ("hmoe.experts", &[self.experts]),
            ("hmoe.expert", &[self.expert]),
        ] {
            let positive = !widths.is_empty() && widths.iter().all(|n| *n > 0);
            expect(positive, key, "positive numbers", widths)?;
        }
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
    /// All experts side by side.
    experts: Linear,
    towers: Vec<Tower>,
}

struct Tower {
    /// `G_k`, over the experts.
    experts: Linear,
    head: Head,
    /// `S_k`, over the scores.
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
    let (towers, shared) = (towers.collect::<Result<_>>()?, vb.pp("shared"));
    let share = Mlp::with(config.width, &sizes.share, Linear::glorot, &shared)?;
    let width = sizes.experts.saturating_mul(sizes.expert);
    let zero = Some(candle_nn::init::ZERO);
    let experts = Linear::with(u, width, init::fan_in(), zero, &shared.pp("experts"))?;
    Ok(Box::new(Hmoe { sizes, share, experts, towers }))
}

impl Backbone for Hmoe {
    /// Logits of all scores `q_j`, `[m, K]`, and logits of their weights `w_kj`, `[m, K, K]`. Every
    /// row needs all scores, whichever tower sees it.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let (sizes, all) = (&self.sizes, lookup.places());
        // What towers share drops units by a key that no tower has.
        let rows = pass.rows(&all, self.towers.len()).dropping(sizes.share_dropout);
        let u = self.share.forward(&lookup.all()?, &rows)?;
        let (k, n, count) = (self.towers.len(), all.len(), sizes.experts);
        let gates = self.towers.iter().map(|tower| &tower.experts);
        let gates = Linear::beside(gates.chain(self.towers.iter().map(|tower| &tower.scores)))?;
        let gates = gates.forward(&u, &Activation::None)?;
        let of_experts = gates.narrow(1, 0, k * count)?;
        let mixed = mixed_experts(&of_experts, &u, &self.experts, count, &pass.undropped())?;
        let weights = gates.narrow(1, k * count, k * k)?.contiguous()?.reshape((n, k, k))?;
        let rows = |k| pass.rows(&all, k).dropping(sizes.tower_dropout);
        let heads = self.towers.iter().enumerate().map(|(k, tower)| (&tower.head, rows(k)));
        let scores = Head::side_by_side(&mixed, heads)?.squeeze(2)?.t()?.contiguous()?;
        Ok(vec![scores, weights])
    }

    fn tower(&self, k: usize, _: &Tensor, common: &[Tensor], _: &RowPass) -> Result<Tensor> {
        let weights = log_softmax(&common[1].narrow(1, k, 1)?.squeeze(1)?, D::Minus1)?;
        let z = if self.sizes.stop_gradient { only(k, &common[0])? } else { common[0].clone() };
        // p and 1 − p as logarithms, which neither rounds to 0: ln σ(z) = −ln(1 + e^−z), and
        // ln σ(−z) = ln σ(z) − z.
        let most = z.neg()?.relu()?.detach();
        let click = ((most.neg()?.exp()? + (z.neg()? - &most)?.exp()?)?.log()? + most)?.neg()?;
        let no_click = (&click - &z)?;
        let mix = |score: Tensor| (score + &weights)?.log_sum_exp(1);
        Ok((mix(click)? - mix(no_click)?)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }
}

/// Logits `[n, K]` of which only column `k` has a way back.
fn only(k: usize, z: &Tensor) -> Result<Tensor> {
    let column: Vec<f32> = (0..z.dim(1)?).map(|j| f32::from(u8::from(j == k))).collect();
    let column = Tensor::new(column, z.device())?;
    let still = z.detach();
    Ok((&still + (z - &still)?.broadcast_mul(&column)?)?)
}
