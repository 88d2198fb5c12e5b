//! A model of several members predicts the mean of their logits, with every backbone.

use crate::fixture::{self, SCENARIOS};
use candle_core::Device;
use ssim_core::backbone::names;
use ssim_core::embedding::Lookup;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::routing::Routing;
use ssim_train::saved;

/// The largest difference of two means of the same logits, which are added up in other groups.
const ROUNDING: f32 = 2e-6;

fn members(backbone: &str, towers: usize) -> Vec<Model> {
    [3, 4, 5].map(|seed| fixture::fresh(backbone, towers, seed)).into()
}

/// Means of the logits of several models.
fn means(models: &[Model], logits: impl Fn(&Model) -> Vec<f32>) -> Vec<f32> {
    let all: Vec<Vec<f32>> = models.iter().map(logits).collect();
    let mean = |i: usize| all.iter().map(|z| f64::from(z[i])).sum::<f64>() / all.len() as f64;
    (0..all[0].len()).map(|i| mean(i) as f32).collect()
}

fn assert_close(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!(
            (got - expected).abs() <= ROUNDING * expected.abs().max(1.0),
            "{what}: {got} {expected}"
        );
    }
}

#[test]
fn logits_are_the_mean_of_the_members() {
    let (rows, which) = (fixture::instances(), fixture::all());
    for name in names() {
        for towers in [1, SCENARIOS] {
            let members = members(name, towers);
            let model = Model::mean_of(&members).unwrap();
            let own = means(&members, |m| m.predict(&rows, &which).unwrap());
            let got = model.predict(&rows, &which).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_close(&got, &own, name);
            let all = means(&members, |m| m.predict_all(&rows, &which).unwrap());
            assert_close(&model.predict_all(&rows, &which).unwrap(), &all, name);
            assert!(
                own.iter().zip(members[0].predict(&rows, &which).unwrap()).any(|(a, b)| *a != b)
            );
        }
    }
}

#[test]
fn one_member_is_the_model_itself() {
    let rows = fixture::instances();
    let model = fixture::fresh("dnn", SCENARIOS, 3);
    let logits = model.predict(&rows, &fixture::all()).unwrap();
    let same = Model::mean_of(&[model]).unwrap();
    assert_close(&same.predict(&rows, &fixture::all()).unwrap(), &logits, "dnn");
}

#[test]
fn a_file_keeps_all_members() {
    let (rows, schema) = (fixture::instances(), fixture::schema());
    for name in names() {
        let model = Model::mean_of(&members(name, SCENARIOS)).unwrap();
        let bytes = saved::save_model(&model, &schema.fingerprint()).unwrap();
        let read = saved::load_model(&&bytes[..], &schema, &Device::Cpu).unwrap();
        assert_eq!(read.config.members, 3);
        let logits = |model: &Model| model.predict(&rows, &fixture::all()).unwrap();
        assert_eq!(logits(&read), logits(&model), "{name}");
    }
}

#[test]
fn models_of_other_sizes_have_no_mean() {
    let mut models = members("dnn", SCENARIOS);
    models.push(fixture::fresh("dnn", 1, 6));
    assert!(Model::mean_of(&models).err().unwrap().to_string().contains("same sizes"));
    assert!(Model::mean_of(&[]).is_err());
}

#[test]
fn several_members_cannot_be_trained_on() {
    let (rows, which) = (fixture::instances(), fixture::all());
    let model = Model::mean_of(&members("shared-bottom", SCENARIOS)).unwrap();
    let lookup = Lookup::new(&model.embedding, &rows, &which, model.device(), true);
    let routing = Routing::own(SCENARIOS, &lookup.scenarios());
    let error = model.forward(&lookup, &routing, &Pass::inference()).unwrap_err();
    assert!(error.to_string().contains("members"), "{error}");
}
