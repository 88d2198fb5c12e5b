//! Rows in three scenarios of uneven size, with a field of many ids and fields of few.

pub use crate::device::device;
use ssim_core::instances::Instances;
use ssim_core::rng::Stream;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::config::Config;
use ssim_train::phase::Phase;

/// Train rows.
pub const ROWS: usize = 700;

pub fn schema() -> Schema {
    let names = ["user", "item", "tab"];
    let fields = names.into_iter().zip([300usize, 12, 3]).map(|(name, size)| Field {
        name: name.into(),
        transform: Transform::None,
        vocabulary: Vocabulary::new((0..size).map(|value| value.to_string()).collect()),
    });
    let scenarios = ["home", "cart", "app"].map(str::to_owned).to_vec();
    Schema { dataset: "device".into(), fields: fields.collect(), scenarios }
}

fn rows(schema: &Schema, count: usize, seed: u64) -> Instances {
    let mut stream = Stream::new(seed, "device rows", &[]);
    let offsets = schema.offsets();
    let mut rows = Instances::of(schema);
    for row in 0..count {
        let scenario = [0, 0, 0, 1, 1, 2][stream.below(6) as usize];
        let ids = [stream.below(300), stream.below(12), scenario].map(|id| id as u32);
        rows.ids.extend(ids.iter().zip(&offsets).map(|(id, offset)| id + offset));
        rows.labels.push(u8::from(stream.unit() < f64::from(1 + ids[1] % 4) / 6.0));
        rows.scenarios.push(scenario as u16);
        rows.rows.push(row as u64);
    }
    rows.check(schema).unwrap();
    rows
}

pub fn log() -> (Schema, Split<Instances>) {
    let schema = schema();
    let [train, val, test] = [(ROWS, 1), (200, 2), (50, 3)].map(|(n, seed)| rows(&schema, n, seed));
    (schema, Split { train, val, test })
}

/// Small networks with dropout, and batches that are no multiple of a block.
pub fn settings() -> Config {
    let mut config = Config::default();
    config.model.dim = 4;
    config.model.mlp = vec![12, 7];
    config.selector.mlp = vec![9];
    config.train.batch = 150;
    config.search.epochs = 3;
    config.search.lr = 0.01;
    config.search.selector_lr = 0.01;
    config.search.l2 = 1e-3;
    config.retrain.lr = 0.01;
    config.retrain.l2 = 1e-3;
    config.retrain.dropout = 0.3;
    config.retrain.max_epochs = 3;
    config.retrain.patience = 9;
    config
}

/// Every third row.
pub fn list() -> Vec<bool> {
    (0..ROWS).map(|row| row % 3 == 0).collect()
}

/// The checkpoint of a phase as it stands.
pub fn saved(phase: &mut impl Phase) -> Vec<u8> {
    let mut bytes = Vec::new();
    phase.save(&mut bytes).unwrap();
    bytes
}

/// Takes steps and evaluations until the phase has taken so many steps, or ends.
pub fn run(phase: &mut impl Phase, steps: u64) {
    while phase.steps() < steps {
        if phase.step().unwrap() == ssim_train::event::Event::Done {
            break;
        }
    }
}
