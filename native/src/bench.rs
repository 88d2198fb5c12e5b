//! Runs on the same data, each in a folder of its own.

use crate::data::Data;
use crate::exit::Fail;
use crate::fit::{Job, Rows};
use crate::run_folder::{Identity, RunFolder, told};
use crate::summary::Summary;
use crate::{ranks, room, write};
use anyhow::Result;
use candle_core::Device;
use sha2::{Digest, Sha256};
use ssim_train::checkpoint::{self, SEARCH};
use ssim_train::collective::Collective;
use ssim_train::config::{Config, RetrainConfig, SelectConfig};
use ssim_train::method::Method;
use ssim_train::setup::Setup;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What several runs have in common.
pub struct Bench<'a> {
    pub data: &'a Data,
    pub rows: &'a Rows,
    pub device: &'a Device,
    /// The device's name.
    pub on: &'a str,
    pub max_steps: Option<u64>,
    /// Who trains along.
    pub ranks: &'a dyn Collective,
    /// Where searches are kept that several runs use; without it every run has its own.
    pub searches: Option<Searches>,
}

/// What one run is asked for.
pub struct Wanted<'a> {
    /// Name in reports.
    pub name: &'a str,
    pub method: Method,
    pub backbone: &'a str,
    /// Somebody's list, one bit per train row, in place of the method's own.
    pub given: Option<Vec<bool>>,
    /// Settings before the method fixes its own.
    pub config: &'a Config,
    pub seed: u64,
}

impl Bench<'_> {
    /// Fits a run in a folder of its own. With `resume`, what an earlier call left there is not
    /// done again.
    ///
    /// # Errors
    /// A list that the method has no use for, whatever stops a phase, or what the file system
    /// reports.
    pub fn fit(&self, folder: &Path, wanted: Wanted, resume: bool) -> Result<Summary> {
        let Wanted { name, method, backbone, given, seed, .. } = wanted;
        if given.is_some() && !method.takes_list() {
            return Fail::usage(format!(
                "--shared: expected a method that trains one model on a list, got {method}"
            ));
        }
        let config = method.settings(wanted.config);
        let identity = self.identity(name, backbone, seed, given.as_deref().map(digest));
        ranks::agree(self.ranks, &told(&identity, &config, self.rows.train.len())?)?;
        let setup = self.setup(&config, backbone, seed);
        room::check(&setup)?;
        let run = RunFolder::begin(folder, &identity, &config, self.data, resume)?;
        run.note_environment(self.on)?;
        let needed = given.is_none() && method.list().searches() && !run.summary().exists();
        let searches = self.searches.as_ref().filter(|_| needed);
        let kept = searches.map(|s| s.get(self, setup)).transpose()?;
        Job { name, method, given, setup, run: &run, kept: kept.as_ref() }.fit(self.rows)
    }

    fn setup<'s>(&'s self, config: &'s Config, backbone: &'s str, seed: u64) -> Setup<'s> {
        let (schema, device, max_steps) = (&self.data.schema, self.device, self.max_steps);
        Setup { schema, config, backbone, seed, device, max_steps, ranks: self.ranks }
    }

    fn identity(&self, name: &str, backbone: &str, seed: u64, list: Option<String>) -> Identity {
        Identity {
            method: name.to_owned(),
            backbone: backbone.to_owned(),
            seed,
            fingerprint: self.data.schema.fingerprint(),
            max_steps: self.max_steps,
            given_list: list,
        }
    }
}

/// A folder of searches, each done once.
pub struct Searches {
    folder: PathBuf,
    /// One lock per search: who comes second waits for the first.
    locks: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

impl Searches {
    /// Searches in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, locks: Mutex::default() }
    }

    /// The search of a setup, finished.
    fn get(&self, bench: &Bench, setup: Setup) -> Result<RunFolder> {
        // What is done with the search later is no part of it.
        let config = Config {
            select: SelectConfig::default(),
            retrain: RetrainConfig::default(),
            ..setup.config.clone()
        };
        let scenarios = setup.schema.scenarios.len();
        let identity = checkpoint::identity(SEARCH, &setup, scenarios, bench.rows.train.len());
        let key = hex(format!("{identity}{}", crate::config::to_toml(&config)?).as_bytes());
        let key = format!("{}-{}-{key}", setup.backbone, setup.seed);
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(key.clone()).or_default().clone()
        };
        let _turn = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = bench.identity(SEARCH, setup.backbone, setup.seed, None);
        let path = self.folder.join(key);
        let run = RunFolder::begin(&path, &identity, &config, bench.data, true)?;
        if !run.search_file().exists() {
            run.note_environment(bench.on)?;
            let (name, method) = (SEARCH, Method::Ssim);
            let job = Job { name, method, given: None, setup, run: &run, kept: None };
            let (_, timing) = job.search(&bench.rows.train)?;
            write::json(&run.search_file(), &timing)?;
        }
        Ok(run)
    }
}

/// A short name for a list `[n]`: runs on different lists must not be mixed.
pub fn digest(list: &[bool]) -> String {
    hex(&list.iter().map(|b| u8::from(*b)).collect::<Vec<_>>())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|b| format!("{b:02x}")).collect()
}
