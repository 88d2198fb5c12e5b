//! Small data that targets read with, and write their corpora from.

use candle_core::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};
use ssim_core::embedding::Embedding;
use ssim_core::instances::{Instances, Planted};
use ssim_core::model::Model;
use ssim_core::schema::Schema;
use ssim_core::selector::{Scorer, Selector};
use ssim_data::table::{TableSchema, read_csv};
use ssim_data::{OnError, Prepared};
use ssim_train::config::Config;
use ssim_train::setup::Setup;
use std::sync::OnceLock;

/// A schema with all kinds of fields and a split by a column.
pub const SCHEMA: &str = r#"
label = "click"
scenario = "tab"
[[field]]
name = "user"
min_count = 1
[[field]]
name = "price"
kind = "numeric"
buckets = "log2"
min_count = 1
[[field]]
name = "age"
kind = "numeric"
buckets = "quantile:2"
min_count = 1
[[field]]
name = "tab"
[split]
column = { name = "split", train = "train", val = "val", test = "test" }
"#;

/// Rows for [`SCHEMA`].
pub const LOG: &str = "\
user,price,age,tab,click,split
a,1.5,20,9,1,train
a,11.5,30,10,0,train
b,11.5,40,10,1,train
c,,50,9,0,train
b,11.5,40,9,0,val
c,3,41,10,1,val
z,999,99,10,1,test
a,0,1,9,0,test
";

/// [`SCHEMA`] as readers use it.
pub fn table() -> &'static TableSchema {
    static TABLE: OnceLock<TableSchema> = OnceLock::new();
    TABLE.get_or_init(|| TableSchema::parse(SCHEMA, "log.toml").expect("a schema"))
}

/// [`LOG`], prepared.
pub fn prepared() -> &'static Prepared {
    static DATA: OnceLock<Prepared> = OnceLock::new();
    DATA.get_or_init(|| {
        let raw = read_csv(LOG.as_bytes(), "log.csv", table(), OnError::Fail).expect("a log");
        ssim_data::prepare(raw, table(), 1).expect("prepared rows")
    })
}

/// The schema of [`LOG`].
pub fn schema() -> &'static Schema {
    &prepared().schema
}

/// The fingerprint of [`schema`].
pub fn fingerprint() -> &'static str {
    static PRINT: OnceLock<String> = OnceLock::new();
    PRINT.get_or_init(|| schema().fingerprint())
}

/// The train rows of [`LOG`] as if they were synthetic, with a planted truth.
pub fn planted() -> Instances {
    let rows = prepared().rows.train.clone();
    let n = rows.len();
    let shared = (0..n).map(|i| i % 2 == 0).collect();
    Instances { planted: Some(Planted { shared, probability: vec![0.25; n] }), ..rows }
}

/// Settings of networks that are as small as they can be.
pub fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let mut config = Config::default();
        config.model.dim = 2;
        config.model.mlp = vec![3];
        config.model.cross = 1;
        config.selector.mlp = vec![3];
        config.train.batch = 4;
        config.star.mlp = vec![3];
        config.star.aux = 2;
        config.hmoe.share = vec![3];
        config.hmoe.experts = 2;
        config.hmoe.expert = 2;
        config.hmoe.tower = vec![2];
        config.mmoe.experts = 2;
        config.pepnet.gate = 2;
        config
    })
}

/// The conditions of a run on [`LOG`].
pub fn setup() -> Setup<'static> {
    Setup::new(schema(), config())
}

/// A model with this backbone and a tower per scenario.
pub fn model(backbone: &str) -> Model {
    let sizes = Setup { backbone, ..setup() }.backbone(schema().scenarios.len());
    Model::seeded(sizes, schema().features(), config().model.dim, 1, &Device::Cpu).expect("a model")
}

/// A selector with its table.
pub fn scorer() -> Scorer {
    let selector = Selector::seeded(setup().selector(), 1, &Device::Cpu).expect("a selector");
    Scorer { selector, table: Embedding::seeded(schema().features(), config().model.dim, 1) }
}

/// A pool of so many threads, 1 to 3.
pub fn threads(n: usize) -> &'static ThreadPool {
    static POOLS: [OnceLock<ThreadPool>; 3] = [const { OnceLock::new() }; 3];
    let pool = || ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
    POOLS[n - 1].get_or_init(pool)
}
