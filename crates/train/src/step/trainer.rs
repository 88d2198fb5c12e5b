//! A model under training with its optimisers. Search and retrain both step with it, alone or with
//! other ranks.

use super::gradients::{Gradients, Objective, gradients};
use super::predict::predict;
use super::slice::{Batch, Sharing};
use crate::checkpoint::writer::{CheckpointWriter, TableRows};
use crate::config::EmbeddingOptimizer;
#[cfg(feature = "device")]
use crate::device::Away;
use crate::error::Result;
use crate::optimizer::{Adam, KeptMoments, TableOptimizer, Touched};
use crate::ranks::loan::{Loan, compact};
use crate::ranks::table_shard::TableShard;
use crate::ranks::{concat, part};
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::layer::Precision;
use ssim_core::model::Model;
use ssim_core::parallel;
use std::ops::Range;

/// A model under training. Where several ranks train it, the model's table holds only the rows that
/// this rank keeps.
pub struct Trainer<'a> {
    /// The model.
    pub model: Model,
    /// The rows of the table that this rank keeps.
    pub(crate) shard: TableShard<'a>,
    kind: EmbeddingOptimizer,
    pub(crate) dense: Adam,
    pub(crate) table: TableOptimizer,
    /// The device that takes the steps, if one does.
    #[cfg(feature = "device")]
    pub(crate) away: Option<Away>,
}

/// Learning rate and coupled L2 of embeddings and towers.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Learning rate.
    pub lr: f64,
    /// Coupled L2.
    pub l2: f64,
}

impl<'a> Trainer<'a> {
    /// Adds optimisers with zero moments to a model whose table holds the rows of `shard`.
    pub(crate) fn new(
        model: Model,
        kind: EmbeddingOptimizer,
        rates: Rates,
        shard: TableShard<'a>,
    ) -> Self {
        let table = TableOptimizer::new(kind, &model.embedding, rates.lr, rates.l2);
        let dense = Adam::new(model.parameters.vars(), rates.lr, rates.l2);
        Self {
            model,
            shard,
            kind,
            dense,
            table,
            #[cfg(feature = "device")]
            away: None,
        }
    }

    /// Replaces the optimisers by new ones with these rates, before the first step.
    pub(crate) fn restart(&mut self, rates: Rates) {
        let Rates { lr, l2 } = rates;
        self.table = TableOptimizer::new(self.kind, &self.model.embedding, lr, l2);
        self.dense = Adam::new(self.model.parameters.vars(), lr, l2);
    }

    /// Lets the optimisers go on with the state of another training, if it is that of the same network and table. Says
    /// whether it is.
    pub(crate) fn go_on(&mut self, kept: KeptMoments) -> bool {
        let fits = kept.fits(self.model.config.towers, self.kind, self.shard.ids);
        if fits {
            self.dense.go_on(&kept.dense, kept.steps);
            self.table.go_on(kept.table, kept.steps, self.shard);
        }
        fits
    }

    /// Learns from one batch, together with the other ranks. The gradient stores that it returns hold the
    /// selector's gradients too; the caller moves the selector by them.
    ///
    /// # Errors
    /// When candle reports an error, or a rank is gone.
    pub fn step(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
    ) -> Result<Gradients> {
        match self.shard.is_whole() {
            // A worker must not wait for ranks: other ranks may need it.
            false => self.step_together(batch, sharing, objective),
            true => parallel::within(|| self.step_alone(batch, sharing, objective)),
        }
    }

    /// Learns from one batch; this rank has the whole table.
    fn step_alone(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
    ) -> Result<Gradients> {
        let touched = Touched::new(batch.instances, batch.rows);
        self.table.catch_up(&mut self.model.embedding, &touched);
        let gradients = gradients(&self.model, batch, sharing, objective, self.shard.ranks)?;
        if self.step_dense(batch, &gradients)? {
            let fields = batch.instances.fields;
            let dim = self.model.embedding.dim();
            let gradient =
                |row: usize, f: usize| &gradients.embedded[(row * fields + f) * dim..][..dim];
            self.table.step(&mut self.model.embedding, &touched, gradient);
        }
        Ok(gradients)
    }

    /// Learns from one batch on a small table of the rows that the ranks lend each other for it.
    fn step_together(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
    ) -> Result<Gradients> {
        let ranks = self.shard.ranks;
        let n = batch.rows.len();
        let dim = self.model.embedding.dim();
        // A backbone that normalises the batch needs all rows of it.
        let all = self.model.normalises();
        let first = if all { 0 } else { part(ranks.rank(), ranks.size(), n).start };
        let loan = Loan::of_batch(self.shard, batch, all);
        self.table.catch_up(&mut self.model.embedding, &loan.own);
        let borrowed = loan.fetch(dim, |row| self.model.embedding.row(row))?;
        let instances = compact(batch.instances.pick(batch.rows), first, &loan.borrowed);
        let places: Vec<u32> = (0..n as u32).collect();
        let of_batch = |whole: &[bool]| batch.rows.iter().map(|row| whole[*row as usize]).collect();
        let list: Vec<bool> = sharing.list().map(of_batch).unwrap_or_default();
        let sharing = match sharing {
            Sharing::Given(_) => Sharing::Given(&list),
            Sharing::Directed(_, borrowers) => Sharing::Directed(&list, borrowers),
            searched => searched,
        };
        let batch = Batch { instances: &instances, rows: &places };
        let gradients =
            self.with_table(borrowed, |model| gradients(model, batch, sharing, objective, ranks))?;
        if self.step_dense(batch, &gradients)? {
            let own = loan.give_back(dim, &gradients.embedded)?;
            let gradient = |place: usize, _| &own[place * dim..][..dim];
            self.table.step(&mut self.model.embedding, &loan.own, gradient);
        }
        Ok(gradients)
    }

    /// Calls `work` with the model while the model has another table than its own.
    fn with_table<R>(&mut self, table: Embedding, work: impl FnOnce(&Model) -> R) -> R {
        let own = std::mem::replace(&mut self.model.embedding, table);
        let result = work(&self.model);
        self.model.embedding = own;
        result
    }

    /// Moves the dense parameters and the moving moments by the gradients. Returns false, and moves
    /// nothing, where the loss is not finite.
    fn step_dense(&mut self, batch: Batch, gradients: &Gradients) -> Result<bool> {
        if !gradients.loss.is_finite() {
            return Ok(false);
        }
        let rows = batch.rows.iter();
        let scenarios: Vec<u16> =
            rows.map(|row| batch.instances.scenarios[*row as usize]).collect();
        self.model.follow(gradients.moments.as_deref(), &scenarios)?;
        self.dense.step(&gradients.stores.iter().collect::<Vec<_>>())?;
        Ok(true)
    }

    /// Logits `[n]` of all rows by the model as it stands, `batch` rows at a time. Each rank predicts
    /// its part of the rows. Of the table only those rows that a batch needs are brought up to date.
    ///
    /// # Errors
    /// When candle reports an error, or a rank is gone.
    pub fn predict(&mut self, instances: &Instances, batch: usize) -> Result<Vec<f32>> {
        let ranks = self.shard.ranks;
        if self.shard.is_whole() && !self.table.is_behind() {
            return predict(&self.model, instances, batch, ranks);
        }
        let n = instances.len();
        let dim = self.model.embedding.dim();
        let mut logits = Vec::new();
        // Some ranks have a row more than others. All of them turn equally often, since every turn
        // waits for all ranks.
        let longest = (0..ranks.size()).map(|rank| part(rank, ranks.size(), n).len()).max();
        for from in (0..longest.unwrap_or(0)).step_by(batch) {
            let rows = |rank: usize| -> Vec<u32> {
                let part = part(rank, ranks.size(), n);
                let end = part.end.min(part.start + from + batch);
                let start = end.min(part.start + from);
                (start as u32..end as u32).collect()
            };
            let asked = (0..ranks.size()).map(|rank| Touched::new(instances, &rows(rank)));
            let loan = Loan::new(self.shard, asked.collect());
            let current = self.table.read(&self.model.embedding, &loan.own);
            let borrowed = loan.fetch(dim, |row| current.row(row))?;
            let own = compact(instances.pick(&rows(ranks.rank())), 0, &loan.borrowed);
            let places: Vec<u32> = (0..own.len() as u32).collect();
            logits.extend(self.with_table(borrowed, |model| model.predict(&own, &places))?);
        }
        concat(ranks, logits)
    }

    /// Copies of some of this rank's rows of the table, brought up to date, `[n, D]`.
    pub fn current_rows(&self, rows: Range<usize>) -> Vec<f32> {
        self.table.copy(&self.model.embedding, rows)
    }

    /// Brings every embedding row up to date.
    pub fn flush(&mut self) {
        self.table.flush(&mut self.model.embedding);
    }

    /// The fitted model with its whole table and products in f32. Its table is `best` where that is
    /// given, else the table as it was learnt last.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn finish(mut self, best: Option<Embedding>) -> Result<Model> {
        if best.is_none() {
            self.flush();
        }
        let Self { mut model, shard, .. } = self;
        let empty = Embedding::from_values(Vec::new(), model.embedding.dim())?;
        let learnt = std::mem::replace(&mut model.embedding, empty);
        model.embedding = shard.whole(best.unwrap_or(learnt))?;
        model.precision = Precision::F32;
        Ok(model)
    }

    /// A small up-to-date table of the rows that `instances` need, which must be the same on all ranks,
    /// and the instances with ids into this table. Training is not affected.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn glimpse(&self, instances: &Instances) -> Result<(Embedding, Instances)> {
        let rows: Vec<u32> = (0..instances.len() as u32).collect();
        let loan = Loan::new(self.shard, vec![Touched::new(instances, &rows)]);
        let current = self.table.read(&self.model.embedding, &loan.own);
        let table = loan.fetch(self.model.embedding.dim(), |row| current.row(row))?;
        Ok((table, compact(instances.clone(), 0, &loan.borrowed)))
    }

    /// Writes weights and moments under `prefix`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub(crate) fn save<'s>(&'s self, prefix: &str, to: &mut CheckpointWriter<'s>) -> Result<()> {
        let table = &self.model.embedding;
        to.rows(&format!("{prefix}embedding"), TableRows::F32(table.values()), table.dim());
        let weights = self.model.parameters.values()?;
        put_values(&mut to.arrays, &format!("{prefix}weights."), &weights);
        self.dense.save(&format!("{prefix}dense."), &mut to.arrays);
        self.table.save(&format!("{prefix}table."), to);
        Ok(())
    }

    /// Reads weights and moments back, which were written after so many steps.
    ///
    /// # Errors
    /// When a part is missing, of another shape, or of another step.
    pub(crate) fn load(&mut self, prefix: &str, arrays: &Container, steps: u64) -> Result<()> {
        let dim = self.model.embedding.dim();
        let values = self.shard.read(arrays, &format!("{prefix}embedding"), dim)?;
        self.model.embedding = Embedding::from_values(values, dim)?;
        let weights = format!("{prefix}weights.");
        self.model.parameters.restore(&get_values(arrays, &weights, weights.len())?)?;
        self.dense.load(&format!("{prefix}dense."), arrays, steps)?;
        self.table.load(&format!("{prefix}table."), arrays, self.shard, steps)
    }
}
