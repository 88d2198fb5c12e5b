//! Rows that repeat few ids, of which each is multiplied once, are computed like any other rows.

use crate::fixture::{self, ROWS, SCENARIOS, close, names};
use candle_core::{Device, Tensor};
use ssim_core::embedding::Lookup;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::parameters::Parameters;
use ssim_core::routing::Routing;
use ssim_core::selector::Selector;
use ssim_core::tensor;
use std::collections::BTreeMap;

/// So many copies of the rows of [`fixture`] repeat every id several times.
const COPIES: usize = 8;

/// Outputs, and gradients by the name of the parameter or of the table.
type Found = (Vec<f32>, BTreeMap<String, Vec<f32>>);

/// Every row, as often as there are copies.
fn which() -> Vec<u32> {
    fixture::all().repeat(COPIES)
}

/// Runs the rows `[from, from + n)` of [`which`] forward and backward, with `forward`, which gives
/// `outputs` tensors of one value per row.
fn run(
    model: &Model,
    rows: &Instances,
    parameters: &Parameters,
    (from, n): (usize, usize),
    forward: impl Fn(&Lookup, usize) -> (Vec<Tensor>, Pass),
) -> Found {
    let all = which();
    let which = &all[from..from + n];
    let lookup = Lookup::new(&model.embedding, rows, which, model.device(), true);
    let (outputs, pass) = forward(&lookup, from);
    let weighted = outputs.iter().enumerate().map(|(k, z)| {
        // Some rows have no gradient, as private rows have none in the selection network.
        let slopes = fixture::noise(&format!("repeats {k}"), all.len(), 1.0);
        let slopes = slopes.iter().enumerate().map(|(i, g)| if i % 5 == 0 { 0.0 } else { *g });
        let slopes: Vec<f32> = slopes.skip(from).take(n).collect();
        (z * Tensor::from_vec(slopes, n, &Device::Cpu).unwrap()).unwrap().sum_all().unwrap()
    });
    let total = Tensor::stack(&weighted.collect::<Vec<_>>(), 0).unwrap();
    let mut store = total.backward().unwrap();
    pass.collect(&mut store).unwrap();
    let found = parameters.vars().into_iter().filter_map(|(name, var)| {
        store.get(&var).map(|gradient| (name, tensor::to_vec(gradient).unwrap()))
    });
    let mut found: BTreeMap<_, _> = found.collect();
    let mut embedded = vec![0f32; lookup.len() * lookup.width()];
    lookup.gradient(std::slice::from_ref(&store), &mut embedded).unwrap();
    let of_table = fixture::of_table(&model.embedding, rows, which, &embedded);
    found.insert("table".to_owned(), of_table);
    (outputs.iter().flat_map(|z| tensor::to_vec(z).unwrap()).collect(), found)
}

/// Compares all copies at once, whose ids repeat, with one copy after the other, whose rows are too
/// few for that.
fn compare(what: &str, outputs: usize, run: impl Fn((usize, usize)) -> Found) {
    let (z, gradients) = run((0, COPIES * ROWS));
    let mut expected = vec![Vec::new(); outputs];
    let mut sums: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for copy in 0..COPIES {
        let (z, gradients) = run((copy * ROWS, ROWS));
        expected.iter_mut().zip(z.chunks(ROWS)).for_each(|(all, z)| all.extend_from_slice(z));
        for (name, gradient) in gradients {
            let sum = sums.entry(name).or_insert_with(|| vec![0.0; gradient.len()]);
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
        }
    }
    close(what, &z, &expected.concat(), 1e-5);
    assert_eq!(gradients.len(), sums.len(), "{what}");
    for (name, sum) in sums {
        close(&format!("{what} {name}"), &gradients[&name], &sum, 2e-5);
    }
}

#[test]
fn towers_learn_the_same_from_rows_that_repeat_ids() {
    let rows = fixture::instances();
    for name in names() {
        let model = fixture::unstopped(name);
        let moments = model.moments(&rows, &fixture::all()).unwrap();
        for training in [false, true] {
            let forward = |lookup: &Lookup, from: usize| {
                let pass = if training { Pass::training(0.3, 9, from) } else { Pass::inference() };
                let pass = pass.with_moments(moments.clone().filter(|_| training));
                let shared = vec![true; lookup.len()];
                let routing = Routing::new(SCENARIOS, &lookup.scenarios(), &shared);
                let logits = model.forward(lookup, &routing, &pass).unwrap();
                // Every tower sees every row, so each has as many pairs.
                let of_tower = |k| logits.narrow(0, k * lookup.len(), lookup.len()).unwrap();
                ((0..SCENARIOS).map(of_tower).collect(), pass)
            };
            compare(name, SCENARIOS, |part| run(&model, &rows, &model.parameters, part, forward));
        }
    }
}

#[test]
fn the_selector_learns_the_same_from_rows_that_repeat_ids() {
    let rows = fixture::instances();
    let model = fixture::model("dnn");
    let selector = fixture::selector(SCENARIOS);
    for training in [false, true] {
        let forward = |lookup: &Lookup, from: usize| {
            let pass = if training { Pass::training(0.3, 9, from) } else { Pass::inference() };
            (vec![selector.forward(lookup, &pass).unwrap()], pass)
        };
        compare("selector", 1, |part| run(&model, &rows, &selector.parameters, part, forward));
    }
}

#[test]
fn predictions_and_scores_do_not_need_the_sizes_of_fields() {
    let known = fixture::instances();
    let bare = Instances { sizes: Vec::new(), ..known.clone() };
    for name in names() {
        let model = fixture::model(name);
        let [found, expected] =
            [&known, &bare].map(|rows| model.predict_all(rows, &which()).unwrap());
        close(name, &found, &expected, 1e-5);
        let [found, expected] = [&known, &bare].map(|rows| model.predict(rows, &which()).unwrap());
        close(name, &found, &expected, 1e-5);
    }
    let (model, selector) = (fixture::model("dnn"), fixture::selector(SCENARIOS));
    let score = |selector: &Selector, rows: &Instances, which: &[u32]| {
        selector.score(&model.embedding, rows, which, &Device::Cpu).unwrap()
    };
    let [found, expected] = [&known, &bare].map(|rows| score(&selector, rows, &which()));
    close("scores", &found, &expected, 1e-5);
    // A score does not depend on the rows that are scored with it, not even on how many ids these have.
    let one = score(&selector, &known, &[3; COPIES * ROWS]);
    assert!(one.iter().all(|z| *z == found[3]));
}
