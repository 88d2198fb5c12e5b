//! The contracts of the selection network.

use crate::difference;
use crate::fixture::{self, ROWS, SCENARIOS, close};
use candle_core::Device;
use candle_core::backprop::GradStore;
use ssim_core::embedding::{Embedding, Lookup};
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::selector::Selector;
use ssim_core::tensor;

/// A table as large as the model's: 22 ids of width 4.
fn table() -> Embedding {
    fixture::table(fixture::schema().features(), 4)
}

fn scores(selector: &Selector, table: &Embedding, rows: &Instances) -> Vec<f32> {
    selector.score(table, rows, &fixture::all(), &Device::Cpu).unwrap()
}

/// The gradients of the weighted sum of all scores: by parameter, and that of the table `[N, D]`.
fn gradients(
    selector: &Selector,
    table: &Embedding,
    rows: &Instances,
    pass: &Pass,
) -> (GradStore, Vec<f32>) {
    let which = fixture::all();
    let lookup = Lookup::new(table, rows, &which, &Device::Cpu, true);
    let z = selector.forward(&lookup, pass).unwrap();
    let mut store = fixture::weighted_tensor(&z).backward().unwrap();
    pass.collect(&mut store).unwrap();
    let mut embedded = vec![0f32; lookup.len() * lookup.width()];
    lookup.gradient(std::slice::from_ref(&store), &mut embedded).unwrap();
    let of_table = fixture::of_table(table, rows, &which, &embedded);
    (store, of_table)
}

#[test]
fn gradients_are_slopes() {
    let rows = fixture::instances();
    // Dropout is for the towers, so the selector's gradients are slopes with it too.
    let passes = [Pass::inference(), Pass::training(0.3, 99, 0)];
    for (heads, pass) in [1, SCENARIOS].into_iter().flat_map(|n| passes.each_ref().map(|p| (n, p)))
    {
        let (selector, mut table) = (fixture::selector(heads), table());
        let (store, of_table) = gradients(&selector, &table, &rows, pass);
        for (name, var) in selector.parameters.vars() {
            let gradient = tensor::to_vec(store.get(&var).unwrap()).unwrap();
            assert!(gradient.iter().any(|g| *g != 0.0), "{name}");
            difference::check(&name, &gradient, |at, step| {
                fixture::nudge(&var, at, step);
                let value = fixture::weighted(&scores(&selector, &table, &rows));
                fixture::nudge(&var, at, -step);
                value
            });
        }
        difference::check("embedding", &of_table, |at, step| {
            let before = table.values()[at];
            table.values_mut()[at] = before + step;
            let value = fixture::weighted(&scores(&selector, &table, &rows));
            table.values_mut()[at] = before;
            value
        });
    }
}

#[test]
fn a_row_is_scored_by_the_head_of_its_scenario() {
    let rows = fixture::instances();
    let (selector, table) = (fixture::selector(SCENARIOS), table());
    let before = scores(&selector, &table, &rows);
    let vars = selector.parameters.vars();
    let bias = vars.iter().find(|(name, _)| name == "selector.heads.bias").unwrap();
    fixture::nudge(&bias.1, 1, 1.0);
    let after = scores(&selector, &table, &rows);
    for row in 0..ROWS {
        let moved = if rows.scenarios[row] == 1 { 1.0 } else { 0.0 };
        close(&format!("row {row}"), &[after[row]], &[before[row] + moved], 1e-6);
    }
}

#[test]
fn scoring_is_the_forward_pass_of_search() {
    let rows = fixture::instances();
    for heads in [1, SCENARIOS] {
        let (selector, table, which) = (fixture::selector(heads), table(), fixture::all());
        let lookup = Lookup::new(&table, &rows, &which, &Device::Cpu, true);
        let z = tensor::to_vec(&selector.forward(&lookup, &Pass::inference()).unwrap()).unwrap();
        assert_eq!(scores(&selector, &table, &rows), z);
        let alone = which
            .iter()
            .map(|row| selector.score(&table, &rows, &[*row], &Device::Cpu).unwrap()[0]);
        close("alone", &alone.collect::<Vec<_>>(), &z, 1e-6);
    }
}
