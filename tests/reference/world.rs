//! The instances, settings and initial values that both programs start with.

use crate::dump::{self, Dump};
use candle_core::Device;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::mask::Pool;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::schema::Schema;
use ssim_core::selector::Selector;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::config::{Config, ModelConfig, ReductionSetting, SelectConfig, SelectorSection};
use ssim_train::setup::Setup;

pub const BATCH: usize = 64;
/// The seed of all that a phase draws. Its initial values are not drawn, but those of the
/// reference.
pub const SEED: u64 = 3;
const DIM: usize = 4;
const SCENARIOS: usize = 4;

pub struct World {
    pub schema: Schema,
    pub instances: Instances,
    pub config: Config,
    backbone: &'static str,
    data: Dump,
    /// The initial values of the towers.
    towers: Dump,
}

impl World {
    /// The instances and values of `dump.py`, with the backbone DNN.
    pub fn new() -> Self {
        Self::on("dnn", dump::data())
    }

    /// The instances of `dump.py` with another backbone, whose towers start with the values in
    /// `towers`.
    pub fn on(backbone: &'static str, towers: Dump) -> Self {
        let data = dump::data();
        let schema = schema(&data.u32("data.fields"));
        let labels: Vec<u8> = data.u32("data.labels").into_iter().map(|y| y as u8).collect();
        let instances = Instances {
            ids: data.u32("data.ids"),
            scenarios: data.u32("data.scenarios").into_iter().map(|s| s as u16).collect(),
            rows: (0..labels.len() as u64).collect(),
            labels,
            ..Instances::of(&schema)
        };
        instances.check(&schema).unwrap();
        let config = config(&data);
        config.check().unwrap();
        Self { schema, instances, config, backbone, data, towers }
    }

    /// The settings, with another reduction in both phases.
    pub fn config_with(&self, reduction: ReductionSetting) -> Config {
        let mut config = self.config.clone();
        (config.search.reduction, config.retrain.reduction) = (reduction, reduction);
        config
    }

    /// The initial values of the parameters whose names begin with `prefix`.
    pub fn values(&self, prefix: &str) -> Values {
        values(&self.data, "start.", prefix)
    }

    /// The initial values of the backbone's first `towers` towers.
    pub fn backbone(&self, towers: usize) -> Values {
        let mut all = values(&self.towers, "start.", "towers.");
        all.extend(values(&self.towers, "start.", "buffers."));
        all.retain(|name, _| {
            (towers..SCENARIOS).all(|k| !name.starts_with(&format!("towers.{k}.")))
        });
        all
    }

    pub fn embedding(&self) -> Embedding {
        Embedding::from_values(self.data.f32("start.embedding"), DIM).unwrap()
    }

    pub fn setup<'a>(&'a self, config: &'a Config) -> Setup<'a> {
        let schema = &self.schema;
        let (backbone, device) = (self.backbone, &Device::Cpu);
        Setup { backbone, seed: SEED, device, ..Setup::new(schema, config) }
    }

    pub fn model(&self, towers: usize) -> Model {
        let config = self.setup(&self.config).backbone(towers);
        Model::from_values(config, self.embedding(), self.backbone(towers), &Device::Cpu).unwrap()
    }

    pub fn selector(&self) -> Selector {
        let config = self.setup(&self.config).selector();
        Selector::from_values(config, self.values("selector."), &Device::Cpu).unwrap()
    }
}

/// The arrays `{before}{prefix}…` as parameters named `{prefix}…`.
pub fn values(dump: &Dump, before: &str, prefix: &str) -> Values {
    let names = dump.names(&format!("{before}{prefix}")).into_iter();
    let named = names.map(|rest| {
        let full = format!("{before}{prefix}{rest}");
        (format!("{prefix}{rest}"), (dump.shape(&full), dump.f32(&full)))
    });
    named.collect()
}

/// Fields of the given sizes. The last id of each field is for unseen values, and the last field is
/// the scenario.
fn schema(sizes: &[u32]) -> Schema {
    let scenarios = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let values = sizes.iter().map(|size| (1..*size).map(|v| v.to_string()).collect());
    let mut values: Vec<Vec<String>> = values.collect();
    values.pop();
    values.push(scenarios.clone());
    let fields = values.into_iter().enumerate().map(|(f, values)| Field {
        name: format!("field {f}"),
        transform: Transform::None,
        vocabulary: Vocabulary::new(values),
    });
    Schema { dataset: "reference".into(), fields: fields.collect(), scenarios }
}

fn config(data: &Dump) -> Config {
    let at = |name: &str| data.number(&format!("setting.{name}"));
    let width = |name: &str| data.shape(&format!("start.{name}.weight"))[0];
    let mut config = Config {
        model: ModelConfig {
            dim: DIM,
            mlp: vec![width("towers.0.layers.0"), width("towers.0.layers.1")],
            cross: 2,
            members: 1,
        },
        selector: SelectorSection {
            mlp: vec![width("selector.layers.0"), width("selector.layers.1")],
            ..SelectorSection::default()
        },
        select: SelectConfig { ratio: at("ratio"), by: Pool::Batch, dropout: 0.0 },
        ..Config::default()
    };
    config.train.batch = BATCH;
    config.search.lr = at("search.lr");
    config.search.selector_lr = at("search.selector_lr");
    config.search.l2 = at("search.l2");
    config.search.lambda = at("lambda");
    config.search.threshold = at("threshold");
    config.search.final_temperature = at("final_temperature");
    config.retrain.lr = at("retrain.lr");
    config.retrain.l2 = at("retrain.l2");
    config.retrain.max_epochs = 1;
    config.retrain.dropout = 0.0;
    config.dffm.layers = 2;
    (config.star.mlp, config.star.dropout, config.star.aux) = (vec![8, 6], vec![0.0], 3);
    (config.hmoe.share, config.hmoe.tower) = (vec![7], vec![5]);
    (config.hmoe.experts, config.hmoe.expert) = (3, 6);
    (config.mmoe.experts, config.ple.experts, config.pepnet.gate) = (3, 2, 3);
    config
}
