//! A directed list: its objective is computed here row by row, and at its ends it is a list of all towers, or none.

use crate::fixture::{self, SCENARIOS, close, names};
use ssim_core::borrowers::Borrowers;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_train::config::Reduction;
use ssim_train::ranks::Alone;
use ssim_train::step::gradients::{Gradients, Objective, gradients};
use ssim_train::step::slice::{Batch, Sharing};

fn list(rows: &Instances) -> Vec<bool> {
    (0..rows.len()).map(|i| i % 3 != 0).collect()
}

fn step(model: &Model, reduction: Reduction, sharing: Sharing) -> Gradients {
    let (rows, which) = (fixture::instances(), fixture::all());
    let batch = Batch { instances: &rows, rows: &which };
    let objective = Objective { reduction, dropout: 0.0, key: 5, draw: None };
    gradients(model, batch, sharing, objective, &Alone).unwrap()
}

/// The loss of a step and all gradients of the weights, one after the other.
fn numbers(model: &Model, got: &Gradients) -> Vec<f32> {
    let mut all = vec![got.loss as f32];
    all.extend(fixture::of_weights(model, &got.stores));
    all
}

#[test]
fn with_all_borrowers_it_is_a_list_and_with_none_no_row_is_shared() {
    let rows = fixture::instances();
    let (list, nothing) = (list(&rows), vec![false; rows.len()]);
    for name in names() {
        let model = fixture::model(name);
        let found = |sharing| numbers(&model, &step(&model, model.reduction(), sharing));
        let all = Borrowers::new(SCENARIOS, |_, _| true);
        let none = Borrowers::new(SCENARIOS, |_, _| false);
        assert_eq!(found(Sharing::Directed(&list, &all)), found(Sharing::Given(&list)), "{name}");
        let (got, expected) =
            (found(Sharing::Directed(&list, &none)), found(Sharing::Given(&nothing)));
        // The rows of a tower are summed in another order.
        close(name, &got, &expected, 1e-5);
    }
}

#[test]
fn a_row_weighs_the_same_however_many_borrow_it() {
    let rows = fixture::instances();
    let list = list(&rows);
    let borrowers = Borrowers::new(SCENARIOS, |from, to| from == 0 || (from, to) == (1, 2));
    let model = fixture::model("dnn");
    // The logits of all towers for all rows.
    let routing = fixture::all_shared(&rows);
    let pass = fixture::training(&model, &rows, 0.0, 5, 0);
    let logits = fixture::logits(&model, &rows, &fixture::all(), &routing, &pass);
    let loss = |row: usize, tower: usize| {
        let z = f64::from(logits[tower][row]);
        (1.0 + z.exp()).ln() - f64::from(rows.labels[row]) * z
    };
    let towers = |row: usize| {
        let own = usize::from(rows.scenarios[row]);
        let borrow = borrowers.of(own).iter().map(|to| usize::from(*to)).filter(|_| list[row]);
        std::iter::once(own).chain(borrow).collect::<Vec<_>>()
    };
    let mean = |losses: Vec<f64>| losses.iter().sum::<f64>() / losses.len() as f64;
    let by_row = mean(
        (0..rows.len())
            .map(|row| mean(towers(row).into_iter().map(|tower| loss(row, tower)).collect()))
            .collect(),
    );
    let got = step(&model, Reduction::Batch, Sharing::Directed(&list, &borrowers)).loss;
    assert!((got - by_row).abs() < 1e-6, "expected {by_row}, got {got}");
    let by_tower = (0..SCENARIOS).map(|tower| {
        let seen = (0..rows.len()).filter(|row| towers(*row).contains(&tower));
        mean(seen.map(|row| loss(row, tower)).collect())
    });
    let by_tower: f64 = by_tower.sum();
    let got = step(&model, Reduction::Scenario, Sharing::Directed(&list, &borrowers)).loss;
    assert!((got - by_tower).abs() < 1e-6, "expected {by_tower}, got {got}");
}
