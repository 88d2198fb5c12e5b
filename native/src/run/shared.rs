//! Work that several runs have in common, which is done once: a search, and the first model of a recipe.

use super::fit::search;
use super::many::{RunMaker, RunRequest};
use super::run_folder::{IfThere, RunFolder};
use crate::files::lock::FolderLock;
use crate::files::write;
use crate::settings::config::to_toml;
use anyhow::Result;
use sha2::{Digest, Sha256};
use ssim_core::method::Method;
use ssim_train::checkpoint::header::SEARCH;
use ssim_train::checkpoint::identity::PhaseIdentity;
use ssim_train::config::{
    Config, DistilConfig, MamdrConfig, RetrainConfig, SearchConfig, SelectConfig, SelectorSection,
};
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The place of a result: its folder, once it is finished. A run that needs a result which another run
/// is making waits for its place.
type Place = Arc<Mutex<Option<PathBuf>>>;

/// A folder of results that several runs use.
pub struct SharedResults {
    folder: PathBuf,
    places: Mutex<BTreeMap<String, Place>>,
}

impl SharedResults {
    /// Results in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, places: Mutex::default() }
    }

    /// The folder of a setup's search, which is finished.
    ///
    /// # Errors
    /// Whatever stops the search, or what the file system reports.
    pub fn search(&self, maker: &RunMaker, setup: Setup) -> Result<RunFolder> {
        // A search does not depend on how its scores are used later, so these settings do not
        // distinguish searches.
        let config = Config {
            select: SelectConfig::default(),
            retrain: RetrainConfig::default(),
            mamdr: MamdrConfig::default(),
            ..setup.config.clone()
        };
        let train = &maker.rows.train;
        let phase = PhaseIdentity::new(SEARCH, &setup, setup.schema.scenarios.len(), train);
        let phase = serde_json::to_string(&phase)?;
        let key = key(&setup, &[&phase, &to_toml(&config)?]);
        self.get(&key, |path| {
            let (backbone, seed) = (setup.backbone, setup.seed);
            let (name, method, config) = (SEARCH, Method::Ssim, &config);
            let request =
                RunRequest { name, method, backbone, given: None, from: None, config, seed };
            let identity = maker.identity(&request)?;
            // The runs that need a search only read it when it is finished, so the lock ends here.
            let lock = FolderLock::take(path)?;
            let run = RunFolder::begin(&lock, &identity, config, maker.data, IfThere::Continue)?;
            if !run.search_file().exists() {
                run.note_environment(maker.on)?;
                write::json(&run.search_file(), &search(setup, &run, SEARCH, train)?)?;
            }
            Ok(())
        })
    }

    /// The folder of a finished run that fits `method`, a method which can be the first of a recipe.
    ///
    /// # Errors
    /// Whatever stops the run.
    pub fn first(&self, maker: &RunMaker, method: Method, setup: Setup) -> Result<RunFolder> {
        let (name, config) = (method.name(), of_first(setup.config));
        self.get(&key_of_first(method, &setup)?, |path| {
            let Setup { backbone, seed, .. } = setup;
            let request = RunRequest {
                name,
                method,
                backbone,
                given: None,
                from: None,
                config: &config,
                seed,
            };
            maker.fit_here(path, request, IfThere::Continue).map(drop)
        })
    }

    /// Makes a run of `method` in a folder of its own with `fit`. Other recipes then begin with its model.
    ///
    /// # Errors
    /// Those of `fit`.
    pub fn own<R>(
        &self,
        method: Method,
        setup: &Setup,
        path: PathBuf,
        fit: impl FnOnce() -> Result<R>,
    ) -> Result<R> {
        let place = self.place(&key_of_first(method, setup)?);
        let mut finished = lock(&place);
        let result = fit()?;
        *finished = Some(path);
        Ok(result)
    }

    /// The folder of a result. `make` makes it in the folder that it is given, if no run has made it.
    fn get(&self, key: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<RunFolder> {
        let place = self.place(key);
        let mut finished = lock(&place);
        if let Some(path) = &*finished {
            return Ok(RunFolder { path: path.clone() });
        }
        let path = self.folder.join(key);
        make(&path)?;
        *finished = Some(path.clone());
        Ok(RunFolder { path })
    }

    fn place(&self, key: &str) -> Place {
        lock(&self.places).entry(key.to_owned()).or_default().clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The settings of a first model: those on which it does not depend have their defaults.
fn of_first(config: &Config) -> Config {
    let RetrainConfig { continued_lr, .. } = RetrainConfig::default();
    Config {
        selector: SelectorSection::default(),
        search: SearchConfig::default(),
        distil: DistilConfig::default(),
        select: SelectConfig::default(),
        retrain: RetrainConfig { continued_lr, ..config.retrain.clone() },
        ..config.clone()
    }
}

fn key_of_first(method: Method, setup: &Setup) -> Result<String> {
    let settings = to_toml(&Recipe::of(method).settings(&of_first(setup.config)))?;
    Ok(key(setup, &[method.name(), &settings]))
}

/// A name for a result of a setup that depends on these texts.
fn key(setup: &Setup, texts: &[&str]) -> String {
    let digest = Sha256::digest(texts.concat().as_bytes());
    let hex: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("{}-{}-{hex}", setup.backbone, setup.seed)
}
