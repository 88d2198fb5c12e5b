//! A model with a tower per scenario can begin as a model with one tower: it then predicts the same. Any
//! of its towers can predict the rows of any scenario.

use crate::fixture::{SCENARIOS, all, close, fresh, instances, names, one_tower, with_setup};
use ssim_train::event::Event;
use ssim_train::phase::Phase;
use ssim_train::ranks::Alone;
use ssim_train::retrain::{Retrain, StartWeights};
use ssim_train::setup::Setup;
use ssim_train::step::predict::predict_by;

#[test]
fn every_tower_begins_as_the_only_one() {
    let (rows, order) = (instances(), all());
    for name in names() {
        let one = one_tower(name);
        let mut many = fresh(name, SCENARIOS, 9);
        many.embedding = one.embedding.clone();
        many.parameters.restore_every_tower(&one.parameters.values().unwrap()).unwrap();
        let (expected, found) = (one.predict(&rows, &order), many.predict(&rows, &order));
        close(name, &found.unwrap(), &expected.unwrap(), 2e-6);
    }
}

#[test]
fn another_network_is_refused() {
    let many = fresh("dcn", SCENARIOS, 9);
    let other = one_tower("dnn").parameters.values().unwrap();
    let told = many.parameters.restore_every_tower(&other).unwrap_err().to_string();
    assert!(told.contains("is missing"), "{told}");
}

#[test]
fn a_tower_predicts_the_rows_of_every_scenario() {
    let (rows, order) = (instances(), all());
    for name in names() {
        let model = fresh(name, SCENARIOS, 9);
        let every = model.predict_all(&rows, &order).unwrap();
        for tower in 0..SCENARIOS {
            let found = predict_by(&model, &rows, tower as u16, 7, &Alone).unwrap();
            let expected: Vec<f32> = every.iter().skip(tower).step_by(SCENARIOS).copied().collect();
            close(name, &found, &expected, 2e-6);
        }
    }
}

/// The largest change of a dense weight by the first step of a training that goes on from a fitted model.
fn first_change(continued_lr: f64) -> f32 {
    let one = one_tower("dnn");
    // Rows of which the model knows nothing, so that a step makes it better and is kept: a row has a click
    // if the model expects none.
    let mut rows = instances();
    let logits = one.predict(&rows, &all()).unwrap();
    let mut sorted = logits.clone();
    sorted.sort_by(f32::total_cmp);
    rows.labels = logits.iter().map(|z| u8::from(*z < sorted[logits.len() / 2])).collect();
    with_setup("dnn", 7, |setup| {
        let mut config = setup.config.clone();
        (config.retrain.continued_lr, config.retrain.lr, config.retrain.l2) =
            (continued_lr, 0.1, 0.0);
        (config.train.batch, config.retrain.max_epochs) = (rows.len(), 1);
        let setup = Setup { config: &config, ..*setup };
        let list = vec![false; rows.len()];
        let mut phase = Retrain::new(setup, 1, &rows, &rows, list).unwrap();
        let values = one.parameters.values().unwrap();
        let table = one.embedding.clone();
        let start = StartWeights { towers: 1, values: values.clone(), table, competes: true };
        phase.start_from(&start).unwrap();
        while phase.step().unwrap() != Event::Done {}
        let after = phase.finish().unwrap().parameters.values().unwrap();
        let changes = values.iter().flat_map(|(name, (_, before))| {
            before.iter().zip(&after[name].1).map(|(a, b)| (a - b).abs())
        });
        changes.fold(0.0, f32::max)
    })
}

#[test]
fn a_continued_training_has_its_own_learning_rate() {
    // Adam's first step moves a weight by the learning rate.
    for part in [1.0, 0.25] {
        let change = first_change(part);
        assert!((change - 0.1 * part as f32).abs() < 1e-4, "{part}: {change}");
    }
}
