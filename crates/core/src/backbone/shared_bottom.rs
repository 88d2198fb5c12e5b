//! Shared-Bottom: one multi-layer perceptron for all scenarios, and a tower per scenario on top of
//! it. This is hard parameter sharing (Caruana, *Multitask Learning*, Machine Learning 1997) with a
//! scenario in place of a task.
//!
//! `u = MLP(e)` and `o_k = MLP_k(u)`. Of the widths of `model.mlp` the last one is a tower's, and
//! those before it are the shared part's. With a single width, which is then the shared part's, a
//! tower is an output layer only, as in 1997.

use super::{Backbone, BackboneConfig, Reduction};
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Head, Mlp, Pass, RowPass};
use candle_core::Tensor;
use candle_nn::VarBuilder;

struct SharedBottom {
    bottom: Mlp,
    towers: Vec<Head>,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let vb = vb.pp("towers");
    let (shared, own) = config.shared_and_own();
    let u = shared.last().copied().unwrap_or(config.width);
    let towers = (0..config.towers).map(|k| Head::new(u, own, &vb.pp(k)));
    Ok(Box::new(SharedBottom {
        towers: towers.collect::<Result<_>>()?,
        bottom: Mlp::new(config.width, shared, &vb.pp("shared"))?,
    }))
}

impl Backbone for SharedBottom {
    /// The outputs `u [m, W]` of the shared part.
    fn common(&self, lookup: &Lookup, pass: &Pass) -> Result<Vec<Tensor>> {
        let all = lookup.places();
        let (e, repeats) = lookup.embed(&all)?;
        // The shared part drops units with the key of tower K, which does not exist.
        let rows = pass.rows(&all, self.towers.len()).with_repeats(&e, repeats);
        Ok(vec![self.bottom.forward(&e, &rows)?])
    }

    fn first_layer(&self) -> usize {
        self.bottom.first()
    }

    fn tower(&self, k: usize, _: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        Ok(self.towers[k].forward(&common[0], rows)?.squeeze(1)?)
    }

    fn reduction(&self) -> Reduction {
        Reduction::Scenario
    }

    fn works_by_row(&self) -> bool {
        true
    }
}
