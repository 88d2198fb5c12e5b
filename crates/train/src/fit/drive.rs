//! Driving a fit: its steps, its checkpoints and its length, as a host sees them.

use super::{Fit, Next, Stage};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::phase::Phase;
use crate::phase::plan::EpochPlan;
use crate::recipe::{ListSource, Recipe, ScenarioOrder, Start};
use ssim_core::container::Source;
use ssim_core::model::Model;
use std::io::Write;

impl Fit<'_> {
    /// Carries the recipe out to its end, for callers that keep nothing on the way.
    ///
    /// # Errors
    /// As [`Fit::proceed`] and [`Phase::step`].
    pub fn finish(mut self) -> Result<Vec<Model>> {
        loop {
            match self.proceed()? {
                Next::Phase => while self.step()? != Event::Done {},
                Next::End => return Ok(self.models),
                Next::Selector(_) | Next::List(_) | Next::Model(..) => (),
            }
        }
    }

    /// Steps of all phases, if early stopping ends none of them.
    pub fn total(&self) -> u64 {
        let config = self.setup.config;
        let phase = |rows: usize, epochs: u64| self.setup.steps(&[rows], epochs);
        let train = &self.rows.train;
        let n = train.len();
        let epochs = config.retrain.max_epochs;
        let ordered = |order: ScenarioOrder, scenarios: &[u16], own: usize| {
            self.setup.steps(&EpochPlan::new(&self.setup, order, scenarios, own).sizes(), epochs)
        };
        let before = match self.recipe.list {
            _ if self.given.is_some() => 0,
            ListSource::Taught(_) => phase(n, epochs) + phase(n, config.distil.epochs),
            source if source.is_searched() => phase(n, config.search.epochs),
            _ => 0,
        };
        let start = match self.recipe.start {
            _ if self.recipe.starts_from_teacher() && self.given.is_none() => 0,
            Start::Fitted { method, .. } => ordered(Recipe::of(method).order, &train.scenarios, 0),
            Start::Seed | Start::Searched | Start::Given => 0,
        };
        let models: u64 = if self.recipe.copies {
            let rows = |k: usize| train.scenarios.iter().filter(|s| usize::from(**s) == k).count();
            let model = |k: usize| match self.recipe.order {
                ScenarioOrder::Mixed | ScenarioOrder::Negotiation => phase(rows(k), epochs),
                ScenarioOrder::Regularisation => {
                    ordered(ScenarioOrder::Regularisation, &train.scenarios, k)
                }
            };
            (0..self.copies()).map(model).sum()
        } else {
            ordered(self.recipe.order, &train.scenarios, 0)
        };
        before + start + models
    }

    pub(super) fn running(&self) -> Result<&dyn Phase> {
        match &self.stage {
            Stage::Search(phase) => Ok(phase),
            Stage::Distil(phase) => Ok(phase),
            Stage::Teach(phase) | Stage::Start(phase) | Stage::Retrain(phase) => Ok(phase),
            _ => Err(no_phase()),
        }
    }

    fn running_mut(&mut self) -> Result<&mut dyn Phase> {
        match &mut self.stage {
            Stage::Search(phase) => Ok(phase),
            Stage::Distil(phase) => Ok(phase),
            Stage::Teach(phase) | Stage::Start(phase) | Stage::Retrain(phase) => Ok(phase),
            _ => Err(no_phase()),
        }
    }
}

fn no_phase() -> Error {
    Error::Config("fit: expected a phase that runs, got none; call proceed first".into())
}

/// The phase that runs; [`Event::Done`] means that this phase is done.
impl Phase for Fit<'_> {
    fn name(&self) -> &str {
        self.running().map_or("", Phase::name)
    }

    fn step(&mut self) -> Result<Event> {
        let event = self.running_mut()?.step()?;
        self.is_done = event == Event::Done;
        Ok(event)
    }

    fn steps(&self) -> u64 {
        self.running().map_or(0, Phase::steps)
    }

    fn rows(&self) -> usize {
        self.running().map_or(0, Phase::rows)
    }

    fn save(&mut self, to: &mut dyn Write) -> Result<()> {
        self.running_mut()?.save(to)
    }

    fn resume(&mut self, file: &dyn Source) -> Result<()> {
        self.running_mut()?.resume(file)
    }
}
