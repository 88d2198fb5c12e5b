//! A training that goes on from another one, with the state of its optimisers, learns what one long training learns.

use crate::fixture::{self, ROWS, SCENARIOS};
use ssim_core::model::Model;
use ssim_tests::written;
use ssim_train::config::{Config, EmbeddingOptimizer, Stop};
use ssim_train::event::Event;
use ssim_train::optimizer::KeptMoments;
use ssim_train::phase::Phase;
use ssim_train::retrain::{Retrain, StartWeights};
use ssim_train::setup::Setup;

/// Settings with which every step learns from all rows, and every epoch is better than the one before.
fn config(of: &Setup, kind: EmbeddingOptimizer, epochs: u64) -> Config {
    let mut config = of.config.clone();
    (config.train.batch, config.train.embedding_optimizer) = (ROWS, kind);
    (config.retrain.max_epochs, config.retrain.stop) = (epochs, Stop::Logloss);
    (config.retrain.lr, config.retrain.l2, config.retrain.continued_lr) = (2e-3, 1e-3, 1.0);
    config.retrain.dropout = 0.0;
    config
}

/// Trains to the end, and gives the model and the last checkpoint.
fn ended(mut phase: Retrain) -> (Model, Vec<u8>) {
    loop {
        match phase.step().unwrap() {
            Event::Epoch { best, .. } => assert!(best, "an epoch is not the best"),
            Event::Done => break,
            _ => (),
        }
    }
    let bytes = written(|to| phase.save(to));
    (phase.finish().unwrap(), bytes)
}

/// The largest difference of two models' weights, apart from one row of the table.
fn distance(a: &Model, b: &Model, but: Option<usize>) -> f32 {
    let [of_a, of_b] = [a, b].map(|model| model.parameters.values().unwrap());
    let dense = of_a.values().zip(of_b.values()).flat_map(|(a, b)| a.1.iter().zip(&b.1));
    let dim = a.embedding.dim();
    let tables = a.embedding.values().iter().zip(b.embedding.values()).enumerate();
    let tables = tables.filter(|(i, _)| Some(i / dim) != but).map(|(_, pair)| pair);
    dense.chain(tables).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn is_one_training() {
    let rows = fixture::instances();
    let kinds = [
        EmbeddingOptimizer::Adam,
        EmbeddingOptimizer::LazyAdam,
        EmbeddingOptimizer::RowwiseAdagrad,
    ];
    for kind in kinds {
        fixture::with_setup("dnn", 7, |of| {
            let settings = |epochs| config(of, kind, epochs);
            let [whole, first, second, one] = [9, 6, 3, 1].map(settings);
            let list = vec![false; ROWS];
            let begin = |config| {
                let setup = Setup { config, ..*of };
                Retrain::new(setup, SCENARIOS, &rows, &rows, list.clone()).unwrap()
            };
            let (whole, _) = ended(begin(&whole));
            let (early, checkpoint) = ended(begin(&first));
            let kept = || {
                let setup = Setup { config: &first, ..*of };
                KeptMoments::read(&checkpoint, &setup).unwrap()
            };
            assert_eq!(kept().taken, 6);
            let later = |config, kept: Option<KeptMoments>| {
                let mut phase = begin(config);
                let table = early.embedding.clone();
                let start = StartWeights::fitted(SCENARIOS, &early.parameters, table).unwrap();
                phase.start_from(&start).unwrap();
                kept.into_iter().for_each(|kept| phase.go_on(kept));
                phase
            };
            let (going_on, _) = ended(later(&second, Some(kept())));
            let (anew, _) = ended(later(&second, None));
            // Sums over the rows are in another order, since another epoch has another order.
            let [same, other] = [&going_on, &anew].map(|model| distance(&whole, model, None));
            assert!(same < 2e-6, "{kind:?}: {same}");
            assert!(other > 100.0 * same, "{kind:?}: {same} {other}");

            // A checkpoint of the later training belongs to it alone, and goes on.
            let mut interrupted = later(&second, Some(kept()));
            (0..3).for_each(|_| drop(interrupted.step().unwrap()));
            let bytes = written(|to| interrupted.save(to));
            let mut resumed = later(&second, Some(kept()));
            resumed.resume(&bytes).unwrap();
            assert_eq!(distance(&ended(resumed).0, &going_on, None), 0.0);
            let told = later(&second, None).resume(&bytes).unwrap_err().to_string();
            assert!(told.contains("went on after 0 steps, got 6"), "{told}");

            // An id that is new has moments of its own: after one step nothing else differs.
            let mut ids: Vec<Option<u32>> = (0..early.embedding.rows() as u32).map(Some).collect();
            let (old, _) = ended(later(&one, Some(kept().of_ids(&ids))));
            assert_eq!(distance(&old, &ended(later(&one, Some(kept()))).0, None), 0.0);
            let new = rows.ids[0];
            ids[new as usize] = None;
            let (fresh, _) = ended(later(&one, Some(kept().of_ids(&ids))));
            assert_eq!(distance(&old, &fresh, Some(new as usize)), 0.0);
            assert!(distance(&old, &fresh, None) > 1e-5);
        });
    }
}

#[test]
fn another_network_begins_anew() {
    let rows = fixture::instances();
    fixture::with_setup("dnn", 7, |of| {
        let config = config(of, EmbeddingOptimizer::Adam, 2);
        let setup = Setup { config: &config, ..*of };
        let list = vec![false; ROWS];
        let one = || Retrain::new(setup, 1, &rows, &rows, list.clone()).unwrap();
        let (_, checkpoint) = ended(one());
        let mut phase = Retrain::new(setup, SCENARIOS, &rows, &rows, list.clone()).unwrap();
        phase.go_on(KeptMoments::read(&checkpoint, &setup).unwrap());
        let plain = Retrain::new(setup, SCENARIOS, &rows, &rows, list.clone()).unwrap();
        assert_eq!(distance(&ended(phase).0, &ended(plain).0, None), 0.0);
        // A checkpoint of another backbone is none of this training.
        let other = Setup { backbone: "dcn", ..setup };
        let told = KeptMoments::read(&checkpoint, &other).err().unwrap().to_string();
        assert!(told.contains("expected one of this run's training"), "{told}");
        KeptMoments::read(&checkpoint[..99].to_vec(), &setup).err().unwrap();
    });
}
