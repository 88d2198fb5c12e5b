//! Search: backbone and selection network learn together, through an annealed hard mask.

use super::progress::Progress;
use super::{Learn, Learnt};
use crate::checkpoint::header::{CheckpointHeader, SEARCH};
use crate::checkpoint::writer::CheckpointWriter;
use crate::config::Anneal;
use crate::error::Result;
use crate::optimizer::Adam;
use crate::setup::Setup;
use crate::step::gradients::Objective;
use crate::step::selection::Selection;
use crate::step::slice::{Batch, Sharing};
use crate::step::trainer::{Rates, Trainer};
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::instances::Instances;
use ssim_core::mask::SearchMask;
use ssim_core::parameters::Values;
use ssim_core::selector::{Scorer, Selector};

/// The search phase. Call [`Phase::step`](super::Phase::step) until it says
/// [`Event::Done`](crate::event::Event::Done), then [`Search::finish`].
pub struct Search<'a> {
    setup: Setup<'a>,
    train: &'a Instances,
    trainer: Trainer<'a>,
    selector: Selector,
    selector_adam: Adam,
    progress: Progress,
}

/// The result of a search.
pub struct Searched {
    /// The selection network with the table it looks through.
    pub scorer: Scorer,
    /// The weights of the backbone that was searched with. Most methods rewind it and do not use them.
    pub weights: Values,
}

impl<'a> Search<'a> {
    /// A search at its beginning.
    ///
    /// # Errors
    /// When model or selector cannot be built.
    pub fn new(setup: Setup<'a>, train: &'a Instances) -> Result<Self> {
        let towers = setup.schema.scenarios.len();
        let search = &setup.config.search;
        let trainer = setup.trainer(towers, Rates { lr: search.lr, l2: search.l2 })?;
        let selector = Selector::seeded(setup.selector(), setup.seed, setup.device)?;
        if search.head_bias != 0.0 {
            let mut values = selector.parameters.values()?;
            if let Some((_, bias)) = values.get_mut("selector.heads.bias") {
                bias.iter_mut().for_each(|b| *b += search.head_bias as f32);
            }
            selector.parameters.restore(&values)?;
        }
        let selector_adam = Adam::new(selector.parameters.vars(), search.selector_lr, 0.0);
        let progress =
            Progress::start(&setup, SEARCH, "search order", train, towers, search.epochs);
        Ok(Self { setup, train, trainer, selector, selector_adam, progress })
    }

    fn selection(&self) -> Selection {
        let search = &self.setup.config.search;
        let mask =
            SearchMask { threshold: search.threshold, final_temperature: search.final_temperature };
        let order = &self.progress.order;
        let per_epoch = order.steps();
        let temperature = match search.anneal {
            Anneal::Total => {
                mask.temperature(order.epoch * per_epoch + order.step, search.epochs * per_epoch)
            }
            Anneal::Epoch => {
                mask.final_temperature.powf(order.epoch as f64)
                    * mask.temperature(order.step, per_epoch)
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

    /// The selector as it stands.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Raw scores `[n]` that the selector as it stands gives to `instances`. The search itself is not
    /// affected.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn scores(&mut self, instances: &Instances) -> Result<Vec<f32>> {
        self.settle()?;
        let (table, instances) = self.trainer.glimpse(instances)?;
        let rows: Vec<u32> = (0..instances.len() as u32).collect();
        Ok(self.selector.score(&table, &instances, &rows, self.setup.device)?)
    }

    /// Steps of the whole phase, if nothing ends it early.
    pub fn total(&self) -> u64 {
        self.setup.steps(&[self.train.len()], self.setup.config.search.epochs)
    }

    /// The raw score above which the mask shares a row at a temperature, `logit(ε) / τ`.
    pub fn score_threshold(&self, temperature: f64) -> f64 {
        let e = self.setup.config.search.threshold;
        (e / (1.0 - e)).ln() / temperature
    }

    /// Freezes the selector and hands out the result.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Searched> {
        let model = self.trainer.finish(None)?;
        let weights = model.parameters.values()?;
        Ok(Searched { scorer: Scorer { selector: self.selector, table: model.embedding }, weights })
    }
}

impl Learn for Search<'_> {
    fn setup(&self) -> &Setup<'_> {
        &self.setup
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }

    fn progress_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }

    fn learn(&mut self) -> Result<Learnt> {
        let selection = self.selection();
        let search = &self.setup.config.search;
        let objective = Objective {
            reduction: search.reduction.of(&self.trainer.model),
            dropout: search.dropout,
            key: self.progress.order.key(),
            draw: None,
        };
        let batch = Batch { instances: self.train, rows: self.progress.order.rows() };
        let sharing = Sharing::Searched(&self.selector, &selection);
        let (instances, temperature) = (batch.rows.len(), Some(selection.temperature));
        #[cfg(feature = "device")]
        if let Some(seen) = self.trainer.step_away(
            batch,
            sharing,
            objective,
            Some((&self.selector, &self.selector_adam)),
        )? {
            self.progress.check(seen.loss)?;
            return Ok(Learnt { instances, loss: seen.loss, shared: seen.shared, temperature });
        }
        let gradients = self.trainer.step(batch, sharing, objective)?;
        self.progress.check(gradients.loss)?;
        self.selector_adam.step(&gradients.stores.iter().collect::<Vec<_>>())?;
        Ok(Learnt { instances, loss: gradients.loss, shared: gradients.shared, temperature })
    }

    #[cfg(feature = "device")]
    fn settle(&mut self) -> Result<()> {
        let selector = Some((&self.selector, &mut self.selector_adam));
        let seen = self.trainer.settle(selector)?;
        seen.map_or(Ok(()), |seen| self.progress.check(seen.loss))
    }

    fn write<'s>(&'s self, to: &mut CheckpointWriter<'s>) -> Result<()> {
        self.trainer.save("model.", to)?;
        put_values(&mut to.arrays, "", &self.selector.parameters.values()?);
        self.selector_adam.save("adam.", &mut to.arrays);
        Ok(())
    }

    fn read(&mut self, header: &CheckpointHeader, arrays: &Container) -> Result<()> {
        self.trainer.load("model.", arrays, header.steps)?;
        self.selector.parameters.restore(&get_values(arrays, "selector.", 0)?)?;
        self.selector_adam.load("adam.", arrays, header.steps)
    }
}
