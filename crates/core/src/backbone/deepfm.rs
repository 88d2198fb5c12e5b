//! DeepFM: every tower has a multi-layer perceptron, and all share one factorisation machine,
//! o_k = MLP_k(e) + FM(e) with FM(e) = ½ Σ_d [(Σ_f e_fd)² − Σ_f e_fd²].
//!
//! As in the published code there is no first-order term, and the factorisation machine has no
//! parameters of its own.

use super::dnn::Dnn;
use super::{Backbone, BackboneConfig, RoutedSlice};
use crate::embedding::Lookup;
use crate::error::Result;
use crate::layer::{Pass, RowPass};
use candle_core::Tensor;
use candle_nn::VarBuilder;

struct DeepFm {
    fields: usize,
    dim: usize,
    dnn: Dnn,
}

pub(super) fn build(config: &BackboneConfig, vb: VarBuilder) -> Result<Box<dyn Backbone>> {
    let dnn = Dnn::new(config, &vb)?;
    Ok(Box::new(DeepFm { fields: config.fields(), dim: config.dim, dnn }))
}

impl Backbone for DeepFm {
    /// The values FM(e) `[m]`, which are the same for every tower.
    fn common(&self, lookup: &Lookup, _: &Pass) -> Result<Vec<Tensor>> {
        let e = lookup.all()?.reshape((lookup.len(), self.fields, self.dim))?;
        let sum = e.sum(1)?;
        let square_of_sum = (&sum * &sum)?;
        let sum_of_squares = (&e * &e)?.sum(1)?;
        Ok(vec![((square_of_sum - sum_of_squares)?.sum(1)? * 0.5)?])
    }

    fn first_layer(&self) -> usize {
        self.dnn.first_layer()
    }

    fn tower(&self, k: usize, e: &Tensor, common: &[Tensor], rows: &RowPass) -> Result<Tensor> {
        Ok((self.dnn.tower(k, e, &[], rows)? + &common[0])?)
    }

    fn towers(&self, common: &[Tensor], slice: &RoutedSlice) -> Result<Tensor> {
        Ok((self.dnn.towers(&[], slice)? + slice.spread(&common[0])?)?)
    }
}
