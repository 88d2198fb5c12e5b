//! A model with a tower per scenario can begin as a model with one tower: it then predicts the same.

use crate::fixture::{SCENARIOS, all, close, fresh, instances, names, one_tower};

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
