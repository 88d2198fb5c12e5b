//! The contracts of every backbone in the registry.

use crate::difference;
use crate::fixture::{self, ROWS, SCENARIOS, close, names};
use candle_core::Device;
use ssim_core::artifact::record::Record;
use ssim_core::artifact::{Artifact, Parts, Storage};
use ssim_core::backbone;
use ssim_core::embedding::Lookup;
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::routing::Routing;
use ssim_core::selector::Scorer;
use ssim_core::tensor;
use std::collections::BTreeMap;

/// Whether a pass is inference, or training with three of ten units dropped.
const TRAINING: [bool; 2] = [false, true];

/// A pass over all rows. It is made anew for every value of the table, because some backbones
/// normalise rows by the moments of the batch.
fn pass(model: &Model, rows: &Instances, training: bool) -> Pass {
    if training { fixture::training(model, rows, 0.3, 99, 0) } else { Pass::inference() }
}

/// The gradients of the weighted sum of all logits: by parameter, and that of the table `[N, D]`.
fn gradients(
    model: &Model,
    rows: &Instances,
    routing: &Routing,
    training: bool,
) -> (BTreeMap<String, Vec<f32>>, Vec<f32>) {
    let which = fixture::all();
    let lookup = Lookup::new(&model.embedding, rows, &which, model.device(), true);
    let moments = model.moments(rows, &which).unwrap().filter(|_| training);
    let pass = pass(model, rows, training).with_moments(moments.clone());
    let logits = model.forward(&lookup, routing, &pass).unwrap();
    let mut store = fixture::weighted_tensor(&logits).backward().unwrap();
    pass.collect(&mut store).unwrap();
    let of_vars = model.parameters.vars().into_iter().map(|(name, var)| {
        // The optimiser takes no gradient for a gradient of 0, and a tower without rows may have
        // none.
        let Some(gradient) = store.get(&var) else { return (name, vec![0.0; var.elem_count()]) };
        assert_eq!(gradient.dims(), var.dims(), "{name}");
        (name, tensor::to_vec(gradient).unwrap())
    });
    let of_vars = of_vars.collect();
    let mut embedded = vec![0f32; lookup.len() * lookup.width()];
    let stores = [store];
    lookup.gradient(&stores, &mut embedded).unwrap();
    moments.inspect(|moments| moments.gradient(&stores, &mut embedded).unwrap());
    (of_vars, fixture::of_table(&model.embedding, rows, &which, &embedded))
}

#[test]
fn a_logit_per_row_and_tower() {
    let rows = fixture::instances();
    for name in names() {
        for towers in [1, SCENARIOS] {
            let model = fixture::fresh(name, towers, 7);
            for n in [0, 1, ROWS] {
                let which = &fixture::all()[..n];
                assert_eq!(model.predict(&rows, which).unwrap().len(), n, "{name}");
                let all = model.predict_all(&rows, which).unwrap();
                assert_eq!(all.len(), n * towers, "{name}");
                assert!(all.iter().all(|z| z.is_finite()), "{name}");
            }
        }
        let (model, routing) = (fixture::model(name), fixture::some_shared(&rows));
        let logits =
            fixture::logits(&model, &rows, &fixture::all(), &routing, &pass(&model, &rows, true));
        let seen: Vec<usize> = (0..SCENARIOS).map(|k| routing.tower(k).len()).collect();
        assert_eq!(logits.iter().map(Vec::len).collect::<Vec<_>>(), seen, "{name}");
    }
}

#[test]
fn gradients_are_slopes() {
    let rows = fixture::instances();
    let routing = fixture::some_shared(&rows);
    for name in names() {
        for training in TRAINING {
            let mut model = fixture::unstopped(name);
            let (of_vars, of_table) = gradients(&model, &rows, &routing, training);
            let value = |model: &Model| {
                let pass = pass(model, &rows, training);
                let logits = fixture::logits(model, &rows, &fixture::all(), &routing, &pass);
                fixture::weighted(&logits.concat())
            };
            for (parameter, var) in model.parameters.vars() {
                let what = format!("{name}: {parameter}");
                difference::check(&what, &of_vars[&parameter], |at, step| {
                    fixture::nudge(&var, at, step);
                    let value = value(&model);
                    fixture::nudge(&var, at, -step);
                    value
                });
            }
            difference::check(&format!("{name}: embedding"), &of_table, |at, step| {
                let before = model.embedding.values()[at];
                model.embedding.values_mut()[at] = before + step;
                let value = value(&model);
                model.embedding.values_mut()[at] = before;
                value
            });
        }
    }
}

#[test]
fn every_parameter_learns() {
    let rows = fixture::instances();
    for name in names() {
        let models = [fixture::fresh(name, SCENARIOS, 7), fixture::model(name)];
        for (model, training) in models.iter().zip(TRAINING) {
            let (of_vars, of_table) =
                gradients(model, &rows, &fixture::all_shared(&rows), training);
            assert!(of_table.iter().any(|g| *g != 0.0), "{name}: embedding");
            for (parameter, gradient) in of_vars {
                assert!(gradient.iter().any(|g| *g != 0.0), "{name}: {parameter}");
            }
        }
    }
}

#[test]
fn a_tower_without_rows_gets_a_gradient_of_zero() {
    let rows = fixture::instances();
    for name in names() {
        let model = fixture::model(name);
        // Every row belongs to scenario 0, and no row is shared.
        let routing = Routing::own(SCENARIOS, &[0; ROWS]);
        for training in TRAINING {
            let (of_vars, of_table) = gradients(&model, &rows, &routing, training);
            assert!(of_vars.values().flatten().chain(&of_table).all(|g| g.is_finite()), "{name}");
            let others = |n: &str| n.starts_with("towers.1.") || n.starts_with("towers.2.");
            for (parameter, gradient) in of_vars.iter().filter(|(n, _)| others(n)) {
                assert!(gradient.iter().all(|g| *g == 0.0), "{name}: {parameter}");
            }
        }
    }
}

#[test]
fn leaving_pairs_out_changes_nothing() {
    let rows = fixture::instances();
    let (routed, full) = (fixture::some_shared(&rows), fixture::all_shared(&rows));
    for name in names() {
        let model = fixture::model(name);
        for training in TRAINING {
            let pass = pass(&model, &rows, training);
            let some = fixture::logits(&model, &rows, &fixture::all(), &routed, &pass);
            let every = fixture::logits(&model, &rows, &fixture::all(), &full, &pass);
            for (k, some) in some.iter().enumerate() {
                let seen = routed.tower(k).iter();
                let expected: Vec<f32> = seen.map(|row| every[k][*row as usize]).collect();
                close(&format!("{name}: tower {k}"), some, &expected, 1e-6);
            }
        }
    }
}

#[test]
fn cutting_the_batch_into_slices_changes_nothing() {
    let rows = fixture::instances();
    let cut = 10;
    for name in names() {
        let model = fixture::model(name);
        for dropout in [0.0, 0.3] {
            let of = |range: std::ops::Range<usize>| {
                let which = &fixture::all()[range.clone()];
                let scenarios = &rows.scenarios[range.clone()];
                let routing = Routing::new(SCENARIOS, scenarios, &vec![true; which.len()]);
                let pass = fixture::training(&model, &rows, dropout, 99, range.start);
                fixture::logits(&model, &rows, which, &routing, &pass)
            };
            let (whole, first, second) = (of(0..ROWS), of(0..cut), of(cut..ROWS));
            for k in 0..SCENARIOS {
                let parts = [&first[k][..], &second[k]].concat();
                close(&format!("{name}: tower {k}"), &parts, &whole[k], 1e-6);
            }
        }
    }
}

#[test]
fn dropout_drops_and_its_key_decides_what() {
    let rows = fixture::instances();
    let routing = fixture::all_shared(&rows);
    for name in names() {
        let model = fixture::model(name);
        let with = |key| {
            let pass = fixture::training(&model, &rows, 0.3, key, 0);
            fixture::logits(&model, &rows, &fixture::all(), &routing, &pass)
        };
        assert_eq!(with(1), with(1), "{name}");
        assert_ne!(with(1), with(2), "{name}");
    }
}

#[test]
fn a_seed_decides_everything() {
    let rows = fixture::instances();
    for name in names() {
        let values = |seed| {
            let model = fixture::fresh(name, SCENARIOS, seed);
            let logits = model.predict_all(&rows, &fixture::all()).unwrap();
            (model.parameters.values().unwrap(), model.embedding.values().to_vec(), logits)
        };
        assert_eq!(values(1), values(1), "{name}");
        assert_ne!(values(1).0, values(2).0, "{name}");
        assert_ne!(values(1).2, values(2).2, "{name}");
        let model = fixture::model(name);
        let routing = fixture::some_shared(&rows);
        let again = || gradients(&model, &rows, &routing, true);
        assert_eq!(again(), again(), "{name}");
    }
}

#[test]
fn prediction_follows_the_weights_and_needs_no_company() {
    let rows = fixture::instances();
    for name in names() {
        let model = fixture::fresh(name, SCENARIOS, 7);
        let before = model.predict_all(&rows, &fixture::all()).unwrap();
        let other = fixture::model(name);
        model.parameters.restore(&other.parameters.values().unwrap()).unwrap();
        let after = model.predict_all(&rows, &fixture::all()).unwrap();
        assert_ne!(before, after, "{name}");

        let towers = model.config.towers;
        let own = model.predict(&rows, &fixture::all()).unwrap();
        for (row, own) in fixture::all().into_iter().zip(&own) {
            let alone = model.predict_all(&rows, &[row]).unwrap();
            let of_row = &after[row as usize * towers..][..towers];
            close(&format!("{name}: row {row}"), &alone, of_row, 1e-6);
            let scenario = usize::from(rows.scenarios[row as usize]);
            close(&format!("{name}: row {row}"), &[*own], &[of_row[scenario]], 1e-6);
        }
    }
}

#[test]
fn an_artifact_gives_the_same_model_back() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    // An artifact is read with the registry, so the newcomer is left out.
    for name in backbone::names() {
        let model = fixture::model(name);
        let table = fixture::table(model.embedding.rows(), model.embedding.dim());
        let scorer = Scorer { selector: fixture::selector(SCENARIOS), table };
        let parts = Parts {
            writer: "test",
            schema: &schema,
            model: &model,
            scorer: Some(&scorer),
            variants: &[],
            sample: &rows,
            projections: &[],
            moments: &[],
            report: Record::default(),
            storage: Storage::Single,
        };
        let bytes = Artifact::new(parts).unwrap().to_bytes().unwrap();
        let artifact = Artifact::from_bytes(&bytes).unwrap();
        assert_eq!(artifact.to_bytes().unwrap(), bytes, "{name}");
        assert_eq!(artifact.sample().unwrap(), rows, "{name}");

        let read = artifact.model(&Device::Cpu).unwrap();
        assert_eq!(read.config, model.config, "{name}");
        assert_eq!(read.embedding, model.embedding, "{name}");
        let values = |m: &Model| m.parameters.values().unwrap();
        assert_eq!(values(&read), values(&model), "{name}");
        let logits = read.predict_all(&rows, &fixture::all()).unwrap();
        assert_eq!(logits, model.predict_all(&rows, &fixture::all()).unwrap(), "{name}");
        assert_eq!(logits, artifact.golden_logits().unwrap(), "{name}");

        let scorer = artifact.scorer(&Device::Cpu).unwrap().unwrap();
        let scores = scorer.score(&rows, &fixture::all(), &Device::Cpu).unwrap();
        assert_eq!(scores, artifact.golden_scores().unwrap(), "{name}");
    }
}
