//! One step's gradients: slices of a batch forward, the objective, slices backward.
//!
//! The batch is cut into as many slices as there are workers ([`BatchInput::cut`]). Each slice runs
//! its own graph on one thread, which is faster than threads inside every operation; the objective
//! sees all slices, also those of other ranks.

use super::loss::{self, SliceGradients, Whole};
use super::slice::{Batch, BatchInput, Sharing, Slice};
use crate::config::Reduction;
use crate::error::Result;
use crate::ranks::{self, Collective, exchange};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use ssim_core::embedding::Lookup;
use ssim_core::layer::{Moments, Pass};
use ssim_core::model::Model;
use ssim_core::tower_draw::TowerDraw;
use ssim_core::{parallel, tensor};
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
    /// The towers that a shared row of a list trains; `None` if it trains all of them.
    pub draw: Option<TowerDraw>,
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
    places: Arc<[u32]>,
    lookup: Lookup<'a>,
    logits: Tensor,
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
    // The moments are those of the whole batch, so they are made before the batch is cut.
    let moments = model.moments(batch.instances, batch.rows)?;
    let towers = model.config.towers;
    let by_row = model.works_by_row();
    let input = BatchInput { batch, sharing, towers, draw: objective.draw, by_row };
    let slices = input.cut(part.clone(), parallel::workers());
    let rows = |slice: &Slice| slice.places.iter().map(|at| batch.rows[*at as usize]).collect();
    let rows: Vec<Vec<u32>> = slices.iter().map(rows).collect();
    let forward = parallel::compute(
        slices.into_iter().zip(&rows).collect(),
        |(slice, rows): (Slice, &Vec<u32>)| {
            let pass = Pass::training(objective.dropout, objective.key, 0).at(slice.places.clone());
            let pass = pass.in_precision(model.precision).with_moments(moments.clone());
            forward(model, input, slice, rows, pass)
        },
    );
    let (forward, own): (Vec<_>, Vec<_>) =
        forward.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
    // The objective needs the slices of all ranks: a tower's mean runs over all of its rows.
    let (slices, own) = exchange::slices(ranks, own, input)?;
    let (selection, selector) = match sharing {
        Sharing::Searched(selector, selection) => (Some(selection), Some(selector)),
        _ => (None, None),
    };
    let shared = input.shared(&slices);
    let whole = Whole {
        rows: batch.rows.len(),
        shared,
        others: objective.draw.map_or(1.0, |draw| draw.factor(towers)),
        borrowers: sharing.borrowers(),
    };
    let (loss, mut upstream) = loss::evaluate(&slices, whole, objective.reduction, selection);
    let work = forward.into_iter().zip(upstream.drain(own)).collect();
    let backward = parallel::compute(work, |(f, g): (Forward, SliceGradients)| f.backward(g));
    let width = batch.instances.fields * model.embedding.dim();
    let mut stores = Vec::new();
    let mut embedded = vec![0f32; part.len() * width];
    for slice in backward {
        let (store, places, rows) = slice?;
        stores.push(store);
        for (place, row) in places.iter().zip(rows.chunks_exact(width)) {
            let sum = &mut embedded[(*place as usize - part.start) * width..][..width];
            sum.iter_mut().zip(row).for_each(|(s, g)| *s += g);
        }
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

/// Computes the scores and logits of a slice whose rows are `rows` of the data set.
fn forward<'a>(
    model: &'a Model,
    input: BatchInput<'a>,
    mut slice: Slice,
    rows: &'a [u32],
    pass: Pass,
) -> Result<(Forward<'a>, Slice)> {
    let lookup = Lookup::new(&model.embedding, input.batch.instances, rows, model.device(), true)
        .for_layer(model.first_layer());
    let mut scores = None;
    if let Sharing::Searched(selector, selection) = input.sharing {
        let z = selector.forward(&lookup, &pass)?;
        slice.score(tensor::to_vec(&z)?, selection, input.towers);
        scores = Some(z);
    }
    let logits = model.forward(&lookup, &slice.routing, &pass)?;
    slice.logits = tensor::to_vec(&logits)?;
    Ok((Forward { pass, places: slice.places.clone(), lookup, logits, scores }, slice))
}

impl Forward<'_> {
    /// Brings ∂L/∂logit and ∂L/∂z back to parameters and embedded rows. Returns the store, the places
    /// of the rows in the batch, and the gradients of the embedded rows, `[n, F·D]`.
    fn backward(self, gradients: SliceGradients) -> Result<(GradStore, Arc<[u32]>, Vec<f32>)> {
        // The gradient of Σ o·∂L/∂o with respect to anything below o is the one of L.
        let seed = |output: &Tensor, gradient: Vec<f32>| -> Result<Tensor> {
            let n = gradient.len();
            Ok((output * Tensor::from_vec(gradient, n, output.device())?)?.sum_all()?)
        };
        let mut total = seed(&self.logits, gradients.logits)?;
        if let Some(z) = &self.scores
            && gradients.scores.iter().any(|g| *g != 0.0)
        {
            total = (total + seed(z, gradients.scores)?)?;
        }
        let mut store = total.backward()?;
        self.pass.collect(&mut store)?;
        let mut rows = vec![0f32; self.lookup.len() * self.lookup.width()];
        self.lookup.gradient(std::slice::from_ref(&store), &mut rows)?;
        Ok((store, self.places, rows))
    }
}
