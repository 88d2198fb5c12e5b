//! A fit: a recipe carried out from its beginning to fitted models.
//!
//! The order of the work stands in [`Fit::proceed`] and nowhere else:
//!
//! 1. **Search** a selector, or **teach** a model and **distil** its verdict into a selector; recipes
//!    whose list needs no selector skip this.
//! 2. **Select**: the list of shared rows is made.
//! 3. **Start**: a first model is fitted, where the recipe starts from one.
//! 4. **Retrain** on the list: one model, or a copy for every scenario.
//!
//! A [`Fit`] is a [`Phase`]: it steps the phase that runs. Between two phases it hands out what is
//! finished, so that a host can keep it.
//!
//! ```
//! use ssim_core::{instances::Instances, method::Method, schema::Schema, split::Split};
//! use ssim_train::{config::Config, event::Event, fit::{Fit, Next}};
//! use ssim_train::{phase::Phase, recipe::Recipe, setup::Setup};
//!
//! # fn example(schema: &Schema, rows: &Split<Instances>) -> ssim_train::Result<()> {
//! let config = Config::default();
//! let mut fit = Fit::new(Setup::new(schema, &config), Recipe::of(Method::Ssim), rows);
//! loop {
//!     match fit.proceed()? {
//!         Next::Phase => while fit.step()? != Event::Done {},
//!         Next::List(list) => println!("{} rows", list.shared.iter().filter(|b| **b).count()),
//!         Next::Selector(_) | Next::Model(..) => (),
//!         Next::End => break,
//!     }
//! }
//! # Ok(()) }
//! ```

mod list;

use crate::checkpoint::header::{RETRAIN, START, TEACH};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::phase::Phase;
use crate::phase::distil::Distil;
use crate::phase::retrain::{Retrain, StartWeights};
use crate::phase::search::{Search, Searched};
use crate::recipe::{ListSource, Recipe, Start};
use crate::select::{Draw, List};
use crate::setup::Setup;
use crate::swap;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::selector::Scorer;
use ssim_core::split::Split;
use std::io::Write;

/// A recipe that is being carried out.
pub struct Fit<'a> {
    setup: Setup<'a>,
    recipe: &'a Recipe,
    rows: &'a Split<Instances>,
    /// A list from outside, in place of the recipe's own.
    given: Option<Vec<bool>>,
    stage: Stage<'a>,
    /// Whether the phase that runs has said [`Event::Done`].
    is_done: bool,
    scorer: Option<Scorer>,
    list: Option<List>,
    start: Option<StartWeights>,
    models: Vec<Model>,
}

/// The phase that runs, or the result that was handed out last.
enum Stage<'a> {
    Beginning,
    Teach(Retrain<'a>),
    Distil(Distil<'a>),
    Search(Search<'a>),
    Selector(Values),
    List,
    Start(Retrain<'a>),
    Retrain(Retrain<'a>),
    Model,
    End,
    /// An error has ended the fit.
    Failed,
}

/// The next thing that [`Fit::proceed`] has reached.
pub enum Next<'f> {
    /// The next phase is ready. Step the fit until it says [`Event::Done`].
    Phase,
    /// The selector has learnt.
    Selector(&'f Scorer),
    /// The list is made.
    List(&'f List),
    /// A model is fitted: the only one, or the copy for the scenario with this index.
    Model(Option<usize>, &'f Model),
    /// All models are fitted.
    End,
}

impl<'a> Fit<'a> {
    /// A fit at its beginning. The settings are used as they are: take [`Recipe::settings`] for those
    /// that the method fixes.
    pub fn new(setup: Setup<'a>, recipe: &'a Recipe, rows: &'a Split<Instances>) -> Self {
        Self {
            setup,
            recipe,
            rows,
            given: None,
            stage: Stage::Beginning,
            is_done: false,
            scorer: None,
            list: None,
            start: None,
            models: Vec::new(),
        }
    }

    /// Uses a list from outside, one bit per train row, in place of the recipe's own. There is no
    /// search then.
    ///
    /// # Errors
    /// When the recipe has no use for a list.
    pub fn on_list(mut self, shared: Vec<bool>) -> Result<Self> {
        if !self.recipe.takes_list() {
            let text = "list: expected a method that trains one model on a list, got another";
            return Err(Error::Config(text.into()));
        }
        self.given = Some(shared);
        Ok(self)
    }

    /// Takes back the list that this fit handed out in an earlier session. It is not made again.
    pub fn take_back(&mut self, list: List) {
        self.list = Some(list);
    }

    /// Hands out the next result, or makes the next phase ready. Call it at the beginning, after each
    /// result, and when the phase that runs has said [`Event::Done`].
    ///
    /// # Errors
    /// When the running phase is not done, when a list, a teacher or a start does not fit the rows, or after
    /// an earlier error.
    pub fn proceed(&mut self) -> Result<Next<'_>> {
        if self.running().is_ok() && !self.is_done {
            let text = format!("fit: expected phase {} to be done, got it running", self.name());
            return Err(Error::Config(text));
        }
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Beginning => match self.recipe.list {
                _ if self.given.is_some() => self.select(Values::default()),
                ListSource::Taught(teacher) => {
                    // A data set without a scenario field is refused before anything is trained.
                    swap::field(self.setup.schema)?;
                    let recipe = Recipe::of(teacher);
                    self.run(Stage::Teach(self.model_of(TEACH, recipe)?))
                }
                source if source.is_searched() => {
                    self.run(Stage::Search(Search::new(self.setup, &self.rows.train)?))
                }
                _ => self.select(Values::default()),
            },
            Stage::Teach(phase) => {
                let teacher = phase.finish()?;
                let train = &self.rows.train;
                let verdict = swap::agreement(&self.setup, &teacher, train)?;
                self.run(Stage::Distil(Distil::new(self.setup, train, teacher, verdict)?))
            }
            Stage::Distil(phase) => Ok(self.keep(phase.finish()?)),
            Stage::Search(phase) => Ok(self.keep(phase.finish()?)),
            Stage::Selector(weights) => self.select(weights),
            Stage::List => match self.recipe.start {
                Start::Fitted { method, on_list } => {
                    let recipe = Recipe::of(method);
                    let phase = match on_list {
                        true => self.model_on(START, recipe, self.shared())?,
                        false => self.model_of(START, recipe)?,
                    };
                    self.run(Stage::Start(phase))
                }
                Start::Seed | Start::Searched => self.retrain(),
            },
            Stage::Start(phase) => {
                let model = phase.finish()?;
                let values = model.parameters.values()?;
                self.start = Some(StartWeights { values, table: model.embedding, competes: true });
                self.retrain()
            }
            Stage::Retrain(phase) => {
                self.models.push(phase.finish()?);
                self.stage = Stage::Model;
                let last = self.models.len() - 1;
                let copy = self.recipe.copies.then_some(last);
                Ok(Next::Model(copy, &self.models[last]))
            }
            Stage::Model if self.models.len() < self.copies() => self.retrain(),
            Stage::Model | Stage::End => {
                self.stage = Stage::End;
                Ok(Next::End)
            }
            Stage::Failed => Err(Error::Config("fit: it has ended with an error before".into())),
        }
    }

    /// Begins a phase.
    fn run(&mut self, phase: Stage<'a>) -> Result<Next<'_>> {
        self.stage = phase;
        self.is_done = false;
        Ok(Next::Phase)
    }

    /// Keeps a selector and hands it out.
    fn keep(&mut self, searched: Searched) -> Next<'_> {
        self.stage = Stage::Selector(searched.weights);
        Next::Selector(self.scorer.insert(searched.scorer))
    }

    /// Makes the list, if it is not there already, and hands it out. `weights` are those of the searched
    /// backbone, for recipes that start from them.
    fn select(&mut self, weights: Values) -> Result<Next<'_>> {
        let list = match (self.list.take(), &self.given) {
            (Some(list), _) => list,
            (None, Some(shared)) => List::unscored(shared.clone()),
            (None, None) => {
                let train = &self.rows.train;
                list::make(&self.setup, self.recipe.list, train, self.scorer.as_ref())?
            }
        };
        if matches!(self.recipe.start, Start::Searched)
            && let Some(scorer) = &self.scorer
        {
            let table = scorer.table.clone();
            self.start = Some(StartWeights { values: weights, table, competes: false });
        }
        self.stage = Stage::List;
        Ok(Next::List(self.list.insert(list)))
    }

    /// Begins the training of the next model on the list.
    fn retrain(&mut self) -> Result<Next<'_>> {
        let Split { train, val, .. } = self.rows;
        let towers = self.recipe.towers(self.setup.schema.scenarios.len());
        // The selector is dropped before the next model takes its memory.
        let draw = self.draw();
        let mut phase = if self.recipe.copies {
            let k = self.models.len();
            let phase = Retrain::of_scenario(self.setup, towers, train, val, k)?;
            phase.named(&format!("{RETRAIN}-{k}"))
        } else {
            let shared = match self.recipe.start {
                // The first model has learnt from the list already.
                Start::Fitted { on_list: true, .. } => vec![false; train.len()],
                _ => self.shared(),
            };
            Retrain::new(self.setup, towers, train, val, shared)?
        };
        let start = self.start.take();
        if let Some(start) = &start {
            phase.start_from(start)?;
        }
        if self.models.len() + 1 < self.copies() {
            // The next copy starts from the same weights.
            self.start = start;
        }
        if let Some(draw) = draw {
            phase.redraw(draw);
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
    fn model_of(&self, phase: &str, recipe: &Recipe) -> Result<Retrain<'a>> {
        let list = list::make(&self.setup, recipe.list, &self.rows.train, None)?;
        self.model_on(phase, recipe, list.shared)
    }

    /// A model with the towers of another recipe, trained on the given rows.
    fn model_on(&self, phase: &str, recipe: &Recipe, shared: Vec<bool>) -> Result<Retrain<'a>> {
        let Split { train, val, .. } = self.rows;
        let towers = recipe.towers(self.setup.schema.scenarios.len());
        Ok(Retrain::new(self.setup, towers, train, val, shared)?.named(phase))
    }

    fn shared(&self) -> Vec<bool> {
        self.list.as_ref().map(|list| list.shared.clone()).unwrap_or_default()
    }

    fn copies(&self) -> usize {
        if self.recipe.copies { self.setup.schema.scenarios.len() } else { 1 }
    }

    /// The share of rows that the list was asked to have; `None` where its size follows from other rules.
    pub fn ratio(&self) -> Option<f64> {
        let cut = self.given.is_none() && self.recipe.list.is_cut();
        cut.then_some(self.setup.config.select.ratio)
    }

    /// The search, while it runs.
    pub fn search(&self) -> Option<&Search<'a>> {
        match &self.stage {
            Stage::Search(search) => Some(search),
            _ => None,
        }
    }

    /// The list, once it is made.
    pub fn list(&self) -> Option<&List> {
        self.list.as_ref()
    }

    /// The fitted models: one, or a copy per scenario.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

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
        let phase = |rows: usize, epochs: u64| self.setup.steps(rows, epochs);
        let train = &self.rows.train;
        let n = train.len();
        let epochs = config.retrain.max_epochs;
        let before = match self.recipe.list {
            _ if self.given.is_some() => 0,
            ListSource::Taught(_) => phase(n, epochs) + phase(n, config.distil.epochs),
            source if source.is_searched() => phase(n, config.search.epochs),
            _ => 0,
        };
        let start = match self.recipe.start {
            Start::Fitted { .. } => phase(n, epochs),
            Start::Seed | Start::Searched => 0,
        };
        let models: u64 = if self.recipe.copies {
            let rows = |k: usize| train.scenarios.iter().filter(|s| usize::from(**s) == k).count();
            (0..self.copies()).map(|k| phase(rows(k), epochs)).sum()
        } else {
            phase(n, epochs)
        };
        before + start + models
    }

    fn running(&self) -> Result<&dyn Phase> {
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

    fn save(&self, to: &mut dyn Write) -> Result<()> {
        self.running()?.save(to)
    }

    fn resume(&mut self, bytes: &[u8]) -> Result<()> {
        self.running_mut()?.resume(bytes)
    }
}
