//! The contracts that only STAR has: two initialisations, and normalisation per scenario.

use crate::fixture::{self, SCENARIOS, close};
use candle_core::Device;
use ssim_core::embedding::Lookup;
use ssim_core::model::Model;
use ssim_core::routing::Routing;
use ssim_core::schema::Schema;
use ssim_core::tensor;
use ssim_train::config::Config;
use ssim_train::setup::Setup;

fn setup<R>(schema: &Schema, config: &Config, make: impl FnOnce(&Setup) -> R) -> R {
    let (backbone, device) = ("star", &Device::Cpu);
    make(&Setup { backbone, seed: 7, device, ..Setup::new(schema, config) })
}

fn started(schema: &Schema, published_init: bool) -> ssim_core::Result<Model> {
    let mut config = Config::default();
    config.star.published_init = published_init;
    config.star.dropout = Vec::new();
    setup(schema, &config, |setup| {
        let (config, dim) = (setup.backbone(SCENARIOS), setup.config.model.dim);
        Model::seeded(config, schema.features(), dim, 7, setup.device)
    })
}

#[test]
fn towers_start_as_one_network_or_as_published() {
    let rows = fixture::instances();
    for (published, same) in [(false, true), (true, false)] {
        let model = started(&fixture::schema(), published).unwrap();
        let logits = model.predict_all(&rows, &fixture::all()).unwrap();
        let equal = logits.chunks_exact(SCENARIOS).all(|row| row.iter().all(|z| *z == row[0]));
        assert_eq!(equal, same, "published: {published}");
    }
}

#[test]
fn after_one_batch_predictions_are_what_training_saw() {
    let (rows, all) = (fixture::instances(), fixture::all());
    let model = started(&fixture::schema(), false).unwrap();
    let pass = fixture::training(&model, &rows, 0.0, 1, 0);
    let trained = fixture::logits(&model, &rows, &all, &fixture::all_shared(&rows), &pass);
    let moments = model.moments(&rows, &all).unwrap();
    let before = model.parameters.values().unwrap();
    model.follow(moments.as_deref(), &rows.scenarios).unwrap();
    let predicted = model.predict_all(&rows, &all).unwrap();
    for (k, trained) in trained.iter().enumerate() {
        let column: Vec<f32> = predicted.chunks_exact(SCENARIOS).map(|row| row[k]).collect();
        close(&format!("tower {k}"), &column, trained, 1e-5);
    }
    // Moments are buffers: they are saved with the parameters, and are not trained.
    let changed = model.parameters.values().unwrap().into_iter().filter(|v| before[&v.0] != v.1);
    let changed: Vec<String> = changed.map(|(name, _)| name).collect();
    assert_eq!(changed.len(), 3 * SCENARIOS, "{changed:?}");
    let trained = model.parameters.vars();
    assert!(trained.iter().all(|(name, _)| !changed.contains(name)));
}

#[test]
fn what_is_the_same_in_all_rows_of_a_scenario_has_a_gradient_of_exactly_0() {
    let (rows, all, model) = (fixture::instances(), fixture::all(), fixture::model("star"));
    let pass = fixture::training(&model, &rows, 0.0, 1, 0);
    let lookup = Lookup::new(&model.embedding, &rows, &all, model.device(), true);
    let routing = Routing::own(SCENARIOS, &rows.scenarios);
    let logits = model.forward(&lookup, &routing, &pass).unwrap();
    let mut store = fixture::weighted_tensor(&logits).backward().unwrap();
    pass.collect(&mut store).unwrap();
    let (field, dim) = (fixture::schema().scenario_field(None).unwrap(), model.embedding.dim());
    let scales =
        model.parameters.vars().into_iter().filter(|(name, _)| name.ends_with("norm.scale"));
    for (name, var) in scales {
        let gradient = tensor::to_vec(store.get(&var).unwrap()).unwrap();
        // The scenario is the last field.
        let (others, of_scenario) = gradient.split_at(field * dim);
        assert!(of_scenario.iter().all(|g| *g == 0.0), "{name}: {of_scenario:?}");
        assert!(others.iter().all(|g| *g != 0.0), "{name}: {others:?}");
    }
}

#[test]
fn the_scenario_must_be_a_field() {
    let mut schema = fixture::schema();
    assert_eq!(schema.scenario_field(None), Some(3));
    schema.fields.pop();
    let error = started(&schema, false).err().unwrap().to_string();
    assert!(error.contains("star") && error.contains("scenario column"), "{error}");
}
