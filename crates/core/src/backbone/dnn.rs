//! DNN: every tower is a multi-layer perceptron on the embedded row, o_k = MLP_k(e).

use super::{Backbone, BackboneConfig, RoutedSlice};
use crate::error::Result;
use crate::layer::{Head, RowPass};
use candle_core::Tensor;
use candle_nn::VarBuilder;

/// For every tower a perceptron and an output layer.
pub(super) struct Dnn {
    towers: Vec<Head>,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    Ok(Box::new(Dnn::new(config, &vb)?))
}

impl Dnn {
    /// Builds the towers, with parameters named `towers.{k}.…`.
    pub(super) fn new(config: &BackboneConfig, vb: &VarBuilder) -> Result<Self> {
        let vb = vb.pp("towers");
        let towers = (0..config.towers).map(|k| Head::new(config.width, &config.mlp, &vb.pp(k)));
        Ok(Self { towers: towers.collect::<Result<_>>()? })
    }
}

impl Backbone for Dnn {
    fn first_layer(&self) -> usize {
        self.towers.first().map_or(0, |tower| tower.mlp.first())
    }

    fn tower(&self, k: usize, e: &Tensor, _: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        Ok(self.towers[k].forward(e, rows)?.squeeze(1)?)
    }

    fn towers(&self, _: &[Tensor], slice: &RoutedSlice) -> Result<Tensor> {
        let Some(e) = slice.leaf()? else {
            return slice
                .tower_by_tower(&|_| Vec::new(), &|k, e, _, rows| self.tower(k, e, &[], rows));
        };
        let heads = slice.busy().map(|(k, pass)| {
            let rows = slice.routing.tower(k);
            let repeats = slice.lookup.repeats(rows);
            (&self.towers[k], pass.with_repeats(&e, repeats), rows.to_vec())
        });
        Ok(Head::side_by_side(&e, heads)?.squeeze(1)?)
    }
}
