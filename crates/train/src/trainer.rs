//! What search and retrain have in common: a model and its optimisers, alone or with other ranks.

use crate::checkpoint::{Draft, Rows};
use crate::collective::{self, Collective, part};
use crate::config::EmbeddingOptimizer;
use crate::engine::{self, Batch, Gradients, Objective, Sharing};
use crate::error::Result;
use crate::evaluate;
use crate::optimizer::{Adam, TableOptimizer, Touched};
use crate::shard::{Loan, Shard, compact};
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::layer::Precision;
use ssim_core::model::Model;

/// A model under training. Of its table it has the rows of its shard.
pub struct Trainer {
    /// The model.
    pub model: Model,
    /// Which rows of the table these are.
    pub shard: Shard,
    dense: Adam,
    table: TableOptimizer,
}

/// Learning rate and coupled L2 of embeddings and towers.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Learning rate.
    pub lr: f64,
    /// Coupled L2.
    pub l2: f64,
}

impl Trainer {
    /// Puts optimisers with zero moments under a model whose table is that of the shard; `offsets` are the fields'
    /// first ids in the whole one.
    pub fn new(
        model: Model,
        kind: EmbeddingOptimizer,
        offsets: &[u32],
        rates: Rates,
        shard: Shard,
    ) -> Self {
        let offsets: Vec<u32> = offsets.iter().map(|id| shard.row(*id as usize) as u32).collect();
        let table = TableOptimizer::new(kind, &model.embedding, &offsets, rates.lr, rates.l2);
        let dense = Adam::new(model.parameters.vars(), rates.lr, rates.l2);
        Self { model, shard, dense, table }
    }

    /// Learns from one batch, together with the other `ranks`; the selector's gradients are in the stores that
    /// come back.
    ///
    /// # Errors
    /// What candle reports; when a rank is gone.
    pub fn step(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
        ranks: &dyn Collective,
    ) -> Result<Gradients> {
        if !self.shard.is_whole() {
            return self.step_together(batch, sharing, objective, ranks);
        }
        let touched = Touched::new(batch.instances, batch.rows);
        self.table.catch_up(&mut self.model.embedding, &touched);
        let gradients = engine::gradients(&self.model, batch, sharing, objective, ranks)?;
        if self.learns(batch, &gradients)? {
            let (fields, dim) = (batch.instances.fields, self.model.embedding.dim());
            let gradient =
                |row: usize, f: usize| &gradients.embedded[(row * fields + f) * dim..][..dim];
            self.table.step(&mut self.model.embedding, &touched, gradient);
        }
        Ok(gradients)
    }

    /// A step with rows that other ranks lend, on a table of these rows alone.
    fn step_together(
        &mut self,
        batch: Batch,
        sharing: Sharing,
        objective: Objective,
        ranks: &dyn Collective,
    ) -> Result<Gradients> {
        let (n, dim) = (batch.rows.len(), self.model.embedding.dim());
        // Who normalises the batch needs all of it.
        let all = self.model.normalises();
        let first = if all { 0 } else { part(ranks.rank(), ranks.size(), n).start };
        let loan = Loan::of_batch(self.shard, batch, all);
        self.table.catch_up(&mut self.model.embedding, &loan.own);
        let lent = loan.fetch(dim, |row| self.model.embedding.row(row), ranks)?;
        let instances = compact(batch.instances.pick(batch.rows), first, &loan.borrowed);
        let places: Vec<u32> = (0..n as u32).collect();
        let list: Vec<bool>;
        let sharing = match sharing {
            Sharing::Given(of) => {
                list = batch.rows.iter().map(|row| of[*row as usize]).collect();
                Sharing::Given(&list)
            }
            searched => searched,
        };
        let batch = Batch { instances: &instances, rows: &places };
        let gradients =
            self.over(lent, |model| engine::gradients(model, batch, sharing, objective, ranks))?;
        if self.learns(batch, &gradients)? {
            let own = loan.give_back(dim, &gradients.embedded, ranks)?;
            let gradient = |place: usize, _| &own[place * dim..][..dim];
            self.table.step(&mut self.model.embedding, &loan.own, gradient);
        }
        Ok(gradients)
    }

    /// What `work` makes of the model over another table than its own.
    fn over<R>(&mut self, table: Embedding, work: impl FnOnce(&Model) -> R) -> R {
        let own = std::mem::replace(&mut self.model.embedding, table);
        let made = work(&self.model);
        self.model.embedding = own;
        made
    }

    /// Lets the dense parameters take a step, where there is one to take.
    fn learns(&mut self, batch: Batch, gradients: &Gradients) -> Result<bool> {
        if !gradients.loss.is_finite() {
            return Ok(false);
        }
        let scenario = |row: &u32| batch.instances.scenarios[*row as usize];
        let scenarios: Vec<u16> = batch.rows.iter().map(scenario).collect();
        self.model.follow(gradients.moments.as_deref(), &scenarios)?;
        self.dense.step(&gradients.stores.iter().collect::<Vec<_>>())?;
        Ok(true)
    }

    /// Logits `[n]` of all rows, `batch` rows at a time, as the model stands; each of the `ranks` predicts its part.
    ///
    /// # Errors
    /// What candle reports; when a rank is gone.
    pub fn predict(
        &mut self,
        instances: &Instances,
        batch: usize,
        ranks: &dyn Collective,
    ) -> Result<Vec<f32>> {
        self.flush();
        if self.shard.is_whole() {
            return evaluate::predict(&self.model, instances, batch, ranks);
        }
        let (n, dim, mut logits) = (instances.len(), self.model.embedding.dim(), Vec::new());
        // As often on every rank, though some have a row more than others.
        let most = (0..ranks.size()).map(|rank| part(rank, ranks.size(), n).len()).max();
        for from in (0..most.unwrap_or(0)).step_by(batch) {
            let rows = |rank: usize| -> Vec<u32> {
                let part = part(rank, ranks.size(), n);
                let (start, end) = (part.start + from, part.end.min(part.start + from + batch));
                (start.min(end) as u32..end as u32).collect()
            };
            let asked = (0..ranks.size()).map(|rank| Touched::new(instances, &rows(rank)));
            let loan = Loan::new(self.shard, asked.collect());
            let lent = loan.fetch(dim, |row| self.model.embedding.row(row), ranks)?;
            let some = compact(instances.pick(&rows(ranks.rank())), 0, &loan.borrowed);
            let places: Vec<u32> = (0..some.len() as u32).collect();
            logits.extend(self.over(lent, |model| model.predict(&some, &places))?);
        }
        collective::concat(ranks, logits)
    }

    /// Brings every embedding row up to date; needed before the model predicts.
    pub fn flush(&mut self) {
        self.table.flush(&mut self.model.embedding);
    }

    /// The model with its whole table, every row up to date, from here on in f32; `best` may take the place of what
    /// was learnt last.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn finish(mut self, best: Option<Embedding>, ranks: &dyn Collective) -> Result<Model> {
        self.flush();
        let Self { mut model, shard, .. } = self;
        let empty = Embedding::from_values(Vec::new(), model.embedding.dim())?;
        let learnt = std::mem::replace(&mut model.embedding, empty);
        model.embedding = shard.whole(best.unwrap_or(learnt), ranks)?;
        model.precision = Precision::F32;
        Ok(model)
    }

    /// What `instances`, the same on all ranks, see of the table, up to date: a table of their rows alone, and the
    /// same instances with ids into it. Training goes on as if nobody had looked.
    ///
    /// # Errors
    /// When a rank is gone.
    pub fn glimpse(
        &self,
        instances: &Instances,
        ranks: &dyn Collective,
    ) -> Result<(Embedding, Instances)> {
        let rows: Vec<u32> = (0..instances.len() as u32).collect();
        let loan = Loan::new(self.shard, vec![Touched::new(instances, &rows)]);
        let row = |row: u32| self.table.peek(&self.model.embedding, row);
        let table = loan.fetch(self.model.embedding.dim(), row, ranks)?;
        Ok((table, compact(instances.clone(), 0, &loan.borrowed)))
    }

    /// Writes weights and moments under `prefix`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn save<'a>(&'a self, prefix: &str, draft: &mut Draft<'a>) -> Result<()> {
        let table = &self.model.embedding;
        draft.rows(&format!("{prefix}embedding"), Rows::F32(table.values()), table.dim());
        let weights = self.model.parameters.values()?;
        put_values(&mut draft.arrays, &format!("{prefix}weights."), &weights);
        self.dense.save(&format!("{prefix}dense."), &mut draft.arrays);
        self.table.save(&format!("{prefix}table."), draft);
        Ok(())
    }

    /// Reads weights and moments back.
    ///
    /// # Errors
    /// When a part is missing or of another shape.
    pub fn load(&mut self, prefix: &str, arrays: &Container) -> Result<()> {
        let dim = self.model.embedding.dim();
        let values = self.shard.read(arrays, &format!("{prefix}embedding"), dim)?;
        self.model.embedding = Embedding::from_values(values, dim)?;
        let weights = format!("{prefix}weights.");
        self.model.parameters.restore(&get_values(arrays, &weights, weights.len())?)?;
        self.dense.load(&format!("{prefix}dense."), arrays)?;
        self.table.load(&format!("{prefix}table."), arrays, self.shard)
    }
}
