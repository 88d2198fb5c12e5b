//! How a multi-scenario CTR model is *fitted*.
//!
//! # Steps
//! 1. [`search`]: backbone and selection network learn together; a row's mask decides whether it
//!    trains its own scenario's tower or all of them.
//! 2. [`select`]: the frozen selector scores every train row, and a cut makes the list.
//! 3. [`retrain`]: the model is rewound and trained on the list. The baselines are lists too.
//! 4. [`evaluate`]: every row through its own scenario's tower.
//!
//! A phase is a value with `step() -> Result<Event>`: the host owns the loop. Pausing is not
//! calling; a [`checkpoint`] is bytes. Nothing here knows files, clocks or terminals.
//!
//! The whole method, on a toy log of two scenarios:
//!
//! ```
//! use ssim_core::{instances::Instances, schema::Schema};
//! use ssim_core::vocabulary::{Field, Transform, Vocabulary};
//! use ssim_train::collective::Alone;
//! use ssim_train::{config::Config, evaluate, event::Event, retrain::Retrain};
//! use ssim_train::{search::Search, select, setup::Setup};
//!
//! let values = (0..6).map(|v| v.to_string()).collect();
//! let schema = Schema {
//!     dataset: "toy".into(),
//!     fields: vec![Field {
//!         name: "item".into(),
//!         transform: Transform::None,
//!         vocabulary: Vocabulary::new(values),
//!     }],
//!     scenarios: vec!["home".into(), "cart".into()],
//! };
//! let rows = 0..240u32;
//! let log = Instances {
//!     fields: 1,
//!     ids: rows.clone().map(|i| i % 6).collect(),
//!     labels: rows.clone().map(|i| u8::from(i % 6 < 2)).collect(),
//!     scenarios: rows.clone().map(|i| (i / 7 % 2) as u16).collect(),
//!     rows: rows.map(u64::from).collect(),
//!     planted: None,
//! };
//! let mut config = Config::default();
//! (config.model.dim, config.model.mlp, config.selector.mlp) = (4, vec![8], vec![8]);
//! (config.train.batch, config.search.lr, config.retrain.lr) = (32, 0.03, 0.03);
//! (config.retrain.patience, config.retrain.dropout) = (20, 0.0);
//! config.check()?;
//! let device = candle_core::Device::Cpu;
//! let setup = Setup {
//!     schema: &schema, config: &config, backbone: "dnn", seed: 1, device: &device, max_steps: None,
//!     ranks: &Alone,
//! };
//!
//! let mut search = Search::new(setup, &log)?;
//! while search.step()? != Event::Done {}
//! let found = search.finish()?;
//!
//! let scores = select::score(&found.selector, &found.embedding, &log, &device, &Alone)?;
//! let shared = select::select(&scores, &log, &config.select, config.train.batch, setup.seed)?;
//!
//! let mut retrain = Retrain::new(setup, schema.scenarios.len(), &log, &log, shared)?;
//! while retrain.step()? != Event::Done {}
//! let report = evaluate::evaluate(&retrain.finish()?, &log, &schema.scenarios, 1024, &Alone)?;
//! assert!(report.pooled.auc > Some(0.99));
//! # Ok::<(), ssim_train::Error>(())
//! ```

pub mod checkpoint;
pub mod collective;
pub mod config;
pub mod distil;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod exchange;
pub mod loss;
pub mod method;
pub mod optimizer;
pub mod retrain;
pub mod saved;
pub mod search;
pub mod select;
pub mod setup;
pub mod swap;
pub mod trainer;

pub use error::{Error, Result};
