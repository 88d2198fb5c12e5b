//! The recipes of the methods, as data: how many towers, which rows they share, where their weights
//! start, and which settings they fix. A fit asks its recipe and never which method it is.

use crate::config::{Config, Heads, MamdrConfig};
use crate::error::Result;
use crate::select::random_scores;
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
use ssim_core::mask::Pool;
use ssim_core::method::Method;

/// The source of the list of shared rows.
#[derive(Clone, Copy, Debug)]
pub enum ListSource {
    /// No row is shared.
    Nothing,
    /// Every row is shared.
    Everything,
    /// The rows that a rule scores best, without any training: it gives raw scores `[n]`.
    Rule(fn(&Setup, &Instances) -> Result<Vec<f32>>),
    /// The rows that a search scores best.
    Search,
    /// The rows that a selector scores best which has learnt from this method's fitted model by
    /// scenario swap ([`crate::swap`]).
    Taught(Method),
    /// Rows drawn anew for every epoch, each with the probability that a search gives it.
    Soft,
}

impl ListSource {
    /// Whether a selector scores the rows, so that it takes training to make the list.
    pub fn needs_selector(self) -> bool {
        self.is_searched() || matches!(self, Self::Taught(_))
    }

    /// Whether a search makes the scores of the list.
    pub fn is_searched(self) -> bool {
        matches!(self, Self::Search | Self::Soft)
    }

    /// Whether the list is a cut of scores, so that its size is the share `select.ratio` of the rows.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::Rule(_) | Self::Search | Self::Taught(_))
    }
}

/// The start of the weights that are trained on the list.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// The seed's values, where a search starts too.
    Seed,
    /// The searched weights.
    Searched,
    /// A model that is fitted first. If it has one tower, every tower starts as a copy of that one. The
    /// model competes with the epochs that follow: if training on does not improve it on validation
    /// rows, it stays as it is.
    Fitted {
        /// The method whose towers the first model has.
        method: Method,
        /// Whether the first model is trained on the list; the towers are then trained on without any
        /// shared rows. Otherwise the first model shares the rows that its own method shares.
        on_list: bool,
    },
    /// A model from outside, such as that of an earlier day, which competes as a fitted one does.
    Given,
}

/// The order in which an epoch of the training on the list learns its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScenarioOrder {
    /// The rows of all scenarios in one random order.
    #[default]
    Mixed,
    /// Scenario after scenario, and then an outer step: domain negotiation of MAMDR (Luo et al. 2023,
    /// arXiv:2202.12524).
    Negotiation,
    /// Rows of another scenario, rows of the model's own, and then an outer step, for several other
    /// scenarios: domain regularisation of MAMDR. It is for recipes with copies.
    Regularisation,
}

impl ScenarioOrder {
    /// The part of the way that an outer step moves the weights; `None` if there are no outer steps.
    pub fn outer_rate(self, settings: &MamdrConfig) -> Option<f64> {
        match self {
            Self::Mixed => None,
            Self::Negotiation => Some(settings.negotiation_rate),
            Self::Regularisation => Some(settings.regularisation_rate),
        }
    }
}

/// A recipe: how a method is trained.
///
/// ```
/// use ssim_core::method::Method;
/// use ssim_train::config::Config;
/// use ssim_train::recipe::Recipe;
///
/// let recipe = Recipe::of(Method::SsimNk);
/// assert_eq!(recipe.towers(4), 4);
/// assert!(recipe.list.is_searched() && recipe.takes_list());
/// assert_eq!(recipe.settings(&Config::default()).search.lambda, 0.0);
/// ```
#[derive(Debug)]
pub struct Recipe {
    /// Whether every scenario has a tower of its own.
    pub towers: bool,
    /// The source of the list of shared rows.
    pub list: ListSource,
    /// Whether the list is directed: its rows train the towers of like scenarios alone. It is for lists that are
    /// taught.
    pub directed: bool,
    /// The start of the weights.
    pub start: Start,
    /// Whether every scenario gets a copy of the whole model, trained and stopped on its own rows.
    pub copies: bool,
    /// The order of the rows.
    pub order: ScenarioOrder,
    /// Settings that the method fixes.
    pub settings: fn(&mut Config),
}

/// The recipe of `ssim`; the others say how they differ from it.
const SSIM: Recipe = Recipe {
    towers: true,
    list: ListSource::Search,
    directed: false,
    start: Start::Seed,
    copies: false,
    order: ScenarioOrder::Mixed,
    settings: |_| (),
};

/// Rows drawn at random.
const RANDOM: ListSource =
    ListSource::Rule(|setup, train| Ok(random_scores(train.len(), setup.seed)));

/// The fitted model of `st`.
const FROM_ST: Start = Start::Fitted { method: Method::St, on_list: false };

/// The recipe of every method.
const TABLE: &[(Method, Recipe)] = &[
    (Method::St, Recipe { towers: false, list: ListSource::Nothing, ..SSIM }),
    (
        Method::Finetune,
        Recipe { towers: false, list: ListSource::Nothing, start: FROM_ST, copies: true, ..SSIM },
    ),
    (
        Method::Dn,
        Recipe {
            towers: false,
            list: ListSource::Nothing,
            order: ScenarioOrder::Negotiation,
            ..SSIM
        },
    ),
    (
        Method::Mamdr,
        Recipe {
            towers: false,
            list: ListSource::Nothing,
            start: Start::Fitted { method: Method::Dn, on_list: false },
            copies: true,
            order: ScenarioOrder::Regularisation,
            ..SSIM
        },
    ),
    (Method::Mt, Recipe { list: ListSource::Nothing, ..SSIM }),
    (Method::MtS, Recipe { list: ListSource::Everything, ..SSIM }),
    (Method::MtFromSt, Recipe { list: ListSource::Nothing, start: FROM_ST, ..SSIM }),
    (
        Method::MtFromMtS,
        Recipe {
            list: ListSource::Nothing,
            start: Start::Fitted { method: Method::MtS, on_list: false },
            ..SSIM
        },
    ),
    (Method::Ssim, SSIM),
    (Method::SsimR, Recipe { list: RANDOM, ..SSIM }),
    (
        Method::SsimSearched,
        Recipe { start: Start::Searched, settings: |config| config.retrain.max_epochs = 0, ..SSIM },
    ),
    (Method::SsimP, Recipe { start: Start::Searched, ..SSIM }),
    (Method::SsimSoft, Recipe { list: ListSource::Soft, ..SSIM }),
    (Method::SsimNk, Recipe { settings: |config| config.search.lambda = 0.0, ..SSIM }),
    (Method::SsimNd, Recipe { settings: |config| config.selector.heads = Heads::One, ..SSIM }),
    (Method::SsimPlus, Recipe { list: ListSource::Taught(Method::St), ..SSIM }),
    (
        Method::SsimPlusDirected,
        Recipe {
            list: ListSource::Taught(Method::St),
            directed: true,
            // Scenarios with other borrowers have scores that cannot be compared.
            settings: |config| config.select.by = Pool::Scenario,
            ..SSIM
        },
    ),
    (
        Method::SsimPlusFromSt,
        Recipe { list: ListSource::Taught(Method::St), start: FROM_ST, ..SSIM },
    ),
    (Method::SsimRFromSt, Recipe { list: RANDOM, start: FROM_ST, ..SSIM }),
];

impl Recipe {
    /// The recipe of a method.
    pub fn of(method: Method) -> &'static Recipe {
        // The table has a row for every method, which a test checks.
        TABLE.iter().find(|(known, _)| *known == method).map_or(&SSIM, |(_, recipe)| recipe)
    }

    /// The method of the model that is fitted before all else, to teach the selector or to start from;
    /// `None` if there is none, or if it learns from the list. A list that was `given` needs no teacher.
    pub fn first(&self, given: bool) -> Option<Method> {
        match (self.list, self.start) {
            (ListSource::Taught(teacher), _) if !given => Some(teacher),
            (_, Start::Fitted { method, on_list: false }) => Some(method),
            _ => None,
        }
    }

    /// The recipe that goes on from a model from outside: it makes the same list, and trains on it. `None` if it
    /// trains a copy per scenario, or if the list needs a selector and none was `given`.
    pub fn going_on(&self, given: bool) -> Option<Recipe> {
        let has_list = given || !self.list.needs_selector();
        (has_list && !self.copies).then_some(Recipe { start: Start::Given, ..*self })
    }

    /// Whether a model of this recipe can be the first model of another recipe.
    pub fn can_be_first(&self) -> bool {
        matches!(self.start, Start::Seed)
            && matches!(self.list, ListSource::Nothing | ListSource::Everything)
            && !self.copies
    }

    /// Whether the weights start from the model that teaches the selector.
    pub(crate) fn starts_from_teacher(&self) -> bool {
        match (self.list, self.start) {
            (ListSource::Taught(teacher), Start::Fitted { method, on_list: false }) => {
                teacher == method
            }
            _ => false,
        }
    }

    /// Number of towers for `scenarios` scenarios.
    pub fn towers(&self, scenarios: usize) -> usize {
        if self.towers { scenarios } else { 1 }
    }

    /// Whether a list from outside can take the place of the recipe's own.
    pub fn takes_list(&self) -> bool {
        let rewinds = !matches!(self.start, Start::Searched);
        self.towers && rewinds && !matches!(self.list, ListSource::Soft) && !self.copies
    }

    /// The settings with those that the method fixes.
    pub fn settings(&self, config: &Config) -> Config {
        let mut config = config.clone();
        (self.settings)(&mut config);
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_one_recipe() {
        let methods: Vec<_> = TABLE.iter().map(|(method, _)| *method).collect();
        assert_eq!(methods, Method::all().collect::<Vec<_>>());
    }

    #[test]
    fn a_first_model_starts_from_the_seed_and_needs_no_selector() {
        for (method, recipe) in TABLE {
            let (first, on_list) = match (recipe.start, recipe.list) {
                (Start::Searched, list) => {
                    assert!(list.is_searched(), "{method}");
                    continue;
                }
                (Start::Fitted { method, on_list }, _) => (Recipe::of(method), on_list),
                (Start::Seed, ListSource::Taught(teacher)) => (Recipe::of(teacher), false),
                (Start::Seed | Start::Given, _) => continue,
            };
            assert!(matches!(first.start, Start::Seed) && !first.copies, "{method}");
            assert!(on_list || first.can_be_first(), "{method}");
        }
    }

    #[test]
    fn fixed_settings_are_valid() {
        for method in Method::all() {
            Recipe::of(method).settings(&Config::default()).check().unwrap();
        }
    }
}
