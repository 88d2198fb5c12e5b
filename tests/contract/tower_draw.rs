//! The objective stays the same in expectation if a shared row trains only some towers.

use crate::fixture::{self, SCENARIOS, close, names};
use ssim_core::model::Model;
use ssim_core::tower_draw::TowerDraw;
use ssim_train::config::Reduction;
use ssim_train::ranks::Alone;
use ssim_train::step::gradients::{Objective, gradients};
use ssim_train::step::slice::{Batch, Sharing};

/// The loss of a step and all of its gradients, one after the other.
fn step(model: &Model, reduction: Reduction, draw: Option<TowerDraw>) -> Vec<f32> {
    let (rows, which) = (fixture::instances(), fixture::all());
    let list: Vec<bool> = (0..rows.len()).map(|i| i % 3 != 0).collect();
    let batch = Batch { instances: &rows, rows: &which };
    let objective = Objective { reduction, dropout: 0.0, key: 5, draw };
    let got = gradients(model, batch, Sharing::Given(&list), objective, &Alone).unwrap();
    assert_eq!(got.shared, 16);
    let mut all = vec![got.loss as f32];
    all.extend(fixture::of_table(&model.embedding, &rows, &which, &got.embedded));
    all.extend(fixture::of_weights(model, &got.stores));
    all
}

#[test]
fn a_draw_of_all_towers_is_none() {
    for name in names() {
        let model = fixture::model(name);
        let drawn = |towers| Some(TowerDraw { towers, key: 9 });
        let expected = step(&model, model.reduction(), None);
        assert_eq!(step(&model, model.reduction(), drawn(SCENARIOS)), expected, "{name}");
        assert_ne!(step(&model, model.reduction(), drawn(2)), expected, "{name}");
    }
}

#[test]
fn the_mean_over_draws_is_the_whole_objective() {
    const DRAWS: u64 = 3000;
    for reduction in [Reduction::Batch, Reduction::Scenario] {
        let model = fixture::model("dnn");
        let expected = step(&model, reduction, None);
        let mut mean = vec![0f32; expected.len()];
        for key in 0..DRAWS {
            let drawn = step(&model, reduction, Some(TowerDraw { towers: 2, key }));
            mean.iter_mut().zip(drawn).for_each(|(mean, x)| *mean += x / DRAWS as f32);
        }
        let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
        let scaled = |values: &[f32]| values.iter().map(|x| x / largest).collect::<Vec<_>>();
        // A draw moves a value by a few tenths of the largest one, the mean of 3000 draws by a
        // fiftieth of that. With a factor of K/s in place of (K − 1)/(s − 1) it would be off by more
        // than a tenth.
        close(&format!("{reduction:?}"), &scaled(&mean), &scaled(&expected), 0.03);
    }
}
