//! Settings of the search that the published form does not have, or that it treats in another way.

use crate::world::World;
use ssim_core::mask::{Pool, SearchMask};
use ssim_core::routing::Routing;
use ssim_tests::written;
use ssim_train::config::{Anneal, Config, Kl, MaskGradient, Reduction};
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::search::Search;
use ssim_train::select::Draw;
use ssim_train::step::loss::{self, Whole};
use ssim_train::step::selection::Selection;
use ssim_train::step::slice::Slice;
use std::f64::consts::E;

/// The temperatures of all steps.
fn temperatures(world: &World, config: &Config) -> Vec<f64> {
    let mut search = Search::new(world.setup(config), &world.instances).unwrap();
    let mut seen = Vec::new();
    loop {
        match search.step().unwrap() {
            Event::Step { temperature, .. } => seen.extend(temperature),
            Event::Done => return seen,
            Event::Table { .. } => (),
            Event::Epoch { .. } => {}
        }
    }
}

#[test]
fn the_temperature_rises_over_all_steps_or_over_each_epoch() {
    let world = World::new();
    let steps = world.instances.len().div_ceil(crate::world::BATCH);
    let mut config = world.config.clone();
    config.search.epochs = 2;
    let most = config.search.final_temperature;
    let rises = |seen: &[f64], exponent: &dyn Fn(usize) -> f64| {
        assert_eq!(seen.len(), 2 * steps);
        for (t, tau) in seen.iter().enumerate() {
            let expected = most.powf(exponent(t));
            assert!((tau / expected - 1.0).abs() < 1e-9, "step {t}: {tau}, expected {expected}");
        }
    };

    let last = (2 * steps - 1) as f64;
    rises(&temperatures(&world, &config), &|t| t as f64 / last);

    // The published code multiplies before every step but the first of an epoch and never resets.
    config.search.anneal = Anneal::Epoch;
    let per_epoch = |t: usize| (t / steps) as f64 + (t % steps) as f64 / (steps - 1) as f64;
    rises(&temperatures(&world, &config), &per_epoch);

    // In an epoch of one step the temperature cannot rise.
    config.train.batch = world.instances.len();
    assert!(temperatures(&world, &config).iter().all(|tau| tau.is_finite()));
}

#[test]
fn head_bias_lifts_every_head() {
    let world = World::new();
    let biases = |head_bias: f64| {
        let mut config = world.config.clone();
        config.search.head_bias = head_bias;
        let search = Search::new(world.setup(&config), &world.instances).unwrap();
        search.selector().parameters.values().unwrap()
    };
    let (before, mut after) = (biases(0.0), biases(0.25));
    let (_, heads) = after.get_mut("selector.heads.bias").unwrap();
    for (after, before) in heads.iter_mut().zip(&before["selector.heads.bias"].1) {
        assert_eq!(*after, before + 0.25);
        *after = *before;
    }
    assert_eq!(before, after, "nothing else is moved");
}

/// The gradients of the scores of two rows, one above the threshold and one below, and the gradient
/// that the second row would have with a leak of 1.
fn score_gradients(leak: f64) -> (Vec<f64>, f64) {
    let selection = Selection {
        mask: SearchMask { threshold: 0.5, final_temperature: 1000.0 },
        temperature: 2.0,
        lambda: 0.3,
        kl: Kl::Linear,
        gradient: MaskGradient::Official,
        leak,
    };
    let (z, scenarios) = ([0.4f32, -0.2], [0u16, 1]);
    let shared = z.map(|z| selection.mask.shares(z, selection.temperature));
    assert_eq!(shared, [true, false]);
    let routing = Routing::new(2, &scenarios, &shared);
    let logits = vec![0.1; routing.pairs().len()];
    let slice = Slice {
        places: [0, 1].into(),
        routing,
        logits,
        labels: vec![1, 0],
        scenarios: scenarios.to_vec(),
        scores: z.to_vec(),
    };
    let whole = Whole { rows: 2, shared: 1, others: 1.0, borrowers: None };
    let (_, slices) = loss::evaluate(&[slice], whole, Reduction::Batch, Some(&selection));
    let gradients = slices[0].scores.iter().map(|g| f64::from(*g)).collect();
    let p = 1.0 / (1.0 + f64::exp(2.0 * 0.2));
    // Below the threshold there is only the gradient of the KL term: −λe/m through τp(1−p).
    (gradients, -0.3 * E / 2.0 * 2.0 * p * (1.0 - p))
}

#[test]
fn a_leak_lets_private_rows_vote() {
    let (none, whole) = score_gradients(0.0);
    assert_eq!(none[1], 0.0, "the published form is silent below the threshold");
    for leak in [0.1, 1.0] {
        let (some, _) = score_gradients(leak);
        assert_eq!(some[0], none[0], "above the threshold nothing changes");
        assert!((some[1] / (leak * whole) - 1.0).abs() < 1e-6, "{} {}", some[1], leak * whole);
    }
}

/// A retraining after a finished search, whose list is drawn anew for every epoch.
fn redrawn<'a>(world: &'a World, config: &'a Config) -> Retrain<'a> {
    let (setup, rows) = (world.setup(config), &world.instances);
    let found = Search::new(setup, rows).unwrap().finish().unwrap();
    let towers = world.schema.scenarios.len();
    let mut retrain = Retrain::new(setup, towers, rows, rows, vec![false; rows.len()]).unwrap();
    retrain.redraw(Draw::Dropout(found.scorer));
    retrain
}

#[test]
fn a_selector_with_dropout_draws_a_list_for_every_epoch() {
    let world = World::new();
    let mut config = world.config.clone();
    (config.select.dropout, config.retrain.max_epochs, config.retrain.patience) = (0.3, 3, 9);
    config.select.by = Pool::Global;
    let mut retrain = redrawn(&world, &config);
    let (mut lists, mut saved) = (Vec::new(), Vec::new());
    loop {
        match retrain.step().unwrap() {
            Event::Step { step: 2, .. } => {
                lists.push(retrain.list().to_vec());
                saved.push(written(|to| retrain.save(to)));
            }
            Event::Done => break,
            _ => {}
        }
    }
    assert_eq!(lists.len(), 3);
    let k = (world.instances.len() as f64 * config.select.ratio) as usize;
    assert!(lists.iter().all(|list| list.iter().filter(|bit| **bit).count() == k));
    assert!(lists[0] != lists[1] && lists[1] != lists[2], "another list for every epoch");

    // A run that is resumed in the middle of an epoch draws the list of that epoch.
    let mut again = redrawn(&world, &config);
    again.resume(&saved[1]).unwrap();
    again.step().unwrap();
    assert_eq!(again.list(), lists[1]);
}
