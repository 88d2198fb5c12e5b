//! A fit: a recipe carried out from its beginning to fitted models.
//!
//! The order of the work stands in [`Fit::proceed`] and nowhere else:
//!
//! 1. **Search** a selector, or **teach** a model and **distil** its verdict into a selector; recipes
//!    whose list needs no selector skip this.
//! 2. **Select**: the list of shared rows is made.
//! 3. **Start**: a first model is fitted, where the recipe starts from one that is not the teacher.
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

mod drive;
mod list;
mod prepare;

use crate::checkpoint::header::{START, TEACH};
use crate::error::{Error, Result};
use crate::optimizer::KeptMoments;
use crate::phase::Phase;
use crate::phase::distil::Distil;
use crate::phase::retrain::{Retrain, StartWeights};
use crate::phase::search::Search;
use crate::recipe::{ListSource, Recipe, Start};
use crate::select::List;
use crate::setup::Setup;
use crate::swap;
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::selector::Scorer;
use ssim_core::split::Split;

/// A recipe that is being carried out.
pub struct Fit<'a> {
    setup: Setup<'a>,
    recipe: &'a Recipe,
    rows: &'a Split<Instances>,
    /// A list from outside, in place of the recipe's own.
    given: Option<List>,
    stage: Stage<'a>,
    /// Whether the phase that runs has said [`Event::Done`](crate::event::Event::Done).
    is_done: bool,
    /// The first model, where another fit has fitted it.
    first: Option<Model>,
    /// The state of the optimisers that have fitted it, if they go on.
    moments: Option<KeptMoments>,
    scorer: Option<Scorer>,
    /// The borrowers of a directed list that is not made yet.
    borrowers: Option<Borrowers>,
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
    /// The next phase is ready. Step the fit until it says [`Event::Done`](crate::event::Event::Done).
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
            first: None,
            moments: None,
            scorer: None,
            borrowers: None,
            list: None,
            start: None,
            models: Vec::new(),
        }
    }

    /// Uses a list from outside in place of the recipe's own. There is no search then.
    ///
    /// # Errors
    /// When the recipe has no use for a list.
    pub fn on_list(mut self, list: impl Into<List>) -> Result<Self> {
        if !self.recipe.takes_list() {
            let text = "list: expected a method that trains one model on a list, got another";
            return Err(Error::Config(text.into()));
        }
        self.given = Some(list.into());
        Ok(self)
    }

    /// Begins with a model that another fit has fitted: one of the recipe's [first method](Recipe::first) under
    /// the same settings and seed, which is not fitted again, or one to go on from ([`Start::Given`]). Returns
    /// the name of the phase whose work it stands for.
    pub fn begin_with(&mut self, first: Model) -> &'static str {
        self.first = Some(first);
        match self.recipe.list {
            ListSource::Taught(_) if self.given.is_none() => TEACH,
            _ => START,
        }
    }

    /// Lets the optimisers go on with the state in which they left the model that the fit begins with, and gives the
    /// number of steps that they have taken. They begin anew, and there is no such number, if the recipe has another number
    /// of towers, or the settings have another optimiser.
    pub fn keep_moments(&mut self, moments: KeptMoments) -> Option<u64> {
        let kind = self.setup.config.train.embedding_optimizer;
        let fits = moments.fits(self.towers(), kind, self.setup.schema.features());
        let taken = moments.taken;
        self.moments = fits.then_some(moments);
        fits.then_some(taken)
    }

    /// Takes back the list that this fit handed out in an earlier session. It is not made again.
    pub fn take_back(&mut self, list: List) {
        self.list = Some(list);
    }

    /// Hands out the next result, or makes the next phase ready. Call it at the beginning, after each
    /// result, and when the phase that runs has said [`Event::Done`](crate::event::Event::Done).
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
                    match self.first.take() {
                        Some(teacher) => self.taught(teacher),
                        None => {
                            let recipe = Recipe::of(teacher);
                            self.run(Stage::Teach(self.model_of(TEACH, recipe)?))
                        }
                    }
                }
                source if source.is_searched() => {
                    self.run(Stage::Search(Search::new(self.setup, &self.rows.train)?))
                }
                _ => self.select(Values::default()),
            },
            Stage::Teach(phase) => self.taught(phase.finish()?),
            Stage::Distil(phase) => Ok(self.keep(phase.finish()?)),
            Stage::Search(phase) => Ok(self.keep(phase.finish()?)),
            Stage::Selector(weights) => self.select(weights),
            Stage::List => match self.recipe.start {
                Start::Fitted { method, on_list } if self.start.is_none() => {
                    if let Some(model) = self.first.take() {
                        return self.started(model);
                    }
                    let recipe = Recipe::of(method);
                    let phase = match on_list {
                        true => self.model_on(START, recipe, self.shared())?,
                        false => self.model_of(START, recipe)?,
                    };
                    self.run(Stage::Start(phase))
                }
                Start::Given if self.start.is_none() => match self.first.take() {
                    Some(model) => self.started(model),
                    None => Err(Error::Config("fit: expected a model to go on from".into())),
                },
                _ => self.retrain(),
            },
            Stage::Start(phase) => self.started(phase.finish()?),
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

    /// The share of rows that the list was asked to have; `None` where its size follows from other rules.
    pub fn ratio(&self) -> Option<f64> {
        let cut = self.given.is_none() && self.recipe.list.is_cut();
        cut.then_some(self.setup.config.select.ratio)
    }

    /// The search, while it runs.
    pub fn search(&mut self) -> Option<&mut Search<'a>> {
        match &mut self.stage {
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
}
