//! MMoE: experts that all scenarios share, and a gate per tower that says how much of each expert
//! the tower takes (Ma et al., *Modeling Task Relationships in Multi-task Learning with Multi-gate
//! Mixture-of-Experts*, KDD 2018), with a scenario in place of a task.
//!
//! `h_k = Σ_x softmax(G_k e)_x · MLP_x(e)` and `o_k = MLP_k(h_k)`; a gate has no bias. Of the widths
//! of `model.mlp` the last one is a tower's, and those before it are those of every expert, as in
//! the backbone `shared-bottom`, which has one such network and no gates.

use super::{Backbone, BackboneConfig, Reduction};
use crate::bounds;
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Activation, Head, Linear, Mlp, Pass, RowPass, init, mixtures};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};

/// Settings of MMoE. By default `experts` is 8, as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MmoeConfig {
    /// Number of experts; all scenarios share them.
    pub experts: usize,
}

impl Default for MmoeConfig {
    fn default() -> Self {
        Self { experts: 8 }
    }
}

impl MmoeConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range; the message names it.
    pub fn check(&self) -> Result<()> {
        bounds::one("mmoe.experts", self.experts as u64)
    }
}

struct Mmoe {
    experts: Vec<Mlp>,
    towers: Vec<Tower>,
}

struct Tower {
    /// `G_k`, the gate over the experts.
    gate: Linear,
    head: Head,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let (count, width) = (config.mmoe.experts, config.width);
    let vb = vb.pp("towers");
    let (expert, own) = config.shared_and_own();
    let h = expert.last().copied().unwrap_or(width);
    let towers = (0..config.towers).map(|k| {
        let vb = vb.pp(k);
        let gate = Linear::with(width, count, init::linear(width), None, &vb.pp("gate"))?;
        Ok(Tower { gate, head: Head::new(h, own, &vb)? })
    });
    let towers = towers.collect::<Result<_>>()?;
    let vb = vb.pp("shared").pp("experts");
    let experts = (0..count).map(|x| Mlp::new(width, expert, &vb.pp(x)));
    Ok(Box::new(Mmoe { experts: experts.collect::<Result<_>>()?, towers }))
}

impl Backbone for Mmoe {
    /// The outputs of all experts side by side, `[m, X·W]`.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let all = lookup.places();
        let (e, repeats) = lookup.embed(&all)?;
        // The experts drop units with the keys of the towers from K on, which do not exist.
        let outputs = (self.towers.len()..).zip(&self.experts).map(|(key, expert)| {
            expert.forward(&e, &pass.rows(&all, key).with_repeats(&e, repeats.clone()))
        });
        Ok(vec![Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, 1)?])
    }

    fn first_layer(&self) -> usize {
        self.experts.first().map_or(0, Mlp::first)
    }

    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let Tower { gate, head } = &self.towers[k];
        let gate = gate.forward(e, &Activation::None)?;
        let mixed = mixtures(&gate, &common[0], self.experts.len())?.squeeze(0)?;
        Ok(head.forward(&mixed, rows)?.squeeze(1)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }

    fn works_by_row(&self) -> bool {
        true
    }
}
