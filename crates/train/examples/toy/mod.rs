//! A toy log: six items in two scenarios, of which the first two items are clicked.

use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_core::vocabulary::{Field, Transform, Vocabulary};
use ssim_train::config::Config;

/// Fields and scenarios of the log, and its rows; every part holds the same 240 rows.
pub fn log() -> (Schema, Split<Instances>) {
    let items = (0..6).map(|item| item.to_string()).collect();
    let schema = Schema {
        dataset: "toy".into(),
        fields: vec![Field {
            name: "item".into(),
            transform: Transform::None,
            vocabulary: Vocabulary::new(items),
        }],
        scenarios: vec!["home".into(), "cart".into()],
    };
    let rows = 0..240u32;
    let rows = Instances {
        ids: rows.clone().map(|i| i % 6).collect(),
        labels: rows.clone().map(|i| u8::from(i % 6 < 2)).collect(),
        scenarios: rows.clone().map(|i| (i / 7 % 2) as u16).collect(),
        rows: rows.map(u64::from).collect(),
        ..Instances::of(&schema)
    };
    (schema, Split { train: rows.clone(), val: rows.clone(), test: rows })
}

/// Settings that suit so few rows.
pub fn settings() -> Config {
    let mut config = Config::default();
    config.model.dim = 4;
    config.model.mlp = vec![8];
    config.selector.mlp = vec![8];
    config.train.batch = 32;
    config.search.lr = 0.03;
    config.retrain.lr = 0.03;
    config.retrain.dropout = 0.0;
    config
}
