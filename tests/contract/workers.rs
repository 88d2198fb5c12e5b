//! The loss and the gradients of a step do not depend on the number of workers.

use crate::fixture::{self, SCENARIOS, close, names};
use rayon::ThreadPoolBuilder;
use ssim_core::model::Model;
use ssim_train::ranks::Alone;
use ssim_train::step::gradients::{Objective, gradients};
use ssim_train::step::slice::{Batch, Sharing};

/// The loss of a step, and all of its gradients one after the other.
fn step(model: &Model, threads: usize) -> (f32, Vec<f32>) {
    let (rows, which) = (fixture::instances(), fixture::all());
    let list: Vec<bool> = (0..rows.len()).map(|i| i % 3 == 0).collect();
    let batch = Batch { instances: &rows, rows: &which };
    let objective = Objective { reduction: model.reduction(), dropout: 0.3, key: 5, draw: None };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let got =
        pool.install(|| gradients(model, batch, Sharing::Given(&list), objective, &Alone)).unwrap();
    assert_eq!(got.stores.len(), threads);
    let mut all = fixture::of_table(&model.embedding, &rows, &which, &got.embedded);
    all.extend(fixture::of_weights(model, &got.stores));
    (got.loss as f32, all)
}

#[test]
fn one_or_several_give_the_same() {
    for name in names() {
        let model = fixture::model(name);
        assert_eq!(model.config.towers, SCENARIOS);
        let (loss, expected) = step(&model, 1);
        for threads in [2, 5] {
            let (other, got) = step(&model, threads);
            close(&format!("{name}: loss on {threads} workers"), &[other], &[loss], 1e-6);
            close(&format!("{name}: gradients on {threads} workers"), &got, &expected, 1e-6);
        }
    }
}
