//! Phase 2: a model is trained from its starting point on a given list of shared rows.
//!
//! With an empty list this is MT-Backbone, with a full one MT-Backbone-S, with one tower
//! ST-Backbone: the baselines are lists, not trainers. Given weights to start from, it trains a
//! model further.

use crate::checkpoint::{Draft, Header, RETRAIN, Rows};
use crate::course::Course;
use crate::engine::{Batch, Objective, Sharing};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::select::Draw;
use crate::setup::Setup;
use crate::trainer::{Rates, Trainer};
use ssim_core::artifact::{get_values, put_values};
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::metric::Report;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use std::io::Write;

/// The retrain phase. Call [`Retrain::step`] until it says [`Event::Done`], then
/// [`Retrain::finish`].
pub struct Retrain<'a> {
    setup: Setup<'a>,
    train: &'a Instances,
    val: &'a Instances,
    /// The list that was given, and the one of the current epoch where it is drawn anew.
    given: Vec<bool>,
    drawn: Option<(u64, Vec<bool>)>,
    draw: Option<Draw>,
    trainer: Trainer,
    course: Course,
    best: Option<(Values, Embedding)>,
    state: Header,
}

impl<'a> Retrain<'a> {
    /// A retraining at its beginning, with `towers` towers; `shared` has one bit per train row.
    ///
    /// # Errors
    /// When the model cannot be built, or the list has another length than train.
    pub fn new(
        setup: Setup<'a>,
        towers: usize,
        train: &'a Instances,
        val: &'a Instances,
        shared: Vec<bool>,
    ) -> Result<Self> {
        if shared.len() != train.len() {
            let text = format!("list: expected {} rows, got {}", train.len(), shared.len());
            return Err(ssim_core::Error::Data(text).into());
        }
        let (retrain, train_config) = (&setup.config.retrain, &setup.config.train);
        let rates = Rates { lr: retrain.lr, l2: retrain.l2 };
        let trainer = setup.trainer(towers, rates)?;
        let course = Course::new(
            setup.seed,
            "retrain order",
            train,
            train_config.batch,
            train_config.shuffle,
        );
        let mut state = Header::start(RETRAIN, &setup, towers, train.len());
        state.evaluate = retrain.max_epochs == 0;
        Ok(Self {
            setup,
            train,
            val,
            given: shared,
            drawn: None,
            draw: None,
            trainer,
            course,
            best: None,
            state,
        })
    }

    /// The same phase under another name, where a run trains more than one model.
    pub fn named(mut self, phase: &str) -> Self {
        self.state.phase = phase.to_owned();
        self
    }

    /// Starts from these weights in place of the seed's. With `competes` they are evaluated first,
    /// and stay the best until an epoch is better.
    ///
    /// # Errors
    /// When they are another model's.
    pub fn start_from(
        &mut self,
        values: &Values,
        embedding: &Embedding,
        competes: bool,
    ) -> Result<()> {
        let Trainer { model, shard, .. } = &mut self.trainer;
        let (expected, got) =
            ((shard.ids, model.embedding.dim()), (embedding.rows(), embedding.dim()));
        if expected != got {
            let text = format!(
                "start: expected a table of {} rows of width {}, got {} of {}",
                expected.0, expected.1, got.0, got.1
            );
            return Err(ssim_core::Error::Data(text).into());
        }
        model.parameters.restore(values)?;
        model.embedding = shard.cut(embedding)?;
        self.state.identity.push_str(" from given weights");
        self.state.evaluate |= competes;
        Ok(())
    }

    /// Has the list drawn anew for every epoch.
    pub fn redraw(&mut self, draw: Draw) {
        self.draw = Some(draw);
    }

    /// The rows that the current epoch shares, one bit per train row.
    pub fn list(&self) -> &[bool] {
        self.drawn.as_ref().map_or(&self.given, |(_, list)| list)
    }

    /// Learns from one batch, or evaluates at the end of an epoch. Training stops when the
    /// pooled validation AUC has not risen for more than `patience` epochs.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is not finite.
    pub fn step(&mut self) -> Result<Event> {
        if self.state.done {
            return Ok(Event::Done);
        }
        if self.state.evaluate {
            return self.evaluate();
        }
        let epoch = self.course.epoch;
        if let Some(draw) = &self.draw
            && self.drawn.as_ref().is_none_or(|(of, _)| *of != epoch)
        {
            self.drawn = Some((epoch, draw.list(&self.setup, self.train, epoch)?));
        }
        let retrain = &self.setup.config.retrain;
        let objective = Objective {
            reduction: retrain.reduction.of(&self.trainer.model),
            dropout: retrain.dropout,
            key: self.course.key(),
        };
        let batch = Batch { instances: self.train, rows: self.course.rows() };
        let list = self.drawn.as_ref().map_or(&self.given, |(_, list)| list);
        let gradients =
            self.trainer.step(batch, Sharing::Given(list), objective, self.setup.ranks)?;
        let (epoch, step) = (self.course.epoch + 1, self.course.step + 1);
        if !gradients.loss.is_finite() {
            let (phase, loss) = (self.state.phase.clone(), gradients.loss);
            return Err(Error::Diverged { phase, epoch, step, loss });
        }
        let event = Event::Step {
            epoch,
            step,
            of: self.course.steps(),
            instances: batch.rows.len(),
            loss: gradients.loss,
            shared: gradients.shared,
            temperature: None,
        };
        self.state.steps += 1;
        self.state.evaluate = self.course.advance() || self.setup.exhausted(self.state.steps);
        Ok(event)
    }

    fn evaluate(&mut self) -> Result<Event> {
        let batch = self.setup.config.train.eval_batch;
        let logits = self.trainer.predict(self.val, batch, self.setup.ranks)?;
        let report = Report::new(&logits, self.val, &self.setup.schema.scenarios);
        let score = criterion(&report);
        let better = self.state.best.is_none_or(|best| score > best);
        if better {
            let model = &self.trainer.model;
            self.best = Some((model.parameters.values()?, model.embedding.clone()));
            (self.state.best, self.state.waited) = (Some(score), 0);
        } else {
            self.state.waited += 1;
        }
        let retrain = &self.setup.config.retrain;
        self.state.evaluate = false;
        self.state.done = self.state.waited > retrain.patience
            || self.course.epoch >= retrain.max_epochs
            || self.setup.exhausted(self.state.steps);
        // An epoch that was cut short counts; before the first step there is none.
        let epoch = if self.state.steps == 0 { 0 } else { self.course.epoch.max(1) };
        Ok(Event::Epoch { epoch, val: Some(report), best: better })
    }

    /// The phase's name: "retrain", or what [`Retrain::named`] was given.
    pub fn name(&self) -> &str {
        &self.state.phase
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// The model with its best weights.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Model> {
        let (values, embedding) = self.best.unzip();
        let model = self.trainer.finish(embedding, self.setup.ranks)?;
        values.map_or(Ok(()), |values| model.parameters.restore(&values))?;
        Ok(model)
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// What candle or `to` reports.
    pub fn save(&self, to: &mut (impl Write + ?Sized)) -> Result<()> {
        let mut draft = Draft::new(self.trainer.shard, self.setup.ranks);
        self.trainer.save("model.", &mut draft)?;
        draft.arrays.put("shared", &[self.given.len()], &self.bits());
        if let Some((values, embedding)) = &self.best {
            put_values(&mut draft.arrays, "best.weights.", values);
            draft.rows("best.embedding", Rows::F32(embedding.values()), embedding.dim());
        }
        let header =
            Header { epoch: self.course.epoch, step: self.course.step, ..self.state.clone() };
        draft.write(&header, to)
    }

    /// Goes on from a checkpoint of the same run.
    ///
    /// # Errors
    /// Says what is wrong with the bytes, or which part of the run differs.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<()> {
        let (header, arrays) = self.state.read(bytes)?;
        if arrays.get::<u8>("shared")? != self.bits() {
            let text = "checkpoint: it belongs to another list of shared instances";
            return Err(ssim_core::Error::File(text.into()).into());
        }
        self.trainer.load("model.", &arrays)?;
        if header.best.is_some() {
            let (shard, dim) = (self.trainer.shard, self.trainer.model.embedding.dim());
            let values = shard.read(&arrays, "best.embedding", dim)?;
            let weights = get_values(&arrays, "best.weights.", "best.weights.".len())?;
            self.best = Some((weights, Embedding::from_values(values, dim)?));
        }
        self.course.seek(header.epoch, header.step);
        self.state = header;
        Ok(())
    }

    fn bits(&self) -> Vec<u8> {
        self.given.iter().map(|b| u8::from(*b)).collect()
    }
}

/// What early stopping looks at: pooled AUC, or logloss where AUC is not defined.
fn criterion(report: &Report) -> f64 {
    let metrics = &report.pooled;
    metrics.auc.unwrap_or_else(|| -metrics.logloss.unwrap_or(f64::INFINITY))
}
