//! Retrain keeps the epoch that is the best by the metric of the validation rows that the setting names.

use crate::fixture::{self, SCENARIOS};
use ssim_core::instances::Instances;
use ssim_core::metric::{Report, auc};
use ssim_train::config::Stop;
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::setup::Setup;

/// Rows of which the last scenario has no click.
fn val() -> Instances {
    let mut rows = fixture::instances();
    for (label, scenario) in rows.labels.iter_mut().zip(&rows.scenarios) {
        *label &= u8::from(usize::from(*scenario) < SCENARIOS - 1);
    }
    rows
}

/// The share of pairs of a clicked row and another one of which the clicked one has the larger logit.
fn pairs(logits: &[f32], rows: &Instances, counts: impl Fn(usize) -> bool) -> f64 {
    let of = |label: u8| {
        let rows = (0..rows.len()).filter(move |i| rows.labels[*i] == label);
        rows.filter(|i| counts(*i)).collect::<Vec<_>>()
    };
    let (clicked, others) = (of(1), of(0));
    let won = clicked.iter().flat_map(|a| others.iter().map(move |b| (logits[*a], logits[*b])));
    let won: f64 = won.map(|(a, b)| f64::from(a > b) + 0.5 * f64::from(a == b)).sum();
    won / (clicked.len() * others.len()) as f64
}

/// Trains, and checks that the model which is kept is the best. Gives back the epochs that were the
/// best so far.
fn kept(stop: Stop) -> Vec<u64> {
    let (rows, val) = (fixture::instances(), val());
    fixture::with_setup("dnn", 7, |setup| {
        let mut config = setup.config.clone();
        (config.retrain.stop, config.retrain.lr) = (stop, 0.05);
        (config.retrain.max_epochs, config.retrain.patience) = (12, 12);
        let setup = Setup { config: &config, ..*setup };
        let list = vec![false; rows.len()];
        let mut phase = Retrain::new(setup, SCENARIOS, &rows, &val, list).unwrap();
        let (mut best, mut bests) = (f64::MIN, Vec::new());
        loop {
            match phase.step().unwrap() {
                Event::Epoch { epoch, val: Some(report), best: is_best } => {
                    let score = compared(stop, &report);
                    assert_eq!(is_best, score > best, "{stop:?}, epoch {epoch}");
                    if is_best {
                        best = score;
                        bests.push(epoch);
                    }
                }
                Event::Done => break,
                _ => (),
            }
        }
        let model = phase.finish().unwrap();
        let logits = model.predict(&val, &fixture::all()).unwrap();
        let own = |k: u16| pairs(&logits, &val, |i| val.scenarios[i] == k);
        let found = match stop {
            Stop::Pooled => pairs(&logits, &val, |_| true),
            Stop::Mean => (own(0) + own(1)) / 2.0,
            Stop::Gauc => {
                let rows = |k: u16| val.scenarios.iter().filter(|s| **s == k).count() as f64;
                (own(0) * rows(0) + own(1) * rows(1)) / (rows(0) + rows(1))
            }
            Stop::Logloss => {
                let loss = logits.iter().zip(&val.labels).map(|(z, y)| {
                    let p = 1.0 / (1.0 + (-f64::from(*z)).exp());
                    -(if *y == 1 { p } else { 1.0 - p }).ln()
                });
                -loss.sum::<f64>() / val.len() as f64
            }
        };
        let most = if stop == Stop::Logloss { 1e-6 } else { 1e-9 };
        assert!((found - best).abs() < most, "{stop:?}: {found} and {best}");
        bests
    })
}

/// The number that a setting compares, as the reports have it; a larger one is better.
fn compared(stop: Stop, report: &Report) -> f64 {
    match stop {
        Stop::Pooled => report.pooled.auc().unwrap(),
        Stop::Mean => {
            let scenarios = &report.scenarios;
            assert_eq!(scenarios[SCENARIOS - 1].metrics.auc(), None);
            let own = |k: usize| scenarios[k].metrics.auc().unwrap();
            (own(0) + own(1)) / 2.0
        }
        Stop::Gauc => report.gauc.unwrap(),
        Stop::Logloss => -report.pooled.logloss().unwrap(),
    }
}

#[test]
fn the_kept_epoch_is_the_best_by_the_chosen_metric() {
    let [pooled, mean, gauc, logloss] =
        [Stop::Pooled, Stop::Mean, Stop::Gauc, Stop::Logloss].map(kept);
    for other in [mean, gauc, logloss] {
        assert_ne!(pooled, other, "these rows do not tell the two apart");
    }
}

#[test]
fn pairs_are_the_auc() {
    let rows = fixture::instances();
    let logits = fixture::noise("stop", rows.len(), 1.0);
    let expected = auc(&logits, &rows.labels).unwrap();
    assert!((pairs(&logits, &rows, |_| true) - expected).abs() < 1e-12);
}
