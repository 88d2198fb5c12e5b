//! PLE: extraction layers, in which every tower has experts of its own beside those that all share
//! (Tang et al., *Progressive Layered Extraction*, RecSys 2020), with a scenario in place of a task.
//!
//! A layer has a group of experts per tower and a shared group, and an expert is `relu(W x + b)`.
//! Tower k and the shared part have an input each, `x_k` and `x_s`; both are `e` in the first layer.
//! For the next layer
//! - `x_k` is the mixture of tower k's own experts on `x_k` and the shared ones on `x_s`, by the gate
//!   `softmax(G_k x_k)`,
//! - `x_s` is the mixture of the experts of all groups, by the gate `softmax(G_s x_s)`.
//!
//! The last layer gives `x_k` only, and `o_k = MLP_k(x_k)`. Gates have no bias. There are as many
//! layers as `model.mlp` has widths before its last one, and each is as wide as they say; the last
//! width is a tower's.
//!
//! One thing differs from the paper: ln K is subtracted from the logits that `G_s` gives experts of
//! towers. So K towers that are copies of each other count in `x_s` as much as one does.

use super::{Backbone, BackboneConfig, Reduction, RoutedSlice};
use crate::bounds;
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Activation, Head, Linear, Pass, RowPass, init, mixtures};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// Settings of PLE. By default `experts` is 1, as in FuxiCTR; the paper does not give its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PleConfig {
    /// Number of experts in a group: so many for every tower, and so many that all towers share.
    pub experts: usize,
}

impl Default for PleConfig {
    fn default() -> Self {
        Self { experts: 1 }
    }
}

impl PleConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::one("ple.experts", self.experts as u64)
    }
}

struct Ple {
    /// Number of experts in a group, X.
    count: usize,
    /// All layers but the last one.
    layers: Vec<Extraction>,
    /// The shared experts of the last layer.
    shared: Linear,
    towers: Vec<(Group, Head)>,
}

/// The experts of a tower in one layer.
struct Group {
    /// The experts side by side, as one layer of X·W units.
    experts: Linear,
    /// `G_k`, the gate over these experts and the shared ones, with 2·X outputs.
    gate: Linear,
}

/// An extraction layer that another one follows.
struct Extraction {
    towers: Vec<Group>,
    /// The shared experts side by side.
    shared: Linear,
    /// `G_s`: for each tower the gate over its experts, and then that over the shared ones.
    gates: Vec<Linear>,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let count = config.ple.experts;
    let vb = vb.pp("towers");
    let (layers, own) = config.shared_and_own();
    let gate = |inputs, outputs, vb: VarBuilder| {
        Linear::with(inputs, outputs, init::linear(inputs), None, &vb)
    };
    let experts = |inputs, width: usize, vb: &VarBuilder| {
        Linear::new(inputs, count.saturating_mul(width), &vb.pp("experts"))
    };
    let group = |inputs, width, vb: &VarBuilder| {
        let gate = gate(inputs, 2 * count, vb.pp("gate"))?;
        Ok(Group { experts: experts(inputs, width, vb)?, gate })
    };
    let inputs = [&[config.width][..], layers].concat();
    let last = layers.len().saturating_sub(1);
    let width = |l: usize| layers.get(l).copied().unwrap_or(config.width);
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp(k);
        let group = group(inputs[last], width(last), &vb.pp("own"))?;
        Ok((group, Head::new(width(last), own, &vb)?))
    });
    let towers = towers.collect::<Result<_>>()?;
    let lower = (0..last).map(|l| {
        // Later layers of all towers read these experts, so they are parameters of the shared part.
        let vb = vb.pp("shared").pp("extractions").pp(l);
        let of_tower = |k| vb.pp("towers").pp(k);
        let towers = (0..config.towers).map(|k| group(inputs[l], width(l), &of_tower(k)));
        let gates = (0..config.towers).map(of_tower).chain([vb.clone()]);
        Ok(Extraction {
            towers: towers.collect::<Result<_>>()?,
            shared: experts(inputs[l], width(l), &vb)?,
            gates: gates
                .map(|vb| gate(inputs[l], count, vb.pp("to_shared")))
                .collect::<Result<_>>()?,
        })
    });
    let layers = lower.collect::<Result<_>>()?;
    let shared = experts(inputs[last], width(last), &vb.pp("shared"))?;
    Ok(Box::new(Ple { count, layers, shared, towers }))
}

impl Group {
    /// The next `x_k`, `[n, W]`, from `x [n, I]` and the outputs `[n, X·W]` of the tower's own and of
    /// the shared experts.
    fn mix(&self, x: &Tensor, own: &Tensor, shared: &Tensor, count: usize) -> Result<Tensor> {
        let gate = self.gate.forward(x, &Activation::None)?;
        Ok(mixtures(&gate, &Tensor::cat(&[own, shared], 1)?, 2 * count)?.squeeze(0)?)
    }
}

impl Extraction {
    /// The next inputs from `inputs`: those of the towers, and then that of the shared part. `rows`
    /// has their passes, and `l` is the number of the layer for dropout.
    fn forward(
        &self,
        inputs: &[Tensor],
        rows: &[RowPass],
        l: usize,
        count: usize,
    ) -> Result<Vec<Tensor>> {
        let layers = self.towers.iter().map(|group| &group.experts).chain([&self.shared]);
        let outputs =
            layers.zip(inputs).zip(rows).map(|((layer, x), rows)| layer.hidden(x, rows, l));
        let outputs = outputs.collect::<Result<Vec<_>>>()?;
        let k = self.towers.len();
        let groups = self.towers.iter().zip(inputs).zip(&outputs);
        let mixed = groups.map(|((group, x), own)| group.mix(x, own, &outputs[k], count));
        let mut mixed = mixed.collect::<Result<Vec<_>>>()?;
        let gate = Linear::beside(self.gates.iter())?.forward(&inputs[k], &Activation::None)?;
        let of_tower = -(k as f32).ln();
        let offsets: Vec<f32> =
            (0..(k + 1) * count).map(|x| if x < k * count { of_tower } else { 0.0 }).collect();
        let gate = gate.broadcast_add(&Tensor::new(offsets, gate.device())?)?;
        mixed.push(mixtures(&gate, &Tensor::cat(&outputs, 1)?, (k + 1) * count)?.squeeze(0)?);
        Ok(mixed)
    }
}

impl Backbone for Ple {
    /// The inputs `x_k [m, I]` of the last layer, and the outputs `[m, X·W]` of its shared experts.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let all = lookup.places();
        let (e, repeats) = lookup.embed(&all)?;
        // The shared part drops units with the key of tower K, which does not exist.
        let k = self.towers.len();
        let rows = (0..=k).map(|k| pass.rows(&all, k).with_repeats(&e, repeats.clone()));
        let rows: Vec<_> = rows.collect();
        let first = vec![e; k + 1];
        let mut layers = (1..).zip(&self.layers);
        let mut inputs = layers
            .try_fold(first, |inputs, (l, layer)| layer.forward(&inputs, &rows, l, self.count))?;
        inputs[k] = self.shared.hidden(&inputs[k], &rows[k], self.layers.len() + 1)?;
        Ok(inputs)
    }

    fn first_layer(&self) -> usize {
        self.layers.first().map_or(&self.shared, |layer| &layer.shared).outputs()
    }

    /// `common` has the tower's `x_k` and the outputs of the shared experts.
    fn tower(&self, k: usize, _: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let (group, head) = &self.towers[k];
        // Hidden layer 0 is the head's, of which there is at most one.
        let own = group.experts.hidden(&common[0], rows, self.layers.len() + 1)?;
        let mixed = group.mix(&common[0], &own, &common[1], self.count)?;
        Ok(head.forward(&mixed, rows)?.squeeze(1)?)
    }

    fn towers(&self, common: &[Tensor], slice: &RoutedSlice) -> Result<Tensor> {
        // Each tower gets its own input only: the rows of all inputs would be copied K times.
        let of_tower = |k: usize| vec![common[k].clone(), common[self.towers.len()].clone()];
        slice.tower_by_tower(&of_tower, &|k, e, common, rows| self.tower(k, e, common, rows))
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }

    fn works_by_row(&self) -> bool {
        !self.layers.is_empty()
    }
}
