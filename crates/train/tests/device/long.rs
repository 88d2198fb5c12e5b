//! Two hundred steps. Weights drift apart by the rounding of sums; what they predict must not.

use crate::log;
use ssim_train::config::Config;
use ssim_train::phase::Phase;
use ssim_train::phase::retrain::Retrain;
use ssim_train::phase::search::Search;
use ssim_train::setup::Setup;

/// Ten steps in each of twenty epochs.
fn settings() -> Config {
    let mut config = log::settings();
    config.train.batch = 70;
    (config.retrain.max_epochs, config.retrain.patience, config.search.epochs) = (20, 20, 20);
    config
}

/// Logits of the train rows after 200 steps of retrain. They are the validation rows too, so that the best epoch
/// is one of the last.
fn retrained(device: Option<bool>) -> Vec<f32> {
    let ((schema, rows), config) = (log::log(), settings());
    let accelerator = device.map(log::device);
    let setup =
        Setup { accelerator: accelerator.as_ref(), seed: 7, ..Setup::new(&schema, &config) };
    let mut phase = Retrain::new(setup, 3, &rows.train, &rows.train, log::list()).unwrap();
    log::run(&mut phase, u64::MAX);
    assert_eq!(phase.steps(), 200);
    let all: Vec<u32> = (0..log::ROWS as u32).collect();
    phase.finish().unwrap().predict(&rows.train, &all).unwrap()
}

/// Scores of the train rows after 200 steps of search.
fn searched(device: Option<bool>) -> Vec<f32> {
    let ((schema, rows), config) = (log::log(), settings());
    let accelerator = device.map(log::device);
    let setup =
        Setup { accelerator: accelerator.as_ref(), seed: 7, ..Setup::new(&schema, &config) };
    let mut phase = Search::new(setup, &rows.train).unwrap();
    log::run(&mut phase, u64::MAX);
    assert_eq!(phase.steps(), 200);
    phase.scores(&rows.train).unwrap()
}

/// The host in place of a GPU differs by 4e-6 at most; a GPU adds up in still other orders. A difference of 0.001 in
/// a logit moves a probability by 0.00025.
fn agree(told: &str, host: &[f32], device: &[f32]) {
    let furthest = host.iter().zip(device).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest <= 1e-3, "{told}: a value differs by {furthest}");
    // Equal predictions of all rows would agree without having learnt anything.
    let spread =
        host.iter().fold(f32::MIN, |a, b| a.max(*b)) - host.iter().fold(f32::MAX, |a, b| a.min(*b));
    assert!(spread > 0.5, "{told}: all values are within {spread}");
}

#[test]
fn after_two_hundred_steps_predictions_and_scores_are_the_same() {
    agree("retrain", &retrained(None), &retrained(Some(false)));
    agree("search", &searched(None), &searched(Some(false)));
}
