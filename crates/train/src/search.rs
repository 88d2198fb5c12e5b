//! Phase 1: backbone and selection network learn together, through an annealed hard mask.

use crate::checkpoint::{Draft, Header, SEARCH};
use crate::config::Anneal;
use crate::course::Course;
use crate::engine::{Batch, Objective, Sharing};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::loss::Selection;
use crate::optimizer::Adam;
use crate::setup::Setup;
use crate::trainer::{Rates, Trainer};
use ssim_core::artifact::{get_values, put_values};
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::mask::SearchMask;
use ssim_core::model::Model;
use ssim_core::selector::Selector;
use std::io::Write;

/// The search phase. Call [`Search::step`] until it says [`Event::Done`], then [`Search::finish`].
pub struct Search<'a> {
    setup: Setup<'a>,
    train: &'a Instances,
    trainer: Trainer,
    selector: Selector,
    selector_adam: Adam,
    course: Course,
    state: Header,
}

/// What a search leaves behind.
pub struct Searched {
    /// The selection network.
    pub selector: Selector,
    /// The table it looks through.
    pub embedding: Embedding,
    /// The backbone that was searched with (over an empty table); `ssim` rewinds it.
    pub model: Model,
}

impl<'a> Search<'a> {
    /// A search at its beginning.
    ///
    /// # Errors
    /// When model or selector cannot be built.
    pub fn new(setup: Setup<'a>, train: &'a Instances) -> Result<Self> {
        let towers = setup.schema.scenarios.len();
        let search = &setup.config.search;
        let rates = Rates { lr: search.lr, l2: search.l2 };
        let trainer = setup.trainer(towers, rates)?;
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        if search.head_bias != 0.0 {
            let mut values = selector.parameters.values()?;
            if let Some((_, bias)) = values.get_mut("selector.heads.bias") {
                bias.iter_mut().for_each(|b| *b += search.head_bias as f32);
            }
            selector.parameters.restore(&values)?;
        }
        let selector_adam = Adam::new(selector.parameters.vars(), search.selector_lr, 0.0);
        let train_config = &setup.config.train;
        let course = Course::new(
            setup.seed,
            "search order",
            train,
            train_config.batch,
            train_config.shuffle,
        );
        let state = Header::start(SEARCH, &setup, towers, train.len());
        Ok(Self { setup, train, trainer, selector, selector_adam, course, state })
    }

    /// Learns from one batch.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is not finite.
    pub fn step(&mut self) -> Result<Event> {
        if self.state.done {
            return Ok(Event::Done);
        }
        if self.state.evaluate {
            self.state.evaluate = false;
            let epochs_done = self.course.epoch >= self.setup.config.search.epochs;
            self.state.done = epochs_done || self.setup.exhausted(self.state.steps);
            return Ok(Event::Epoch { epoch: self.course.epoch.max(1), val: None, best: true });
        }
        let selection = self.selection();
        let search = &self.setup.config.search;
        let objective = Objective {
            reduction: search.reduction.of(&self.trainer.model),
            dropout: search.dropout,
            key: self.course.key(),
        };
        let batch = Batch { instances: self.train, rows: self.course.rows() };
        let sharing = Sharing::Searched(&self.selector, &selection);
        let gradients = self.trainer.step(batch, sharing, objective, self.setup.ranks)?;
        let (epoch, step) = (self.course.epoch + 1, self.course.step + 1);
        if !gradients.loss.is_finite() {
            return Err(Error::Diverged {
                phase: SEARCH.into(),
                epoch,
                step,
                loss: gradients.loss,
            });
        }
        self.selector_adam.step(&gradients.stores.iter().collect::<Vec<_>>())?;
        let event = Event::Step {
            epoch,
            step,
            of: self.course.steps(),
            instances: batch.rows.len(),
            loss: gradients.loss,
            shared: gradients.shared,
            temperature: Some(selection.temperature),
        };
        self.state.steps += 1;
        self.state.evaluate = self.course.advance() || self.setup.exhausted(self.state.steps);
        Ok(event)
    }

    fn selection(&self) -> Selection {
        let search = &self.setup.config.search;
        let mask =
            SearchMask { threshold: search.threshold, final_temperature: search.final_temperature };
        let (per_epoch, course) = (self.course.steps(), &self.course);
        let temperature = match search.anneal {
            Anneal::Total => {
                mask.temperature(course.epoch * per_epoch + course.step, search.epochs * per_epoch)
            }
            Anneal::Epoch => {
                mask.final_temperature.powf(course.epoch as f64)
                    * mask.temperature(course.step, per_epoch)
            }
        };
        Selection {
            mask,
            temperature,
            lambda: search.lambda,
            kl: search.kl,
            gradient: search.gradient,
            leak: search.leak,
        }
    }

    /// The phase's name.
    pub fn name(&self) -> &str {
        SEARCH
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// The selector as it stands.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Raw scores `[n]` that the selector as it stands gives to `instances`. The search goes on as
    /// if nobody had asked.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn scores(&self, instances: &Instances) -> Result<Vec<f32>> {
        let (table, instances) = self.trainer.glimpse(instances, self.setup.ranks)?;
        let rows: Vec<u32> = (0..instances.len() as u32).collect();
        Ok(self.selector.score(&table, &instances, &rows, self.setup.device)?)
    }

    /// Steps of the whole phase.
    pub fn total(&self) -> u64 {
        let all = self.course.steps() * self.setup.config.search.epochs;
        self.setup.max_steps.map_or(all, |most| all.min(most))
    }

    /// The raw score above which the mask shares a row at a temperature, `logit(ε) / τ`.
    pub fn cut(&self, temperature: f64) -> f64 {
        let e = self.setup.config.search.threshold;
        (e / (1.0 - e)).ln() / temperature
    }

    /// Freezes what was found.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Searched> {
        let mut model = self.trainer.finish(None, self.setup.ranks)?;
        let empty = Embedding::from_values(Vec::new(), model.embedding.dim())?;
        let embedding = std::mem::replace(&mut model.embedding, empty);
        Ok(Searched { selector: self.selector, embedding, model })
    }

    /// Writes a checkpoint.
    ///
    /// # Errors
    /// What candle or `to` reports.
    pub fn save(&self, to: &mut (impl Write + ?Sized)) -> Result<()> {
        let mut draft = Draft::new(self.trainer.shard, self.setup.ranks);
        self.trainer.save("model.", &mut draft)?;
        put_values(&mut draft.arrays, "", &self.selector.parameters.values()?);
        self.selector_adam.save("adam.", &mut draft.arrays);
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
        self.trainer.load("model.", &arrays)?;
        self.selector.parameters.restore(&get_values(&arrays, "selector.", 0)?)?;
        self.selector_adam.load("adam.", &arrays)?;
        self.course.seek(header.epoch, header.step);
        self.state = header;
        Ok(())
    }
}
