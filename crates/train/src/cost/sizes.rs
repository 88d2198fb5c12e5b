//! The sizes of a step.

use crate::config::EmbeddingOptimizer;
use crate::setup::Setup;

/// Everything that the work of a step depends on.
#[derive(Clone, Debug)]
pub struct StepSizes {
    /// Rows of the batch, `m`.
    pub batch: usize,
    /// Fields `F` of a row.
    pub fields: usize,
    /// Width of an embedding, `D`.
    pub dim: usize,
    /// Hidden layers of a tower.
    pub mlp: Vec<usize>,
    /// Hidden layers of the selection network.
    pub selector: Vec<usize>,
    /// Its outputs.
    pub heads: usize,
    /// Rows that each tower sees, `[K]`. Neighbouring towers with equally many are one batch of products.
    pub pairs: Vec<usize>,
    /// Rows of the table, `N`.
    pub ids: usize,
    /// Distinct ids of the batch.
    pub distinct: usize,
    /// Cells of the batch with its most frequent id.
    pub most: usize,
    /// Steps that an id of the batch has missed, on average. Only exact Adam takes them later.
    pub missed: f64,
    /// Steps that the id has missed which the batch contains after the longest time.
    pub longest: f64,
    /// Fields with so few ids that the host multiplies each id once.
    pub repeated: usize,
    /// Distinct ids of these fields.
    pub repeated_ids: usize,
    /// The optimiser of the table.
    pub optimizer: EmbeddingOptimizer,
}

impl StepSizes {
    /// The sizes of a setup's networks for full batches, in which each scenario has its part of the rows,
    /// `parts` `[K]`, and `ratio` of all rows are shared. Every cell has an id of its own.
    pub fn new(setup: &Setup, parts: &[f64], ratio: f64) -> Self {
        let config = setup.config;
        let (batch, fields) = (config.train.batch, setup.schema.fields.len());
        let selector = setup.selector();
        let cells = batch * fields;
        Self {
            batch,
            fields,
            dim: config.model.dim,
            mlp: config.model.mlp.clone(),
            selector: selector.mlp,
            heads: selector.heads,
            pairs: Self::pairs_of(batch, parts, ratio),
            ids: setup.schema.features(),
            distinct: cells.min(setup.schema.features()),
            most: 1,
            missed: 0.0,
            longest: 0.0,
            repeated: 0,
            repeated_ids: 0,
            optimizer: config.train.embedding_optimizer,
        }
    }

    /// Rows that each tower sees, `[K]`, of a batch in which each scenario has its part of the rows and
    /// `ratio` of all rows are shared.
    pub fn pairs_of(batch: usize, parts: &[f64], ratio: f64) -> Vec<usize> {
        let shared = ratio * batch as f64;
        let own = |part: &f64| (shared + (batch as f64 - shared) * part).round() as usize;
        parts.iter().map(own).collect()
    }

    /// The same step when all towers see all rows, as a search on a device computes it.
    pub(super) fn all_pairs(&self) -> Vec<usize> {
        vec![self.batch; self.pairs.len()]
    }

    /// Width of an embedded row, `F·D`.
    pub fn width(&self) -> usize {
        self.fields * self.dim
    }

    /// Inputs and outputs of the layers of a tower, the last of which has one output.
    pub(super) fn tower_layers(&self) -> Vec<(usize, usize)> {
        layers(self.width(), &self.mlp, 1)
    }

    /// Inputs and outputs of the layers of the selection network.
    pub(super) fn selector_layers(&self) -> Vec<(usize, usize)> {
        layers(self.width(), &self.selector, self.heads)
    }

    /// Weights and biases of all towers.
    pub(super) fn tower_weights(&self) -> usize {
        self.pairs.len() * weights(&self.tower_layers())
    }

    /// Weights and biases of the selection network.
    pub(super) fn selector_weights(&self) -> usize {
        weights(&self.selector_layers())
    }
}

fn layers(width: usize, hidden: &[usize], last: usize) -> Vec<(usize, usize)> {
    let widths = [&[width][..], hidden, &[last]].concat();
    widths.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn weights(layers: &[(usize, usize)]) -> usize {
    layers.iter().map(|(inputs, outputs)| (inputs + 1) * outputs).sum()
}
