//! One step's gradients: slices of a batch forward, the objective, slices backward.
//!
//! The batch is cut into as many slices as there are workers. Each slice runs its own graph on one
//! thread, which is faster than threads inside every operation; the objective sees all slices, also
//! those of other ranks.

use super::loss::{self, SliceGradients};
use super::slice::{Batch, BatchInput, Sharing, Slice};
use crate::config::Reduction;
use crate::error::Result;
use crate::ranks::{self, Collective, exchange};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use ssim_core::embedding::Lookup;
use ssim_core::layer::{Moments, Pass};
use ssim_core::model::Model;
use ssim_core::{parallel, tensor};
use std::ops::Range;
use std::sync::Arc;

/// How the batch's rows are dropped and weighed.
#[derive(Clone, Copy)]
pub struct Objective {
    /// How row losses become one number.
    pub reduction: Reduction,
    /// Dropout in the towers.
    pub dropout: f32,
    /// Key of this step's dropout.
    pub key: u64,
}

/// Loss and gradients of a batch.
pub struct Gradients {
    /// The objective's value.
    pub loss: f64,
    /// Rows that went to every tower.
    pub shared: usize,
    /// Gradients of model and selector, one store per slice.
    pub stores: Vec<GradStore>,
    /// Gradients of the embedded rows, `[m, F·D]` row-major: of the rank's part of the batch, or of the whole batch
    /// where the backbone normalises it.
    pub embedded: Vec<f32>,
    /// Moments of the batch, where the backbone normalises by them.
    pub moments: Option<Arc<Moments>>,
}

struct Forward<'a> {
    pass: Pass,
    lookup: Lookup<'a>,
    logits: Vec<Tensor>,
    scores: Option<Tensor>,
}

/// Computes loss and gradients of one batch; each of the `ranks` computes its part of the rows. The
/// embedding rows of the batch must be up to date.
///
/// # Errors
/// When candle reports an error, or a rank is gone.
pub fn gradients(
    model: &Model,
    batch: Batch,
    sharing: Sharing,
    objective: Objective,
    ranks: &dyn Collective,
) -> Result<Gradients> {
    let part = ranks::part(ranks.rank(), ranks.size(), batch.rows.len());
    let ranges = parallel::ranges(part.len(), parallel::workers()).into_iter();
    let ranges = ranges.map(|r| part.start + r.start..part.start + r.end);
    // The moments are those of the whole batch, so they are made before the batch is cut.
    let moments = model.moments(batch.instances, batch.rows)?;
    let input = BatchInput { batch, sharing, towers: model.config.towers };
    let forward = parallel::compute(ranges.filter(|r| !r.is_empty()).collect(), |range| {
        let pass = Pass::training(objective.dropout, objective.key, range.start);
        let pass = pass.in_precision(model.precision).with_moments(moments.clone());
        forward(model, input, range, pass)
    });
    let (forward, own): (Vec<_>, Vec<_>) =
        forward.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
    // The objective needs the slices of all ranks: a tower's mean runs over all of its rows.
    let (slices, own) = exchange::slices(ranks, own, input)?;
    let (selection, selector) = match sharing {
        Sharing::Given(_) => (None, None),
        Sharing::Searched(selector, selection) => (Some(selection), Some(selector)),
    };
    let (loss, mut upstream) = loss::evaluate(&slices, objective.reduction, selection);
    let shared = slices.iter().map(|slice| slice.routing.shared().len()).sum();
    let work = forward.into_iter().zip(upstream.drain(own)).collect();
    let backward = parallel::compute(work, |(f, g): (Forward, SliceGradients)| f.backward(g));
    let (mut stores, mut embedded) = (Vec::new(), Vec::new());
    for slice in backward {
        let (store, rows) = slice?;
        stores.push(store);
        embedded.extend_from_slice(&rows);
    }
    let trained = [Some(&model.parameters), selector.map(|s| &s.parameters)];
    let trained = trained.into_iter().flatten().flat_map(|p| p.vars()).map(|(_, var)| var);
    let leaves = moments.iter().flat_map(|m| m.vars());
    let stores = exchange::gradients(ranks, stores, trained.chain(leaves))?;
    if let Some(moments) = &moments {
        embedded = ranks::concat(ranks, embedded)?;
        moments.gradient(&stores, &mut embedded)?;
    }
    Ok(Gradients { loss, shared, stores, embedded, moments })
}

fn forward<'a>(
    model: &'a Model,
    input: BatchInput<'a>,
    range: Range<usize>,
    pass: Pass,
) -> Result<(Forward<'a>, Slice)> {
    let Batch { instances, rows } = input.batch;
    let rows = &rows[range.clone()];
    let lookup = Lookup::new(&model.embedding, instances, rows, model.device(), true);
    let scores = match input.sharing {
        Sharing::Given(_) => None,
        Sharing::Searched(selector, _) => Some(selector.forward(&lookup, &pass)?),
    };
    let host_scores = scores.as_ref().map(tensor::to_vec).transpose()?.unwrap_or_default();
    let mut slice = input.slice(range, host_scores);
    let logits = model.forward(&lookup, &slice.routing, &pass)?;
    slice.logits = logits.iter().map(tensor::to_vec).collect::<Result<_, _>>()?;
    Ok((Forward { pass, lookup, logits, scores }, slice))
}

impl Forward<'_> {
    /// Brings ∂L/∂logit and ∂L/∂z back to parameters and embedded rows.
    fn backward(self, gradients: SliceGradients) -> Result<(GradStore, Vec<f32>)> {
        // The gradient of Σ o·∂L/∂o with respect to anything below o is the one of L.
        let seed = |output: &Tensor, gradient: Vec<f32>| -> Result<Tensor> {
            let n = gradient.len();
            Ok((output * Tensor::from_vec(gradient, n, output.device())?)?.sum_all()?)
        };
        let mut total = Vec::new();
        for (logits, gradient) in self.logits.iter().zip(gradients.logits) {
            total.push(seed(logits, gradient)?);
        }
        if let Some(z) = &self.scores
            && gradients.scores.iter().any(|g| *g != 0.0)
        {
            total.push(seed(z, gradients.scores)?);
        }
        let mut store = Tensor::stack(&total, 0)?.backward()?;
        self.pass.collect(&mut store)?;
        let mut rows = vec![0f32; self.lookup.len() * self.lookup.width()];
        self.lookup.gradient(std::slice::from_ref(&store), &mut rows)?;
        Ok((store, rows))
    }
}
