//! A source of lists that is not in the table: a recipe and one function. The fit carries it out like
//! any other, so hosts need not know it.

use crate::fixture;
use ssim_core::instances::Instances;
use ssim_core::split::Split;
use ssim_train::Result;
use ssim_train::event::Event;
use ssim_train::fit::{Fit, Next};
use ssim_train::phase::Phase;
use ssim_train::recipe::{ListSource, Recipe, ScenarioOrder, Start};
use ssim_train::setup::Setup;

/// The clicked rows first.
fn clicks(_: &Setup, train: &Instances) -> Result<Vec<f32>> {
    Ok(train.labels.iter().map(|label| f32::from(*label)).collect())
}

const CLICKS: Recipe = Recipe {
    towers: true,
    list: ListSource::Rule(clicks),
    directed: false,
    start: Start::Seed,
    copies: false,
    order: ScenarioOrder::Mixed,
    settings: |config| {
        config.select.ratio = 0.25;
        config.select.by = ssim_core::mask::Pool::Global;
    },
};

/// A first model that is trained on the list, and towers that go on from it without shared rows.
const FROM_CLICKS: Recipe = Recipe {
    start: Start::Fitted { method: ssim_core::method::Method::MtS, on_list: true },
    ..CLICKS
};

/// The phases that a host hears of, the list, and the number of models.
fn carried_out(recipe: &Recipe) -> (Vec<String>, Vec<bool>, usize) {
    let rows = fixture::instances();
    let rows = Split { train: rows.clone(), val: rows.clone(), test: rows };
    fixture::with_setup("dnn", 7, |setup| {
        let config = recipe.settings(setup.config);
        let setup = Setup { config: &config, ..*setup };
        let mut fit = Fit::new(setup, recipe, &rows);
        let (mut phases, mut shared, mut models) = (Vec::new(), Vec::new(), 0);
        let mut steps = 0;
        loop {
            match fit.proceed().unwrap() {
                Next::Phase => {
                    phases.push(fit.name().to_owned());
                    while fit.step().unwrap() != Event::Done {}
                    steps += fit.steps();
                }
                Next::Selector(_) => panic!("a rule needs no selector"),
                Next::List(list) => shared = list.shared.clone(),
                Next::Model(copy, _) => {
                    assert_eq!(copy, None);
                    models += 1;
                }
                Next::End => break,
            }
        }
        assert_eq!(steps, fit.total(), "no phase stops early here");
        assert_eq!(fit.ratio(), Some(0.25));
        (phases, shared, models)
    })
}

#[test]
fn a_rule_makes_a_list() {
    let (phases, shared, models) = carried_out(&CLICKS);
    assert_eq!((phases, models), (vec!["retrain".to_owned()], 1));
    let labels = fixture::instances().labels;
    let listed = shared.iter().filter(|bit| **bit).count();
    assert_eq!(listed, labels.len() / 4);
    assert!(shared.iter().zip(&labels).all(|(shared, label)| !shared || *label == 1));
}

#[test]
fn a_first_model_is_trained_on_the_list() {
    let (phases, shared, models) = carried_out(&FROM_CLICKS);
    assert_eq!((phases, models), (vec!["start".to_owned(), "retrain".to_owned()], 1));
    assert_eq!(shared, carried_out(&CLICKS).1);
}

#[test]
fn a_list_that_was_handed_out_is_not_made_again() {
    let rows = fixture::instances();
    let rows = Split { train: rows.clone(), val: rows.clone(), test: rows };
    fixture::with_setup("dnn", 7, |setup| {
        let mut fit = Fit::new(*setup, &CLICKS, &rows);
        let kept = ssim_train::select::List::unscored(vec![true; rows.train.len()]);
        fit.take_back(kept.clone());
        let Next::List(list) = fit.proceed().unwrap() else { panic!("the list comes first") };
        assert_eq!(*list, kept);
    });
}

#[test]
fn a_fit_is_driven_in_order() {
    let rows = fixture::instances();
    let rows = Split { train: rows.clone(), val: rows.clone(), test: rows };
    fixture::with_setup("dnn", 7, |setup| {
        let mut fit = Fit::new(*setup, &CLICKS, &rows);
        let told = |error: ssim_train::Error| error.to_string();
        assert!(told(fit.step().unwrap_err()).contains("call proceed first"));
        assert!(told(fit.resume(&Vec::new()).unwrap_err()).contains("call proceed first"));
        assert!(matches!(fit.proceed().unwrap(), Next::List(_)));
        assert!(matches!(fit.proceed().unwrap(), Next::Phase));
        fit.step().unwrap();
        let early = told(fit.proceed().err().unwrap());
        assert_eq!(early, "fit: expected phase retrain to be done, got it running");
        while fit.step().unwrap() != Event::Done {}
        assert!(matches!(fit.proceed().unwrap(), Next::Model(None, _)));
        assert!(matches!(fit.proceed().unwrap(), Next::End));
    });
}
