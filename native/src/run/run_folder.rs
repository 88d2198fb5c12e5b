//! A run folder: everything one run was given and everything it made.

use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::{data, draft, read, write};
use crate::machine::environment;
use crate::settings::config;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use candle_core::Device;
use serde::{Deserialize, Serialize};
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::schema::Schema;
use ssim_core::selector::Scorer;
use ssim_data::folder;
use ssim_train::config::Config;
use ssim_train::saved;
use std::path::{Path, PathBuf};

const RUN: &str = "run.json";
const CONFIG: &str = "config.toml";
const CHECKPOINTS: &str = "checkpoints";

/// A run folder's path, and the names in it.
pub struct RunFolder {
    pub path: PathBuf,
}

/// The identity of a run, which `run.json` holds: runs that differ in it must not be mixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Name of the method.
    pub method: String,
    /// Name of the backbone.
    pub backbone: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Fingerprint of the data's schema.
    pub fingerprint: String,
    /// Whether each phase ends early.
    pub max_steps: Option<u64>,
    /// Digest of the list of shared rows, where it came from outside.
    pub given_list: Option<String>,
}

/// The conditions that all ranks must have in common, one per line.
///
/// # Errors
/// Only what the formats report.
pub fn conditions(identity: &Identity, config: &Config, rows: usize) -> Result<String> {
    let (run, settings) = (serde_json::to_string_pretty(identity)?, config::to_toml(config)?);
    Ok(format!("{run}\ntrain rows: {rows}\n{settings}"))
}

impl RunFolder {
    /// Starts a run in an empty folder that is locked, or goes on with the same run.
    ///
    /// `run.json` is written first and whatever is missing after it, so that a run that was killed
    /// while it began can go on, too.
    ///
    /// # Errors
    /// A folder that is not empty, or that holds another run.
    pub fn begin(
        lock: &FolderLock,
        identity: &Identity,
        config: &Config,
        data: &Data,
        resume: bool,
    ) -> Result<Self> {
        let path = lock.folder();
        let run = Self { path: path.to_owned() };
        if resume && run.file(RUN).exists() {
            run.expect(identity)?;
        } else {
            data::vacant(path)?;
            write::json(&run.file(RUN), identity)?;
        }
        let settings = config::to_toml(config)?;
        if run.file(CONFIG).exists() {
            let old = read::text(&run.file(CONFIG))?;
            if let Some((was, is)) = old.lines().zip(settings.lines()).find(|(a, b)| a != b) {
                let path = path.display();
                return Fail::usage(format!("{path}: --resume: expected setting {was}, got {is}"));
            }
        } else {
            write::bytes(&run.file(CONFIG), settings.as_bytes())?;
        }
        if !run.file(folder::MANIFEST).exists() {
            data.copy_schema(path)?;
        }
        write::folder(&run.file(CHECKPOINTS))?;
        draft::clear(path)?;
        draft::clear(&run.file(CHECKPOINTS))?;
        Ok(run)
    }

    /// Refuses another run than that of the folder.
    fn expect(&self, identity: &Identity) -> Result<()> {
        let old: Identity = read::json(&self.file(RUN))?;
        if old != *identity {
            let show = |i: &Identity| serde_json::to_string(i).unwrap_or_default();
            return Fail::usage(format!(
                "{}: --resume: expected the same run, {}; got {}",
                self.path.display(),
                show(&old),
                show(identity)
            ));
        }
        Ok(())
    }

    /// Writes down the machine that the run runs on.
    ///
    /// # Errors
    /// When the file system reports an error.
    pub fn note_environment(&self, device: &str) -> Result<()> {
        write::json(&self.file("environment.json"), &environment::describe(device))
    }

    /// Opens an existing run.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<(Self, Identity)> {
        let run = Self { path: path.to_owned() };
        if !path.is_dir() {
            return Fail::data(format!("{}: expected a run folder, got none", path.display()));
        }
        let identity = read::json(&run.file(RUN))?;
        Ok((run, identity))
    }

    /// The run's settings.
    ///
    /// # Errors
    /// When they are missing or damaged.
    pub fn config(&self) -> Result<Config> {
        let path = self.file(CONFIG);
        let text = read::text(&path)?;
        let config: Config = toml::from_str(&text)
            .or_else(|e| Fail::config(format!("{}: {}", path.display(), e.message())))?;
        config.check().with_context(|| path.display().to_string())?;
        Ok(config)
    }

    /// The run's schema.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn schema(&self) -> Result<Data> {
        Data::open(&self.path)
    }

    /// The fitted model.
    ///
    /// # Errors
    /// When there is none, it is damaged, or the run has a copy per scenario.
    pub fn model(&self, fingerprint: &str, device: &Device) -> Result<Model> {
        if self.copy_file(0).exists() {
            return Fail::usage(format!(
                "{}: expected a run with one model, got one with a copy per scenario, \
                 which can be evaluated and can score",
                self.path.display()
            ));
        }
        load(&self.model_file(), fingerprint, device)
    }

    /// The fitted model, or its copies for each of `scenarios` scenarios.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn models(
        &self,
        fingerprint: &str,
        scenarios: usize,
        device: &Device,
    ) -> Result<Vec<Model>> {
        if !self.copy_file(0).exists() {
            return Ok(vec![load(&self.model_file(), fingerprint, device)?]);
        }
        (0..scenarios).map(|k| load(&self.copy_file(k), fingerprint, device)).collect()
    }

    /// The selector and its table, where the run has searched.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn scorer(&self, fingerprint: &str, device: &Device) -> Result<Option<Scorer>> {
        let path = self.selector_file();
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read::mapped(&path)?;
        let loaded = saved::load_scorer(&bytes, fingerprint, device);
        loaded.map(Some).with_context(|| path.display().to_string())
    }

    /// Test rows that stay with the run.
    ///
    /// # Errors
    /// When they are missing or damaged.
    pub fn sample(&self, schema: &Schema) -> Result<Instances> {
        let path = self.sample_file();
        Ok(folder::read_split(read::open(&path)?, &read::name(&path), schema)?)
    }

    /// Test rows that stay with the run.
    pub fn sample_file(&self) -> PathBuf {
        self.file("sample.parquet")
    }

    /// Events of all phases.
    pub fn metrics(&self) -> PathBuf {
        self.file("metrics.jsonl")
    }

    /// The events of all phases for TensorBoard.
    pub fn tensorboard(&self) -> PathBuf {
        self.file("tensorboard")
    }

    /// A phase's latest checkpoint.
    pub fn checkpoint(&self, phase: &str) -> PathBuf {
        self.file(CHECKPOINTS).join(format!("{phase}.safetensors"))
    }

    /// The list of shared rows.
    pub fn list(&self) -> PathBuf {
        self.file("shared.parquet")
    }

    /// The fitted model.
    pub fn model_file(&self) -> PathBuf {
        self.file("model.safetensors")
    }

    /// The copy for scenario `k`, where every scenario has one.
    pub fn copy_file(&self, k: usize) -> PathBuf {
        self.file(&format!("model-{k}.safetensors"))
    }

    /// Scores of the run's sample while searching.
    pub fn trail(&self) -> PathBuf {
        self.file("trail.safetensors")
    }

    /// The timing of a search that several runs share.
    pub fn search_file(&self) -> PathBuf {
        self.file("search.json")
    }

    /// The selector and its table.
    pub fn selector_file(&self) -> PathBuf {
        self.file("selector.safetensors")
    }

    /// The summary that `fit --json` prints.
    pub fn summary(&self) -> PathBuf {
        self.file("summary.json")
    }

    /// Runs on lists of other ratios, other methods and other seeds.
    pub fn sweep(&self) -> PathBuf {
        self.file("sweep")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn load(path: &Path, fingerprint: &str, device: &Device) -> Result<Model> {
    let bytes = read::mapped(path)?;
    saved::load_model(&bytes, fingerprint, device).with_context(|| path.display().to_string())
}
