//! Several networks of one kind, its members, whose logits are averaged. Each was trained for itself, from another
//! seed, so they err in different places (Lakshminarayanan, Pritzel and Blundell, *Simple and scalable predictive
//! uncertainty estimation using deep ensembles*, NeurIPS 2017; they average probabilities, which rank rows alike).
//!
//! `o_k = 1/M Σ_j o_k^j(e^j)`. The embedding table is that of all members side by side: of an embedded field, `M·D`
//! wide, the values `j·D..(j + 1)·D` are those of member j.

use super::{Backbone, BackboneConfig, Build, logits};
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::Pass;
use crate::routing::Routing;
use candle_core::Tensor;
use candle_nn::VarBuilder;

/// The first part of the names of a member's parameters, before its number.
pub(crate) const MEMBERS: &str = "members";

/// The networks of a model. Most models have one.
pub(crate) struct Ensemble {
    /// The first member, which has the properties of all.
    pub first: Box<dyn Backbone>,
    others: Vec<Box<dyn Backbone>>,
}

impl Ensemble {
    /// Builds the networks of a configuration, each with `build`.
    pub fn new(build: Build, config: &BackboneConfig, vb: VarBuilder) -> Result<Self> {
        if config.members == 1 {
            return Ok(Self { first: build(config, vb)?, others: Vec::new() });
        }
        let (member, vb) = (config.member(), vb.pp(MEMBERS));
        let others = (1..config.members).map(|j| build(&member, vb.pp(j)));
        Ok(Self { first: build(&member, vb.pp(0))?, others: others.collect::<Result<_>>()? })
    }

    /// The logits `[P]` of all pairs of row and tower of `routing`, in their order.
    pub fn logits(&self, lookup: &Lookup, routing: &Routing, pass: &Pass) -> Result<Tensor> {
        if self.others.is_empty() {
            return logits(&*self.first, lookup, routing, pass);
        }
        let count = self.others.len() + 1;
        let mut sum = logits(&*self.first, &lookup.of_member(0, count)?, routing, pass)?;
        for (j, member) in (1..).zip(&self.others) {
            sum = (sum + logits(&**member, &lookup.of_member(j, count)?, routing, pass)?)?;
        }
        Ok((sum / count as f64)?)
    }
}
