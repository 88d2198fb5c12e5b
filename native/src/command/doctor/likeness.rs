//! Measures how alike the scenarios are: models are fitted in memory with several seeds, one tower for all
//! scenarios and a tower for each, and compared on the validation rows of every scenario.

mod clock;
mod text;

use crate::machine::memory_check;
use crate::machine::training_memory::TrainingMemory;
use crate::terminal::progress::PhaseProgress;
use anyhow::Result;
use clock::{LEAST, SeedClock};
use serde::Serialize;
use ssim_core::delong::AucDifference;
use ssim_core::instances::Instances;
use ssim_core::look::likeness::{self, Contrast, Finding};
use ssim_core::method::Method;
use ssim_core::model::Model;
use ssim_core::split::Split;
use ssim_train::event::Event;
use ssim_train::fit::{Fit, Next};
use ssim_train::phase::Phase;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use ssim_train::step::predict::{predict, predict_by};
use std::ops::Range;
use std::time::Duration;
pub use text::text;

/// Number of scenarios whose towers are tried on each other's rows. A table of more columns is too wide.
const TOWERS: usize = 10;

/// The likeness of scenarios.
#[derive(Serialize)]
pub struct Likeness {
    /// Number of train rows that each model has visited at most.
    pub fit_rows: u64,
    /// Whether that limit has ended a fit before its validation AUC stopped rising.
    pub is_cut: bool,
    /// Seeds of the models: two of each.
    pub seeds: Vec<u64>,
    /// Whether a field says the scenario, so that the one tower can tell scenarios apart.
    pub scenario_is_field: bool,
    /// The gain over all scenarios: the difference of the GAUCs.
    pub all: Option<Pair>,
    /// The gain of every scenario; without a pair where it has no AUC with an error.
    pub scenarios: Vec<Gain>,
    /// Each tower's gain over the own tower, on the rows of each of the largest scenarios.
    pub transfer: Vec<Transfer>,
}

/// The gain of a scenario from sharing: the AUC of one tower for all, less that of a tower of its own.
#[derive(Serialize)]
pub struct Gain {
    pub scenario: String,
    pub rows: usize,
    /// `helps` or `hurts`; nothing where it cannot be told.
    pub sharing: Option<&'static str>,
    #[serde(flatten)]
    pub pair: Option<Pair>,
}

/// The gain of the rows of a scenario from another scenario's tower.
#[derive(Serialize)]
pub struct Transfer {
    pub scenario: String,
    pub tower: String,
    #[serde(flatten)]
    pub pair: Option<Pair>,
}

/// Two AUCs on the same rows.
#[derive(Serialize)]
pub struct Pair {
    /// AUC of one tower for all scenarios, or of the other tower.
    pub auc: f64,
    /// AUC of the scenario's own tower.
    pub auc_own: f64,
    /// The first less the second.
    pub gain: f64,
    /// 95 % interval of the gain over draws of the rows and over seeds.
    pub interval: (f64, f64),
    /// Two-sided p of no gain.
    pub p: Option<f64>,
    /// The same after Holm's correction over all lines of the list.
    pub p_corrected: Option<f64>,
    #[serde(skip)]
    pub finding: Finding,
}

impl From<&Contrast> for Pair {
    fn from(contrast: &Contrast) -> Self {
        let auc = &contrast.auc;
        Self {
            auc: auc.first,
            auc_own: auc.second,
            gain: auc.difference(),
            interval: auc.ends(),
            p: auc.p(),
            p_corrected: contrast.p,
            finding: contrast.finding(),
        }
    }
}

/// The predictions of one seed's models for validation rows.
struct Predictions {
    /// By one tower for all scenarios, `[n]`.
    one: Vec<f32>,
    /// By the own tower, `[n]`.
    own: Vec<f32>,
    /// By each of the towers that are tried on each other's rows, `[T][m]`.
    towers: Vec<Vec<f32>>,
    /// Whether one of the two fits was ended by the limit of its steps.
    is_cut: bool,
}

/// Fits two models per seed and compares them. A model visits at most `fit_rows` train rows, anew in every
/// epoch. With a limit of time there may be fewer seeds, and `None` without time for two of them.
///
/// # Errors
/// There is not enough memory, or a fit fails.
pub fn measure(
    setup: &Setup,
    rows: &Split<Instances>,
    seeds: Range<u64>,
    fit_rows: u64,
    limit: Option<Duration>,
) -> Result<Option<Likeness>> {
    let steps = fit_rows.div_ceil(setup.config.train.batch as u64);
    let (names, val) = (&setup.schema.scenarios, &rows.val);
    let places = likeness::places(&val.scenarios, names.len());
    let chosen = likeness::largest(&places, TOWERS);
    let is_chosen = |i: &u32| chosen.contains(&usize::from(val.scenarios[*i as usize]));
    let tried = val.pick(&(0..val.len() as u32).filter(is_chosen).collect::<Vec<_>>());

    let (mut one, mut own) = (Vec::new(), Vec::new());
    let (mut towers, mut is_cut) = (vec![Vec::new(); chosen.len()], false);
    let clock = SeedClock::new(limit);
    for (done, seed) in (0..).zip(seeds.clone()) {
        if !clock.allows(done) {
            break;
        }
        let setup = Setup { max_steps: Some(steps), seed, ..*setup };
        let is_over = || clock.is_over(done);
        let Some(predicted) = predictions(&setup, rows, &tried, &chosen, &is_over)? else { break };
        one.push(predicted.one);
        own.push(predicted.own);
        is_cut |= predicted.is_cut;
        towers.iter_mut().zip(predicted.towers).for_each(|(tower, logits)| tower.push(logits));
    }

    if one.len() < (LEAST as usize).min((seeds.end - seeds.start) as usize) {
        return Ok(None);
    }
    let found = likeness::by_scenario(&one, &own, &val.labels, &places);
    let weights = places.iter().map(|rows| rows.len() as f64);
    let measured = weights.zip(&found).filter_map(|(w, found)| Some((w, &found.as_ref()?.auc)));
    let all = AucDifference::mean(&measured.collect::<Vec<_>>());
    let gains = names.iter().zip(&places).zip(&found).map(|((name, rows), found)| Gain {
        scenario: name.clone(),
        rows: rows.len(),
        sharing: found.as_ref().and_then(|found| match found.finding() {
            Finding::Higher => Some("helps"),
            Finding::Lower => Some("hurts"),
            Finding::Open => None,
        }),
        pair: found.as_ref().map(Pair::from),
    });
    let tried_places = likeness::places(&tried.scenarios, names.len());
    let tried_places: Vec<_> = chosen.iter().map(|k| tried_places[*k].clone()).collect();
    let found = likeness::transfer(&towers, &tried.labels, &tried_places);
    let pairs =
        chosen.iter().flat_map(|scenario| chosen.iter().map(move |tower| (scenario, tower)));
    let transfer = pairs.zip(found).map(|((scenario, tower), found)| Transfer {
        scenario: names[*scenario].clone(),
        tower: names[*tower].clone(),
        pair: found.as_ref().map(Pair::from),
    });
    Ok(Some(Likeness {
        fit_rows,
        is_cut,
        seeds: seeds.take(one.len()).collect(),
        scenario_is_field: setup.schema.scenario_field(None).is_some(),
        all: Contrast::together(vec![all]).iter().flatten().map(Pair::from).next(),
        scenarios: gains.collect(),
        transfer: transfer.collect(),
    }))
}

/// Fits the two models of a seed, and predicts the validation rows and those on which towers are tried. `None` if the time
/// is over.
fn predictions(
    setup: &Setup,
    rows: &Split<Instances>,
    tried: &Instances,
    chosen: &[usize],
    is_over: &dyn Fn() -> bool,
) -> Result<Option<Predictions>> {
    let (batch, ranks) = (setup.config.train.eval_batch, setup.ranks);
    let Some((model, one_is_cut)) = fit(setup, Method::St, rows, is_over)? else { return Ok(None) };
    let one = predict(&model, &rows.val, batch, ranks)?;
    let Some((model, own_is_cut)) = fit(setup, Method::Mt, rows, is_over)? else { return Ok(None) };
    let own = predict(&model, &rows.val, batch, ranks)?;
    let towers = chosen.iter().map(|k| predict_by(&model, tried, *k as u16, batch, ranks));
    let towers = towers.collect::<ssim_train::Result<_>>()?;
    Ok(Some(Predictions { one, own, towers, is_cut: one_is_cut || own_is_cut }))
}

/// Fits a method in memory. Also tells whether the limit of steps has ended the fit. `None` if the time is over.
fn fit(
    setup: &Setup,
    method: Method,
    rows: &Split<Instances>,
    is_over: &dyn Fn() -> bool,
) -> Result<Option<(Vec<Model>, bool)>> {
    let recipe = Recipe::of(method);
    memory_check::check(setup, &TrainingMemory::of(setup, recipe, None)?)?;
    let mut progress = PhaseProgress::new(format!("{} of seed {}", method.name(), setup.seed));
    let (mut fit, mut is_cut) = (Fit::new(*setup, recipe, rows), false);
    loop {
        match fit.proceed()? {
            Next::End => break,
            Next::Phase => (),
            Next::Selector(_) | Next::List(_) | Next::Model(..) => continue,
        }
        loop {
            match fit.step()? {
                Event::Done => break,
                event => progress.show(&event),
            }
            if is_over() {
                progress.finish();
                return Ok(None);
            }
        }
        is_cut |= setup.max_steps == Some(fit.steps());
    }
    progress.finish();
    Ok(Some((fit.finish()?, is_cut)))
}
