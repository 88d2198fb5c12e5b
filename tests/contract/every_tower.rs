//! A model with a tower per scenario can begin as a model with one tower: it then predicts the same. Any
//! of its towers can predict the rows of any scenario.

use crate::fixture::{SCENARIOS, all, close, fresh, instances, names, one_tower};
use ssim_train::ranks::Alone;
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
