//! The device's weights beside the host's.

use crate::log;
use ssim_core::parameters::Values;
use ssim_train::config::{Config, EmbeddingOptimizer, Kl, MaskGradient, ReductionSetting};
use ssim_train::phase::retrain::Retrain;
use ssim_train::phase::search::Search;
use ssim_train::setup::Setup;

/// Everything that a phase has learnt: the table as one more parameter.
fn retrained(config: &Config, device: Option<bool>, towers: usize, list: &[bool]) -> Values {
    let (schema, rows) = log::log();
    let accelerator = device.map(log::device);
    let setup = Setup { accelerator: accelerator.as_ref(), seed: 5, ..Setup::new(&schema, config) };
    let mut phase = Retrain::new(setup, towers, &rows.train, &rows.val, list.to_vec()).unwrap();
    log::run(&mut phase, u64::MAX);
    let model = phase.finish().unwrap();
    let mut values = model.parameters.values().unwrap();
    values.insert("table".into(), (vec![], model.embedding.values().to_vec()));
    values
}

fn searched(config: &Config, device: Option<bool>) -> Values {
    let (schema, rows) = log::log();
    let accelerator = device.map(log::device);
    let setup = Setup { accelerator: accelerator.as_ref(), seed: 5, ..Setup::new(&schema, config) };
    let mut phase = Search::new(setup, &rows.train).unwrap();
    log::run(&mut phase, u64::MAX);
    let result = phase.finish().unwrap();
    let mut values = result.weights;
    values.extend(result.scorer.selector.parameters.values().unwrap());
    values.insert("table".into(), (vec![], result.scorer.table.values().to_vec()));
    values
}

/// Weights are sums that are rounded in another order in every step; Adam divides them by the size of their
/// gradients, so an error grows with the steps and not with the size.
fn agree(told: &str, host: &Values, device: &Values, bound: f32) {
    assert_eq!(host.len(), device.len(), "{told}");
    for (name, (_, host)) in host {
        let device = &device[name].1;
        let furthest = host.iter().zip(device).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(furthest <= bound, "{told}: {name} differs by {furthest}");
    }
}

#[test]
fn retrain_learns_the_same_weights() {
    for kind in
        [EmbeddingOptimizer::Adam, EmbeddingOptimizer::LazyAdam, EmbeddingOptimizer::RowwiseAdagrad]
    {
        for reduction in [ReductionSetting::Batch, ReductionSetting::Scenario] {
            for (towers, list) in [
                (3, log::list()),
                (3, vec![true; log::ROWS]),
                (3, vec![false; log::ROWS]),
                (1, vec![false; log::ROWS]),
            ] {
                let mut config = log::settings();
                config.train.embedding_optimizer = kind;
                config.retrain.reduction = reduction;
                let told = format!("{kind:?}, {reduction:?}, {towers} towers");
                let host = retrained(&config, None, towers, &list);
                let device = retrained(&config, Some(false), towers, &list);
                agree(&told, &host, &device, 1e-4);
                // The order of threads must not change a bit.
                assert_eq!(device, retrained(&config, Some(true), towers, &list), "{told}");
            }
        }
    }
}

#[test]
fn search_learns_the_same_weights() {
    for reduction in [ReductionSetting::Batch, ReductionSetting::Scenario] {
        for (kl, gradient, leak) in [
            (Kl::Linear, MaskGradient::Official, 0.0),
            (Kl::Log, MaskGradient::Relaxed, 0.0),
            (Kl::Linear, MaskGradient::Relaxed, 0.3),
        ] {
            let mut config = log::settings();
            config.search.reduction = reduction;
            (config.search.kl, config.search.gradient, config.search.leak) = (kl, gradient, leak);
            let told = format!("{reduction:?}, {kl:?}, {gradient:?}");
            let host = searched(&config, None);
            let device = searched(&config, Some(false));
            agree(&told, &host, &device, 1e-4);
            assert_eq!(device, searched(&config, Some(true)), "{told}");
        }
    }
}

/// Two equal devices give equal bits, also with another number of rows in the last batch.
#[test]
fn equal_runs_give_equal_bits() {
    for batch in [1, 64, 700, 4096] {
        let mut config = log::settings();
        config.train.batch = batch;
        config.retrain.max_epochs = 1;
        let run = || retrained(&config, Some(false), 3, &log::list());
        let first = run();
        assert_eq!(first, run(), "batches of {batch}");
        agree(
            &format!("batches of {batch}"),
            &retrained(&config, None, 3, &log::list()),
            &first,
            5e-4,
        );
    }
}
