//! A run folder: everything one run was given and everything it made.

use super::fitted::ended;
use super::identity::Identity;
use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::wanted::InputKind;
use crate::files::{data, draft, read, replace, write};
use crate::machine::environment;
use crate::settings::args::Training;
use crate::settings::config;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use serde::Deserialize;
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_data::folder;
use ssim_train::config::Config;
use ssim_train::difference;
use std::path::{Path, PathBuf};

pub use crate::files::run_files::{LIST, RACE, RACES, RUN};

const CONFIG: &str = "config.toml";
const CHECKPOINTS: &str = "checkpoints";

/// The part of a race's decision that says which run was chosen.
#[derive(Deserialize)]
struct Chosen {
    chosen: String,
    seed: u64,
}

/// The folder of a system's run in the folder of a comparison or a race.
pub fn of_system(folder: &Path, system: &str) -> PathBuf {
    folder.join("runs").join(system)
}

/// The folder of the run that `path` stands for: itself, or the one that a race has chosen.
fn chosen(path: &Path) -> Result<PathBuf> {
    let race = path.join(RACE);
    if !race.exists() {
        return Ok(path.to_owned());
    }
    let Chosen { chosen, seed } = read::json(&race)?;
    let name = Path::new(&chosen);
    if name.file_name() != Some(name.as_os_str()) {
        let at = race.display();
        return Fail::data(format!(
            "{at}: chosen: expected the name of a folder, got \"{chosen}\""
        ));
    }
    Ok(of_system(path, &chosen).join(seed.to_string()))
}

/// A run folder's path, and the names in it.
pub struct RunFolder {
    pub path: PathBuf,
}

/// The way to treat a run that a folder holds already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IfThere {
    /// Refuse the folder.
    Refuse,
    /// Replace it, since `--force` asks for it.
    Replace,
    /// Go on with the run, since `--resume` asks for it.
    Resume,
    /// Go on with the run, as a comparison or a sweep does when it is repeated.
    Continue,
}

impl IfThere {
    /// The choice that `--resume` and `--force` make.
    pub fn asked(resume: bool, force: bool) -> Self {
        match (resume, force) {
            (true, _) => Self::Resume,
            (false, true) => Self::Replace,
            (false, false) => Self::Refuse,
        }
    }

    /// Refuses a folder that is not empty before anything is computed, unless it is gone on with or replaced.
    ///
    /// # Errors
    /// The folder holds other files.
    pub fn check(self, path: &Path) -> Result<()> {
        match self {
            Self::Resume | Self::Continue => Ok(()),
            Self::Refuse => data::vacant(path, self.remedy(path)),
            Self::Replace => replace::check(path, true, data::REMOVE),
        }
    }

    /// The remedy if a folder holds something already.
    pub fn remedy(self, path: &Path) -> &'static str {
        let begun = [RUN, RACE, RACES].iter().any(|name| path.join(name).exists());
        if self == Self::Refuse && begun { RESUME } else { data::REMOVE }
    }
}

impl Training {
    /// The way to treat a run that the folder holds already.
    pub fn if_there(&self) -> IfThere {
        IfThere::asked(self.resume, self.force)
    }

    /// Refuses, before anything is computed, a folder to write that must stay as it is. `others` are
    /// inputs besides the data.
    ///
    /// # Errors
    /// The folder holds other files, or inputs.
    pub fn check_out(&self, others: &[&Path]) -> Result<()> {
        if self.force {
            let inputs = std::iter::once(self.data.as_path()).chain(others.iter().copied());
            replace::expect_outside(&self.out, inputs)?;
        }
        self.if_there().check(&self.out)
    }
}

/// The remedy for a folder that holds a run, for commands that can go on with one.
pub const RESUME: &str =
    "choose another folder, remove it, or add --resume to go on with the run that is in it";

/// The conditions that all ranks must have in common, one per line.
///
/// # Errors
/// Only what the formats report.
pub fn conditions(identity: &Identity, config: &Config) -> Result<String> {
    let (run, settings) = (serde_json::to_string_pretty(identity)?, config::to_toml(config)?);
    Ok(format!("{run}\n{settings}"))
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
        if_there: IfThere,
    ) -> Result<Self> {
        let path = lock.folder();
        let run = Self { path: path.to_owned() };
        if if_there == IfThere::Replace {
            replace::clear(path)?;
        }
        if if_there != IfThere::Refuse && run.file(RUN).exists() {
            run.expect(identity, config, if_there)?;
        } else {
            data::vacant(path, if_there.remedy(path))?;
            write::json(&run.file(RUN), identity)?;
        }
        if !run.file(CONFIG).exists() {
            write::toml(&run.file(CONFIG), &config::to_toml(config)?)?;
        }
        if !run.file(folder::MANIFEST).exists() {
            data.copy_schema(path)?;
        }
        write::folder(&run.file(CHECKPOINTS))?;
        draft::clear(path)?;
        draft::clear(&run.file(CHECKPOINTS))?;
        Ok(run)
    }

    /// Refuses another run than that of the folder, and says the first difference.
    fn expect(&self, identity: &Identity, config: &Config, if_there: IfThere) -> Result<()> {
        let old: Identity = read::json(&self.file(RUN))?;
        let settings = || -> Result<Option<String>> {
            if !self.config_file().exists() {
                return Ok(None);
            }
            let (was, is) = (serde_json::to_value(self.config()?)?, serde_json::to_value(config)?);
            Ok(difference::first(&was, &is).map(|difference| format!("setting {difference}")))
        };
        let Some(difference) = old.difference(identity).map_or_else(settings, |d| Ok(Some(d)))?
        else {
            return Ok(());
        };
        let path = self.path.display();
        Fail::usage(match if_there {
            IfThere::Resume => format!(
                "{path}: --resume: expected the same run; {difference}; begin another run in another folder"
            ),
            _ => format!(
                "{path}: expected the run that is there; {difference}; choose another folder or remove it"
            ),
        })
    }

    /// Writes down the machine that the run runs on.
    ///
    /// # Errors
    /// When the file system reports an error.
    pub fn note_environment(&self, device: &str) -> Result<()> {
        write::json(&self.file("environment.json"), &environment::describe(device))
    }

    /// Opens an existing run. The folder of a race stands for the run that was chosen.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<(Self, Identity)> {
        if !path.join(RACE).exists() && !path.join(RUN).exists() {
            return InputKind::Run.refuse(path);
        }
        let run = Self { path: chosen(path)? };
        let identity = read::json(&run.file(RUN))?;
        Ok((run, identity))
    }

    /// Whether the run has a copy of the model per scenario. Such a run has no artifact.
    pub fn has_copies(&self) -> bool {
        self.copy_file(0).exists()
    }

    /// Refuses a run whose list is directed, for work with lists whose rows train every tower.
    ///
    /// # Errors
    /// When it is; or the summary is damaged.
    pub fn expect_undirected(&self) -> Result<()> {
        if !self.summary().exists() {
            return Ok(());
        }
        match self.record()?.share.borrowers {
            None => Ok(()),
            Some(_) => Fail::usage(format!(
                "{}: expected a run whose list trains every tower, got one with a directed list, which \
                 can be evaluated, can score, and whose list can be given to `ssim retrain`",
                self.path.display()
            )),
        }
    }

    /// File of the settings.
    pub fn config_file(&self) -> PathBuf {
        self.file(CONFIG)
    }

    /// The run's settings.
    ///
    /// # Errors
    /// When they are missing or damaged.
    pub fn config(&self) -> Result<Config> {
        let path = self.config_file();
        let text = read::toml(&path)?;
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
        Data::of_run(&self.path)
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
        self.file(LIST)
    }

    /// The fitted model.
    pub fn model_file(&self) -> PathBuf {
        self.file("model.safetensors")
    }

    /// The copy for scenario `k`, where every scenario has one.
    pub fn copy_file(&self, k: usize) -> PathBuf {
        self.file(&format!("model-{k}.safetensors"))
    }

    /// The run of the member with this seed, where the model has several.
    pub fn member(&self, seed: u64) -> PathBuf {
        self.file("members").join(seed.to_string())
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

    /// Counts of the rows that the model was fitted on.
    pub fn baseline_file(&self) -> PathBuf {
        self.file("baseline.json")
    }

    /// The report of a run that has ended.
    ///
    /// # Errors
    /// It has not, or the report is damaged.
    pub fn record(&self) -> Result<Record> {
        ended(&self.path, &self.summary())?;
        read::json(&self.summary())
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
