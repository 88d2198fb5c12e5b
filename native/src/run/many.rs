//! Runs on the same data, each in a folder of its own.

use super::fit::{FitRun, search};
use super::identity::Identity;
use super::run_folder::{IfThere, RunFolder, conditions};
use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::write;
use crate::machine::missed_steps::{MissedSteps, epoch_of_products};
use crate::machine::training_memory::TrainingMemory;
use crate::machine::{memory_check, ranks};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use candle_core::Device;
use sha2::{Digest, Sha256};
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_core::row_digest::RowDigest;
use ssim_core::split::Split;
use ssim_train::checkpoint::header::SEARCH;
use ssim_train::checkpoint::identity::PhaseIdentity;
use ssim_train::config::{Config, MamdrConfig, RetrainConfig, SelectConfig};
use ssim_train::ranks::Collective;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Makes runs that have data, device and ranks in common.
pub struct RunMaker<'a> {
    pub data: &'a Data,
    pub rows: &'a Split<Instances>,
    pub device: &'a Device,
    /// The device's name.
    pub on: &'a str,
    pub max_steps: Option<u64>,
    /// The processes that train together.
    pub ranks: &'a dyn Collective,
    /// Searches that several runs use. Without them every run has a search of its own.
    pub searches: Option<SharedSearches>,
}

/// One run, as it is asked for.
pub struct RunRequest<'a> {
    /// Name in reports.
    pub name: &'a str,
    pub method: Method,
    pub backbone: &'a str,
    /// A list from outside, one bit per train row, in place of the method's own.
    pub given: Option<Vec<bool>>,
    /// Settings before the method fixes its own.
    pub config: &'a Config,
    pub seed: u64,
}

impl RunMaker<'_> {
    /// Fits a run in a folder of its own. It does not repeat what an earlier call has finished
    /// there, if `if_there` allows to go on.
    ///
    /// # Errors
    /// A list that the method has no use for, whatever stops a phase, or what the file system
    /// reports.
    pub fn fit(&self, folder: &Path, request: RunRequest, if_there: IfThere) -> Result<Record> {
        let RunRequest { name, method, backbone, given, seed, .. } = request;
        let recipe = Recipe::of(method);
        if given.is_some() && !recipe.takes_list() {
            return Fail::usage(format!(
                "--shared: expected a method that trains one model on a list, got {method}"
            ));
        }
        let config = recipe.settings(request.config);
        let identity = self.identity(name, method, backbone, seed)?.on_list(given.as_deref());
        ranks::agree(self.ranks, &conditions(&identity, &config)?)?;
        let setup = self.setup(&config, backbone, seed);
        setup.check()?;
        memory_check::check(&setup, &TrainingMemory::of(&setup, recipe, given.as_deref())?)?;
        let train = &self.rows.train;
        if let Some(missed) = MissedSteps::of_epoch(setup.schema.features(), train, &config)? {
            let epoch = epoch_of_products(&setup, train.len(), config.select.ratio);
            missed.told(epoch).iter().for_each(|told| out::note(&format!("{name}: {told}")));
        }
        let lock = FolderLock::take(folder)?;
        let run = RunFolder::begin(&lock, &identity, &config, self.data, if_there)?;
        run.note_environment(self.on)?;
        let searches = given.is_none() && recipe.list.is_searched() && !run.summary().exists();
        let shared = self.searches.as_ref().filter(|_| searches);
        let search = shared.map(|shared| shared.get(self, setup)).transpose()?;
        let kept_search = search.as_ref();
        FitRun { identity, recipe, given, setup, run: &run, kept_search }.fit(self.rows)
    }

    fn setup<'s>(&'s self, config: &'s Config, backbone: &'s str, seed: u64) -> Setup<'s> {
        let Self { device, max_steps, ranks, .. } = *self;
        Setup { backbone, seed, device, max_steps, ranks, ..Setup::new(&self.data.schema, config) }
    }

    fn identity(&self, name: &str, method: Method, backbone: &str, seed: u64) -> Result<Identity> {
        let mut identity = Identity::new(self.data, name, method, backbone, seed, self.on)?;
        if let Some(rows) = &mut identity.rows {
            // A race stops by a part of the folder's validation rows.
            rows.val = RowDigest::of(&self.rows.val);
        }
        Ok(Identity { max_steps: self.max_steps, ..identity })
    }
}

/// A folder of searches that several runs use. Each search is done once.
pub struct SharedSearches {
    folder: PathBuf,
    /// One lock per search: a run that needs a search which another run is doing waits for it.
    locks: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl SharedSearches {
    /// Searches in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, locks: Mutex::default() }
    }

    /// The folder of a setup's search, which is finished.
    fn get(&self, maker: &RunMaker, setup: Setup) -> Result<RunFolder> {
        // A search does not depend on how its scores are used later, so these settings do not
        // distinguish searches.
        let config = Config {
            select: SelectConfig::default(),
            retrain: RetrainConfig::default(),
            mamdr: MamdrConfig::default(),
            ..setup.config.clone()
        };
        let scenarios = setup.schema.scenarios.len();
        let train = &maker.rows.train;
        let phase = PhaseIdentity::new(SEARCH, &setup, scenarios, train);
        let toml = crate::settings::config::to_toml(&config)?;
        let key = hex(format!("{}{toml}", serde_json::to_string(&phase)?).as_bytes());
        let key = format!("{}-{}-{key}", setup.backbone, setup.seed);
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(key.clone()).or_default().clone()
        };
        let _turn = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = maker.identity(SEARCH, Method::Ssim, setup.backbone, setup.seed)?;
        let path = self.folder.join(key);
        // The runs that need a search only read it when it is finished, so the lock ends here.
        let lock = FolderLock::take(&path)?;
        let run = RunFolder::begin(&lock, &identity, &config, maker.data, IfThere::Continue)?;
        if !run.search_file().exists() {
            run.note_environment(maker.on)?;
            write::json(&run.search_file(), &search(setup, &run, SEARCH, train)?)?;
        }
        Ok(run)
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|b| format!("{b:02x}")).collect()
}
