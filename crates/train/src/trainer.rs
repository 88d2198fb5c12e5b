//! What search and retrain have in common: a model, its optimisers, and the order of the rows.

use crate::collective::Collective;
use crate::config::EmbeddingOptimizer;
use crate::engine::{self, Batch, Gradients, Objective, Sharing};
use crate::error::Result;
use crate::optimizer::{Adam, TableOptimizer, Touched};
use ssim_core::artifact::{get_values, put_table, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::layer::Precision;
use ssim_core::model::Model;
use ssim_core::rng::Stream;

/// A model under training.
pub struct Trainer {
    /// The model.
    pub model: Model,
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
    /// Puts optimisers with zero moments under a model; `offsets` are the fields' first ids.
    pub fn new(model: Model, kind: EmbeddingOptimizer, offsets: &[u32], rates: Rates) -> Self {
        let table = TableOptimizer::new(kind, &model.embedding, offsets, rates.lr, rates.l2);
        let dense = Adam::new(model.parameters.vars(), rates.lr, rates.l2);
        Self { model, dense, table }
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
        let touched = Touched::new(batch.instances, batch.rows);
        self.table.catch_up(&mut self.model.embedding, &touched);
        let gradients = engine::gradients(&self.model, batch, sharing, objective, ranks)?;
        if gradients.loss.is_finite() {
            let scenario = |row: &u32| batch.instances.scenarios[*row as usize];
            let scenarios: Vec<u16> = batch.rows.iter().map(scenario).collect();
            self.model.follow(gradients.moments.as_deref(), &scenarios)?;
            self.dense.step(&gradients.stores.iter().collect::<Vec<_>>())?;
            self.table.step(&mut self.model.embedding, &touched, &gradients.embedded);
        }
        Ok(gradients)
    }

    /// Brings every embedding row up to date; needed before the model predicts.
    pub fn flush(&mut self) {
        self.table.flush(&mut self.model.embedding);
    }

    /// The model with every embedding row up to date, from here on in f32.
    pub fn finish(mut self) -> Model {
        self.flush();
        self.model.precision = Precision::F32;
        self.model
    }

    /// What `instances` see of the table, up to date: a table of their rows alone, and the same
    /// instances with ids into it. Training goes on as if nobody had looked.
    ///
    /// # Errors
    /// Never: the table is as wide as its rows.
    pub fn glimpse(&self, instances: &Instances) -> Result<(Embedding, Instances)> {
        let rows: Vec<u32> = (0..instances.len() as u32).collect();
        let (mut values, mut small, mut next) = (Vec::new(), instances.clone(), 0);
        for (f, field) in Touched::new(instances, &rows).fields.iter().enumerate() {
            for (id, places) in field.iter() {
                values.extend(self.table.peek(&self.model.embedding, id));
                places.iter().for_each(|i| small.ids[*i as usize * small.fields + f] = next);
                next += 1;
            }
        }
        Ok((Embedding::from_values(values, self.model.embedding.dim())?, small))
    }

    /// Writes weights and moments under `prefix`.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn save<'a>(&'a self, prefix: &str, arrays: &mut Container<'a>) -> Result<()> {
        put_table(arrays, &format!("{prefix}embedding"), &self.model.embedding);
        put_values(arrays, &format!("{prefix}weights."), &self.model.parameters.values()?);
        self.dense.save(&format!("{prefix}dense."), arrays);
        self.table.save(&format!("{prefix}table."), arrays);
        Ok(())
    }

    /// Reads weights and moments back.
    ///
    /// # Errors
    /// When a part is missing or of another shape.
    pub fn load(&mut self, prefix: &str, arrays: &Container) -> Result<()> {
        let name = format!("{prefix}embedding");
        let values = arrays.get_n(&name, self.model.embedding.values().len())?;
        self.model.embedding = Embedding::from_values(values, self.model.embedding.dim())?;
        let weights = format!("{prefix}weights.");
        self.model.parameters.restore(&get_values(arrays, &weights, weights.len())?)?;
        self.dense.load(&format!("{prefix}dense."), arrays)?;
        self.table.load(&format!("{prefix}table."), arrays)
    }
}

/// The rows of an epoch in the order in which they are learnt, and where in it we are.
pub struct Course {
    seed: u64,
    purpose: &'static str,
    shuffle: bool,
    batch: usize,
    order: Vec<u32>,
    /// Epoch, from 0.
    pub epoch: u64,
    /// Step within the epoch, from 0.
    pub step: u64,
}

impl Course {
    /// The first epoch of `purpose`.
    pub fn new(
        seed: u64,
        purpose: &'static str,
        instances: &Instances,
        batch: usize,
        shuffle: bool,
    ) -> Self {
        let mut course = Self {
            seed,
            purpose,
            shuffle,
            batch,
            order: vec![0; instances.len()],
            epoch: 0,
            step: 0,
        };
        course.seek(0, 0);
        course
    }

    /// Goes to a step of an epoch.
    pub fn seek(&mut self, epoch: u64, step: u64) {
        (self.epoch, self.step) = (epoch, step);
        let drawn = if self.shuffle { epoch } else { 0 };
        self.order = Stream::new(self.seed, self.purpose, &[drawn]).permutation(self.order.len());
    }

    /// Steps in an epoch.
    pub fn steps(&self) -> u64 {
        self.order.len().div_ceil(self.batch) as u64
    }

    /// Rows of the current step.
    pub fn rows(&self) -> &[u32] {
        let from = self.step as usize * self.batch;
        &self.order[from..(from + self.batch).min(self.order.len())]
    }

    /// A key for the current step's dropout.
    pub fn key(&self) -> u64 {
        Stream::new(self.seed, "dropout", &[self.epoch, self.step]).bits()
    }

    /// Goes on by one step; true where that ended the epoch.
    pub fn advance(&mut self) -> bool {
        self.step += 1;
        let ended = self.step >= self.steps();
        if ended {
            self.seek(self.epoch + 1, 0);
        }
        ended
    }
}
