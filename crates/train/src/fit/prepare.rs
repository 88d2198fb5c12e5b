//! The pieces of a fit: each makes one phase ready, or one result, and moves the fit on to it.

use super::list;
use super::{Fit, Next, Stage};
use crate::checkpoint::header::RETRAIN;
use crate::error::Result;
use crate::phase::distil::Distil;
use crate::phase::retrain::{Retrain, StartWeights};
use crate::phase::search::Searched;
use crate::recipe::{ListSource, Recipe, Start};
use crate::select::{Draw, List};
use crate::swap;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::split::Split;

impl<'a> Fit<'a> {
    /// Begins a phase.
    pub(super) fn run(&mut self, phase: Stage<'a>) -> Result<Next<'_>> {
        self.stage = phase;
        self.is_done = false;
        Ok(Next::Phase)
    }

    /// Begins to distil what a teacher has learnt. The training on the list starts from the teacher, where
    /// the recipe says so.
    pub(super) fn taught(&mut self, teacher: Model) -> Result<Next<'_>> {
        if self.recipe.starts_from_teacher() {
            let table = teacher.embedding.clone();
            let Model { config, parameters, .. } = &teacher;
            self.start = Some(StartWeights::fitted(config.towers, parameters, table)?);
        }
        let Split { train, val, .. } = self.rows;
        if self.recipe.directed {
            self.borrowers = Some(swap::borrowers(&self.setup, &teacher, val)?);
        }
        let verdict = swap::agreement(&self.setup, &teacher, train, self.borrowers.as_ref())?;
        self.run(Stage::Distil(Distil::new(self.setup, train, teacher, verdict)?))
    }

    /// Begins the training on the list from a fitted model.
    pub(super) fn started(&mut self, model: Model) -> Result<Next<'_>> {
        let Model { config, parameters, embedding, .. } = model;
        self.start = Some(StartWeights::fitted(config.towers, &parameters, embedding)?);
        self.retrain()
    }

    /// Keeps a selector and hands it out.
    pub(super) fn keep(&mut self, searched: Searched) -> Next<'_> {
        self.stage = Stage::Selector(searched.weights);
        Next::Selector(self.scorer.insert(searched.scorer))
    }

    /// Makes the list, if it is not there already, and hands it out. `weights` are those of the searched
    /// backbone, for recipes that start from them.
    pub(super) fn select(&mut self, weights: Values) -> Result<Next<'_>> {
        let list = match (self.list.take(), &self.given) {
            (Some(list), _) => list,
            (None, Some(given)) => given.clone(),
            (None, None) => {
                let train = &self.rows.train;
                let scorer = self.scorer.as_ref();
                let list = list::make(&self.setup, self.recipe.list, train, scorer)?;
                List { borrowers: self.borrowers.take(), ..list }
            }
        };
        if matches!(self.recipe.start, Start::Searched)
            && let Some(scorer) = &self.scorer
        {
            let (towers, table) = (self.towers(), scorer.table.clone());
            self.start = Some(StartWeights { towers, values: weights, table, competes: false });
        }
        self.stage = Stage::List;
        Ok(Next::List(self.list.insert(list)))
    }

    /// Begins the training of the next model on the list.
    pub(super) fn retrain(&mut self) -> Result<Next<'_>> {
        let Split { train, val, .. } = self.rows;
        let towers = self.towers();
        // The selector is dropped before the next model takes its memory.
        let draw = self.draw();
        let mut phase = if self.recipe.copies {
            let k = self.models.len();
            let of = (k, self.recipe.order);
            let phase = Retrain::of_scenario(self.setup, towers, train, val, of)?;
            phase.named(&format!("{RETRAIN}-{k}"))
        } else {
            let shared = match self.recipe.start {
                // The first model has learnt from the list already.
                Start::Fitted { on_list: true, .. } => vec![false; train.len()],
                _ => self.shared(),
            };
            Retrain::new(self.setup, towers, train, val, shared)?.ordered(self.recipe.order, 0)
        };
        let start = self.start.take();
        if let Some(start) = &start {
            phase.start_from(start)?;
        }
        if let Some(kept) = self.moments.take() {
            phase.go_on(kept);
        }
        if self.models.len() + 1 < self.copies() {
            // The next copy starts from the same weights.
            self.start = start;
        }
        if let Some(draw) = draw {
            phase.redraw(draw);
        }
        if let Some(borrowers) = self.list.as_ref().and_then(|list| list.borrowers.clone()) {
            phase.lend(borrowers)?;
        }
        self.run(Stage::Retrain(phase))
    }

    /// The rule that draws the list anew for every epoch, where the recipe or the settings ask for one.
    fn draw(&mut self) -> Option<Draw> {
        let scorer = self.scorer.take()?;
        if let (ListSource::Soft, Some(list)) = (self.recipe.list, &self.list) {
            return Some(Draw::Soft(list.scores.clone()));
        }
        (self.setup.config.select.dropout > 0.0).then_some(Draw::Dropout(scorer))
    }

    /// A model that is trained as another recipe says, with the list of that recipe.
    pub(super) fn model_of(&self, phase: &str, recipe: &Recipe) -> Result<Retrain<'a>> {
        let list = list::make(&self.setup, recipe.list, &self.rows.train, None)?;
        self.model_on(phase, recipe, list.shared)
    }

    /// A model with the towers of another recipe, trained on the given rows.
    pub(super) fn model_on(
        &self,
        phase: &str,
        recipe: &Recipe,
        shared: Vec<bool>,
    ) -> Result<Retrain<'a>> {
        let Split { train, val, .. } = self.rows;
        let towers = recipe.towers(self.setup.schema.scenarios.len());
        let model = Retrain::new(self.setup, towers, train, val, shared)?;
        Ok(model.ordered(recipe.order, 0).named(phase))
    }

    pub(super) fn shared(&self) -> Vec<bool> {
        self.list.as_ref().map(|list| list.shared.clone()).unwrap_or_default()
    }

    /// The number of towers of a model.
    pub(super) fn towers(&self) -> usize {
        self.recipe.towers(self.setup.schema.scenarios.len())
    }

    pub(super) fn copies(&self) -> usize {
        if self.recipe.copies { self.setup.schema.scenarios.len() } else { 1 }
    }
}
