//! Several networks of one kind, its members, whose logits are averaged. Each was trained for itself, from another
//! seed, so they err in different places (Lakshminarayanan, Pritzel and Blundell, *Simple and scalable predictive
//! uncertainty estimation using deep ensembles*, NeurIPS 2017; they average probabilities, which rank rows alike).
//!
//! `o_k = 1/M Σ_j o_k^j(e^j)`. The embedding table is that of all members side by side: of an embedded field, `M·D`
//! wide, the values `j·D..(j + 1)·D` are those of member j.

use super::{Backbone, BackboneConfig, Build, Reduction};
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Pass, RowPass};
use candle_core::Tensor;
use candle_nn::VarBuilder;

/// The first part of the names of a member's parameters, before its number.
pub(crate) const MEMBERS: &str = "members";

struct Ensemble {
    members: Vec<Box<dyn Backbone>>,
    /// Number of fields, `F`.
    fields: usize,
    /// Width of an embedded field of a member, `D`.
    dim: usize,
}

/// Builds the network of a configuration, whose members are networks of `build`.
pub(crate) fn build(
    build: Build,
    config: &BackboneConfig,
    vb: VarBuilder,
) -> Result<Box<dyn Backbone>> {
    if config.members == 1 {
        return build(config, vb);
    }
    let member = config.member();
    let vb = vb.pp(MEMBERS);
    let members = (0..config.members).map(|j| build(&member, vb.pp(j)));
    Ok(Box::new(Ensemble {
        members: members.collect::<Result<_>>()?,
        fields: config.fields(),
        dim: member.dim,
    }))
}

impl Ensemble {
    /// The embedded rows of member `j`, `[n, F·D]`, among those of all members, `[n, F·M·D]`.
    fn rows_of(&self, j: usize, e: &Tensor) -> Result<Tensor> {
        let n = e.dim(0)?;
        let by_member = e.reshape((n, self.fields, self.members.len(), self.dim))?;
        Ok(by_member.narrow(2, j, 1)?.contiguous()?.reshape((n, self.fields * self.dim))?)
    }
}

impl Backbone for Ensemble {
    /// The tensors of all members, one member after the other.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let mut all = Vec::new();
        for (j, member) in self.members.iter().enumerate() {
            all.extend(member.common(&lookup.of_member(j, self.members.len())?, pass)?);
        }
        Ok(all)
    }

    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        let each = common.len() / self.members.len();
        let mut sum = Tensor::zeros(e.dim(0)?, e.dtype(), e.device())?;
        for (j, member) in self.members.iter().enumerate() {
            let common = &common[j * each..(j + 1) * each];
            let e = self.rows_of(j, e)?;
            sum = (sum + member.tower(k, &e, common, rows)?)?;
        }
        Ok((sum / self.members.len() as f64)?)
    }

    fn works_by_row(&self) -> bool {
        self.members.iter().any(|member| member.works_by_row())
    }

    fn reduction(&self) -> Reduction {
        self.members.first().map_or(Reduction::Batch, |member| member.reduction())
    }
}
