//! Retrain: a model is trained from its starting point on a given list of shared rows.
//!
//! With an empty list this is MT-Backbone, with a full list MT-Backbone-S, with one tower
//! ST-Backbone, so the baselines need no trainers of their own. Given weights to start from, the
//! phase trains a model further.

mod kept;
mod lend;

use super::average::EpochAverage;
use super::criterion::criterion;
use super::outer::Outer;
use super::plan::EpochPlan;
use super::progress::Progress;
pub use super::start_weights::StartWeights;
use super::stored_weights::{self, Weights};
use super::{Learn, Learnt, Validated, Validation};
use crate::checkpoint::header::{CheckpointHeader, RETRAIN};
use crate::checkpoint::writer::CheckpointWriter;
use crate::error::Result;
use crate::recipe::ScenarioOrder;
use crate::select::Draw;
use crate::setup::Setup;
use crate::step::gradients::Objective;
use crate::step::slice::{Batch, Sharing};
use crate::step::trainer::{Rates, Trainer};
use ssim_core::borrowers::Borrowers;
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::metric::Report;
use ssim_core::model::Model;
use ssim_core::rng::Stream;
use ssim_core::row_digest;
use ssim_core::tower_draw::TowerDraw;
use std::borrow::Cow;

/// Rows of the table that are brought up to date before the host hears of it.
const PART: usize = 1 << 21;

/// The retrain phase. Call [`Phase::step`](super::Phase::step) until it says
/// [`Event::Done`](crate::event::Event::Done), then [`Retrain::finish`].
///
/// Training stops early when the validation metric that `retrain.stop` names has not become better for more than
/// `retrain.patience` epochs.
pub struct Retrain<'a> {
    setup: Setup<'a>,
    train: Cow<'a, Instances>,
    val: Cow<'a, Instances>,
    /// The list that was given, one bit per train row.
    given: Vec<bool>,
    /// The borrowers, if the list is directed.
    borrowers: Option<Borrowers>,
    /// The rule that draws the list anew for every epoch, and the list of the current epoch.
    draw: Option<Draw>,
    drawn: Option<(u64, Vec<bool>)>,
    trainer: Trainer<'a>,
    /// The outer steps, where the order of the rows has them.
    outer: Option<Outer>,
    /// The average of the epochs' weights, where it is what is judged.
    average: Option<EpochAverage>,
    best: Option<Weights>,
    /// The report of an epoch that is the best so far, and the rows of its table that are brought up to date.
    judged: Option<(Report, Vec<f32>)>,
    progress: Progress,
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
        Self::over(setup, towers, (Cow::Borrowed(train), Cow::Borrowed(val)), shared)
    }

    /// A retraining without shared rows for one scenario. It learns from the rows of this scenario alone,
    /// unless the order also visits others, and is judged by its validation rows.
    ///
    /// # Errors
    /// When the model cannot be built.
    pub fn of_scenario(
        setup: Setup<'a>,
        towers: usize,
        train: &'a Instances,
        val: &Instances,
        (scenario, order): (usize, ScenarioOrder),
    ) -> Result<Self> {
        let own = |rows: &Instances| {
            let is_own = |i: &u32| usize::from(rows.scenarios[*i as usize]) == scenario;
            rows.pick(&(0..rows.len() as u32).filter(is_own).collect::<Vec<_>>())
        };
        let train = match order {
            ScenarioOrder::Regularisation => Cow::Borrowed(train),
            ScenarioOrder::Mixed | ScenarioOrder::Negotiation => Cow::Owned(own(train)),
        };
        let shared = vec![false; train.len()];
        let phase = Self::over(setup, towers, (train, Cow::Owned(own(val))), shared)?;
        Ok(phase.ordered(order, scenario))
    }

    fn over(
        setup: Setup<'a>,
        towers: usize,
        (train, val): (Cow<'a, Instances>, Cow<'a, Instances>),
        given: Vec<bool>,
    ) -> Result<Self> {
        if given.len() != train.len() {
            let text = format!("list: expected {} rows, got {}", train.len(), given.len());
            return Err(ssim_core::Error::Data(text).into());
        }
        let retrain = &setup.config.retrain;
        setup.check()?;
        let trainer = setup.trainer(towers, Rates { lr: retrain.lr, l2: retrain.l2 })?;
        let epochs = retrain.max_epochs;
        let mut progress =
            Progress::start(&setup, RETRAIN, "retrain order", &train, towers, epochs);
        progress.state.evaluate = epochs == 0;
        progress.state.lr = Some(retrain.lr);
        progress.state.identity.list = Some(row_digest::of_list(&given));
        Ok(Self {
            average: EpochAverage::new(retrain.average),
            setup,
            train,
            val,
            given,
            borrowers: None,
            draw: None,
            drawn: None,
            trainer,
            outer: None,
            best: None,
            judged: None,
            progress,
        })
    }

    /// Gives the phase another name, for a run that trains more than one model.
    pub fn named(mut self, phase: &str) -> Self {
        self.progress.state.phase = phase.to_owned();
        self
    }

    /// Learns the rows in this order. `own` is the scenario of a model for one scenario.
    pub fn ordered(mut self, order: ScenarioOrder, own: usize) -> Self {
        if let Some(rate) = order.outer_rate(&self.setup.config.mamdr) {
            let plan = EpochPlan::new(&self.setup, order, &self.train.scenarios, own);
            self.progress.order.follow(plan);
            self.progress.state.identity.order = order;
            self.outer = Some(Outer::new(rate));
        }
        self
    }

    /// Starts from these weights instead of the seed's. Every tower starts from the only one, if they
    /// have one.
    ///
    /// # Errors
    /// When they are another model's.
    pub fn start_from(&mut self, start: &StartWeights) -> Result<()> {
        let Trainer { model, shard, .. } = &mut self.trainer;
        let expected = (shard.ids, model.embedding.dim());
        let got = (start.table.rows(), start.table.dim());
        if expected != got {
            let text = format!(
                "start: expected a table of {} rows of width {}, got {} of {}",
                expected.0, expected.1, got.0, got.1
            );
            return Err(ssim_core::Error::Data(text).into());
        }
        match start.towers {
            1 => model.parameters.restore_every_tower(&start.values)?,
            _ => model.parameters.restore(&start.values)?,
        }
        model.embedding = shard.part_of(&start.table)?;
        self.progress.state.identity.continues = true;
        self.progress.state.evaluate |= start.competes;
        if start.competes {
            let retrain = &self.setup.config.retrain;
            let lr = retrain.lr * retrain.continued_lr;
            self.trainer.restart(Rates { lr, l2: retrain.l2 });
            self.progress.state.lr = Some(lr);
        }
        Ok(())
    }

    /// Draws the list anew for every epoch.
    pub fn redraw(&mut self, draw: Draw) {
        self.draw = Some(draw);
    }

    /// The rows that the current epoch shares, one bit per train row.
    pub fn list(&self) -> &[bool] {
        self.drawn.as_ref().map_or(&self.given, |(_, list)| list)
    }

    /// The model with its best weights.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn finish(self) -> Result<Model> {
        let (values, table) = self.best.unzip();
        let model = self.trainer.finish(table)?;
        values.map_or(Ok(()), |values| model.parameters.restore(&values))?;
        Ok(model)
    }

    /// The towers that a shared row trains at the current step; `None` if it trains all of them.
    fn tower_draw(&self) -> Option<TowerDraw> {
        let towers = self.setup.config.retrain.towers_per_row;
        let order = &self.progress.order;
        let key = || Stream::new(self.setup.seed, "towers per row", &[order.epoch, order.step]);
        (towers > 0).then(|| TowerDraw { towers, key: key().bits() })
    }

    /// The report of the validation rows by the weights of the epoch that has ended, or by their average.
    fn judge(&mut self) -> Result<Report> {
        let batch = self.setup.config.train.eval_batch;
        let logits = match &mut self.average {
            None => self.trainer.predict(&self.val, batch)?,
            Some(average) => {
                average.add(&mut self.trainer)?;
                average.predict(&mut self.trainer, &self.val, batch)?
            }
        };
        Ok(Report::new(&logits, &self.val, &self.setup.schema.scenarios))
    }

    /// Notes that the epoch with this report is the best so far.
    fn is_best(&mut self, report: Report) -> Validation {
        let state = &mut self.progress.state;
        state.best = Some(criterion(&report, self.setup.config.retrain.stop));
        state.waited = 0;
        Validation::Done(Validated { val: Some(report), best: true, stops: false })
    }

    fn bits(&self) -> Vec<u8> {
        self.given.iter().map(|bit| u8::from(*bit)).collect()
    }
}

impl Learn for Retrain<'_> {
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
        let epoch = self.progress.order.epoch;
        if let Some(draw) = &self.draw
            && self.drawn.as_ref().is_none_or(|(drawn, _)| *drawn != epoch)
        {
            self.drawn = Some((epoch, draw.list(&self.setup, &self.train, epoch)?));
            #[cfg(feature = "device")]
            self.trainer.forget_list();
        }
        if let Some(outer) = &mut self.outer {
            outer.begin(&self.trainer)?;
        }
        let retrain = &self.setup.config.retrain;
        let objective = Objective {
            reduction: retrain.reduction.of(&self.trainer.model),
            dropout: retrain.dropout,
            key: self.progress.order.key(),
            draw: self.tower_draw(),
        };
        let batch = Batch { instances: &self.train, rows: self.progress.order.rows() };
        let list = self.drawn.as_ref().map_or(&self.given, |(_, list)| list);
        let sharing = match &self.borrowers {
            Some(borrowers) => Sharing::Directed(list, borrowers),
            None => Sharing::Given(list),
        };
        let instances = batch.rows.len();
        // An outer step changes the host's weights.
        #[cfg(feature = "device")]
        if self.outer.is_none()
            && let Some(seen) = self.trainer.step_away(batch, sharing, objective, None)?
        {
            self.progress.check(seen.loss)?;
            return Ok(Learnt {
                instances,
                loss: seen.loss,
                shared: seen.shared,
                temperature: None,
            });
        }
        let gradients = self.trainer.step(batch, sharing, objective)?;
        self.progress.check(gradients.loss)?;
        if let Some(outer) = &mut self.outer
            && self.progress.order.ends_inner_loop()
        {
            outer.step(&mut self.trainer)?;
        }
        Ok(Learnt { instances, loss: gradients.loss, shared: gradients.shared, temperature: None })
    }

    fn validate(&mut self) -> Result<Validation> {
        let (report, mut table) = match self.judged.take() {
            Some(judged) => judged,
            None => {
                let report = self.judge()?;
                let state = &mut self.progress.state;
                let score = criterion(&report, self.setup.config.retrain.stop);
                if !state.best.is_none_or(|best| score > best) {
                    state.waited += 1;
                    let stops = state.waited > self.setup.config.retrain.patience;
                    return Ok(Validation::Done(Validated {
                        val: Some(report),
                        best: false,
                        stops,
                    }));
                }
                if let Some(average) = &self.average {
                    self.best = average.copy();
                    return Ok(self.is_best(report));
                }
                (report, Vec::with_capacity(self.trainer.model.embedding.values().len()))
            }
        };
        let Trainer { model, shard, .. } = &self.trainer;
        let dim = model.embedding.dim();
        // Some ranks keep a row less than others, and all of them must take equally many turns.
        let (rows, of) = (table.len() / dim, shard.ids.div_ceil(shard.size));
        let end = of.min(rows + PART);
        table.extend(self.trainer.current_rows(rows..end.min(model.embedding.rows())));
        if end < of {
            self.judged = Some((report, table));
            return Ok(Validation::Table { rows: end, of });
        }
        let values = self.trainer.model.parameters.values()?;
        self.best = Some((values, Embedding::from_values(table, dim)?));
        Ok(self.is_best(report))
    }

    #[cfg(feature = "device")]
    fn settle(&mut self) -> Result<()> {
        let seen = self.trainer.settle(None)?;
        seen.map_or(Ok(()), |seen| self.progress.check(seen.loss))
    }

    fn write<'s>(&'s self, to: &mut CheckpointWriter<'s>) -> Result<()> {
        self.trainer.save("model.", to)?;
        to.arrays.put("shared", &[self.given.len()], &self.bits());
        if let Some(outer) = &self.outer {
            outer.save(to);
        }
        if let Some(average) = &self.average {
            average.save(to);
        }
        if let Some(best) = &self.best {
            stored_weights::save("best", best, to);
        }
        Ok(())
    }

    fn read(&mut self, header: &CheckpointHeader, arrays: &Container) -> Result<()> {
        if arrays.get::<u8>("shared")? != self.bits() {
            let text = "checkpoint: it belongs to another list of shared instances";
            return Err(ssim_core::Error::File(text.into()).into());
        }
        self.trainer.load("model.", arrays, self.steps_of(header)?)?;
        if let Some(outer) = &mut self.outer {
            outer.load(arrays, &self.trainer, header.steps)?;
        }
        if header.best.is_some() {
            if let Some(average) = &mut self.average {
                average.load(arrays, &self.trainer)?;
            }
            self.best = Some(stored_weights::load("best", arrays, &self.trainer)?);
        }
        Ok(())
    }
}
