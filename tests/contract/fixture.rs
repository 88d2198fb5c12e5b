//! The rows and networks that the contracts are tested with: four fields, three scenarios, and
//! parameters so large that differences show.

use crate::newcomer::NEWCOMER;
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use ssim_core::backbone::{BackboneConfig, Build, REGISTRY};
use ssim_core::embedding::{Embedding, Lookup};
use ssim_core::instances::Instances;
use ssim_core::layer::Pass;
use ssim_core::model::Model;
use ssim_core::parameters::{Parameters, Values};
use ssim_core::rng::Stream;
use ssim_core::routing::Routing;
use ssim_core::schema::Schema;
use ssim_core::selector::Selector;
use ssim_core::tensor;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::config::Config;
use ssim_train::setup::Setup;

pub const ROWS: usize = 24;
pub const SCENARIOS: usize = 3;

/// Fields with 6, 5, 4 and 3 known values, each with one more id for unknown values. The last field
/// is the scenario.
pub fn schema() -> Schema {
    let scenarios = ["a", "b", "c"].map(str::to_owned).to_vec();
    let values = [6, 5, 4].map(|size: usize| (0..size).map(|v| v.to_string()).collect());
    let values = values.into_iter().chain([scenarios.clone()]);
    let fields = values.enumerate().map(|(f, values)| Field {
        name: format!("field {f}"),
        transform: Transform::None,
        vocabulary: Vocabulary::new(values),
    });
    Schema { dataset: "contract".into(), fields: fields.collect(), scenarios }
}

pub fn instances() -> Instances {
    let (schema, mut stream) = (schema(), Stream::new(1, "contract rows", &[]));
    let offsets = schema.offsets();
    let mut rows = Instances::of(&schema);
    for row in 0..ROWS {
        let scenario = stream.below(SCENARIOS as u64) as u32;
        for (field, offset) in schema.fields.iter().zip(&offsets).take(offsets.len() - 1) {
            rows.ids.push(offset + stream.below(field.size() as u64) as u32);
        }
        rows.ids.push(offsets[offsets.len() - 1] + scenario);
        rows.labels.push(stream.below(2) as u8);
        rows.scenarios.push(scenario as u16);
        rows.rows.push(row as u64);
    }
    rows.check(&schema).unwrap();
    rows
}

/// The places of all rows of [`instances`].
pub fn all() -> Vec<u32> {
    (0..ROWS as u32).collect()
}

/// A routing that shares every third row.
pub fn some_shared(rows: &Instances) -> Routing {
    let shared: Vec<bool> = (0..rows.len()).map(|i| i % 3 == 0).collect();
    Routing::new(SCENARIOS, &rows.scenarios, &shared)
}

pub fn all_shared(rows: &Instances) -> Routing {
    Routing::new(SCENARIOS, &rows.scenarios, &vec![true; rows.len()])
}

/// Calls `make` with the setup of a run of small sizes.
pub fn with_setup<R>(backbone: &str, seed: u64, make: impl FnOnce(&Setup) -> R) -> R {
    let mut config = Config::default();
    config.model.dim = 4;
    config.model.mlp = vec![6, 5, 5];
    config.model.cross = 2;
    config.selector.mlp = vec![6, 5];
    (config.train.batch, config.retrain.max_epochs, config.retrain.patience) = (8, 3, 3);
    config.dffm.layers = 2;
    (config.mmoe.experts, config.ple.experts, config.pepnet.gate) = (3, 2, 5);
    (config.star.mlp, config.star.dropout, config.star.aux) = (vec![6, 5], vec![0.1, 0.3], 4);
    (config.hmoe.share, config.hmoe.tower) = (vec![6], vec![4]);
    (config.hmoe.experts, config.hmoe.expert) = (3, 8);
    (config.hmoe.share_dropout, config.hmoe.tower_dropout) = (0.1, 0.3);
    let schema = schema();
    make(&Setup { backbone, seed, ..Setup::new(&schema, &config) })
}

/// The backbones of the registry, and one that is not in it.
pub fn backbones() -> Vec<(&'static str, Build)> {
    [REGISTRY, &[NEWCOMER]].concat()
}

pub fn names() -> Vec<&'static str> {
    backbones().iter().map(|(name, _)| *name).collect()
}

/// A model with the values that a run starts from.
pub fn fresh(backbone: &str, towers: usize, seed: u64) -> Model {
    with_setup(backbone, seed, |setup| {
        let table = Embedding::seeded(setup.schema.features(), setup.config.model.dim, seed);
        build(setup.backbone(towers), table, Parameters::seeded(seed))
    })
}

/// A model of one tower, moved away from its initial values.
pub fn one_tower(backbone: &str) -> Model {
    moved_model(fresh(backbone, 1, 7))
}

/// A model moved away from its initial values.
pub fn model(backbone: &str) -> Model {
    moved_model(fresh(backbone, SCENARIOS, 7))
}

fn moved_model(fresh: Model) -> Model {
    let table = table(fresh.embedding.rows(), fresh.embedding.dim());
    let values = moved(fresh.parameters.values().unwrap());
    build(fresh.config.clone(), table, Parameters::from_values(values))
}

/// A model whose gradients equal its slopes. HMoE stops gradients at the other towers' scores, and
/// PEPNet at the rows that its gates read, which the reference tests check. Here they are not stopped.
pub fn unstopped(backbone: &str) -> Model {
    let Model { mut config, embedding, parameters, .. } = model(backbone);
    (config.hmoe.stop_gradient, config.pepnet.stop_gradient) = (false, false);
    build(config, embedding, parameters)
}

fn build(config: BackboneConfig, table: Embedding, parameters: Parameters) -> Model {
    let (_, build) = backbones().into_iter().find(|b| b.0 == config.backbone).unwrap();
    Model::new(build, config, table, parameters, &Device::Cpu).unwrap()
}

/// A selector moved away from its initial values.
pub fn selector(heads: usize) -> Selector {
    with_setup("dnn", 7, |setup| {
        let mut config = setup.selector();
        config.heads = heads;
        let fresh = Selector::seeded(config.clone(), 7, setup.device).unwrap();
        let values = moved(fresh.parameters.values().unwrap());
        Selector::from_values(config, values, setup.device).unwrap()
    })
}

/// A table with values between -0.8 and 0.8.
pub fn table(rows: usize, dim: usize) -> Embedding {
    Embedding::from_values(noise("contract table", rows * dim, 0.8), dim).unwrap()
}

/// Random numbers between `-bound` and `bound`.
pub fn noise(purpose: &str, n: usize, bound: f64) -> Vec<f32> {
    let mut stream = Stream::new(2, purpose, &[]);
    (0..n).map(|_| ((2.0 * stream.unit() - 1.0) * bound) as f32).collect()
}

fn moved(mut values: Values) -> Values {
    for (name, (_, data)) in &mut values {
        let step = noise(name, data.len(), 0.2);
        data.iter_mut().zip(step).for_each(|(x, step)| *x += step);
    }
    values
}

/// The pass of a slice that begins at row `first`, in a training step on [`all`] rows. It has the
/// moments of the whole batch, which some backbones need.
pub fn training(model: &Model, rows: &Instances, dropout: f32, key: u64, first: usize) -> Pass {
    let moments = model.moments(rows, &all()).unwrap();
    Pass::training(dropout, key, first).with_moments(moments)
}

/// The logits of every tower, for the rows that the tower sees.
pub fn logits(
    model: &Model,
    rows: &Instances,
    which: &[u32],
    routing: &Routing,
    pass: &Pass,
) -> Vec<Vec<f32>> {
    let lookup = Lookup::new(&model.embedding, rows, which, model.device(), false);
    let logits = model.forward(&lookup, routing, pass).unwrap();
    let logits = tensor::to_vec(&logits).unwrap();
    (0..routing.towers()).map(|k| logits[routing.range(k)].to_vec()).collect()
}

/// Fixed weights, by which many outputs are summed to one number.
pub fn weights(n: usize) -> Vec<f32> {
    noise("contract weights", n, 1.0)
}

/// `Σ weight·output`, in 64 bits.
pub fn weighted(outputs: &[f32]) -> f64 {
    outputs.iter().zip(weights(outputs.len())).map(|(z, c)| f64::from(*z) * f64::from(c)).sum()
}

/// `Σ weight·output` as a tensor, for the backward pass.
pub fn weighted_tensor(outputs: &Tensor) -> Tensor {
    let n = outputs.elem_count();
    (outputs * Tensor::from_vec(weights(n), n, &Device::Cpu).unwrap()).unwrap().sum_all().unwrap()
}

/// Adds `step` to one element of a variable.
pub fn nudge(var: &Var, at: usize, step: f32) {
    let mut values = tensor::to_vec(var).unwrap();
    values[at] += step;
    var.set(&Tensor::from_vec(values, var.shape(), var.device()).unwrap()).unwrap();
}

/// The gradient of the table `[N, D]`, summed from the gradients of the embedded rows.
pub fn of_table(table: &Embedding, rows: &Instances, which: &[u32], embedded: &[f32]) -> Vec<f32> {
    let mut sum = vec![0f32; table.values().len()];
    let ids = which.iter().flat_map(|row| rows.ids_of(*row as usize));
    for (id, gradient) in ids.zip(embedded.chunks_exact(table.dim())) {
        let cells = &mut sum[*id as usize * table.dim()..][..table.dim()];
        cells.iter_mut().zip(gradient).for_each(|(s, g)| *s += g);
    }
    sum
}

/// The gradients of all weights, one after the other, summed over the slices of a step.
pub fn of_weights(model: &Model, stores: &[GradStore]) -> Vec<f32> {
    let of = |var: &Var| {
        let mut sum = vec![0f32; var.elem_count()];
        for gradient in stores.iter().filter_map(|store| store.get(var)) {
            let gradient = tensor::to_vec(gradient).unwrap();
            sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += g);
        }
        sum
    };
    model.parameters.vars().iter().flat_map(|(_, var)| of(var)).collect()
}

pub fn close(what: &str, a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len(), "{what}: number of values");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let near = (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(near, "{what}[{i}]: {a} and {b}");
    }
}
