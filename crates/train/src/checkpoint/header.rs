//! The header of a checkpoint: how far a phase has come, and the run that it belongs to.

use crate::error::Result;
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use ssim_core::Error;
use ssim_core::container::{Container, Source};

/// Version of the layout; readers refuse others.
pub const VERSION: u32 = 1;

/// Name of the phase that fits a teacher for the selector.
pub const TEACH: &str = "teach";
/// Name of the phase in which the selector learns from the teacher.
pub const DISTIL: &str = "distil";
/// Name of the phase in which the selector learns together with the backbone.
pub const SEARCH: &str = "search";
/// Name of the phase that fits the model that a method starts from.
pub const START: &str = "start";
/// Name of the phase that trains a model on the list; copies add their scenario's index.
pub const RETRAIN: &str = "retrain";

/// The JSON header that stands before the arrays of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointHeader {
    /// "ssim checkpoint".
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The phase: "search", "teach", "distil", "start", "retrain" or "retrain-k".
    pub phase: String,
    /// Data, settings and seed, which must be the same in the run that resumes.
    pub identity: String,
    /// Epochs finished.
    pub epoch: u64,
    /// Steps of the current epoch.
    pub step: u64,
    /// Steps of the phase.
    pub steps: u64,
    /// Retrain: best validation score so far.
    pub best: Option<f64>,
    /// Retrain: epochs since the best one.
    pub waited: u64,
    /// Whether an evaluation is due before the next step.
    pub evaluate: bool,
    /// Whether the phase has ended.
    pub done: bool,
}

impl CheckpointHeader {
    /// The header of a phase that has just begun.
    pub fn start(phase: &str, setup: &Setup, towers: usize, rows: usize) -> Self {
        Self {
            format: "ssim checkpoint".into(),
            version: VERSION,
            phase: phase.into(),
            identity: identity(phase, setup, towers, rows),
            epoch: 0,
            step: 0,
            steps: 0,
            best: None,
            waited: 0,
            evaluate: false,
            done: false,
        }
    }

    /// Reads a checkpoint that must belong to the same phase of the same run.
    ///
    /// # Errors
    /// Says which part of the run differs, or what is wrong with the file.
    pub fn read<'a>(&self, file: &'a dyn Source) -> Result<(Self, Container<'a>)> {
        let (header, arrays): (Self, _) = Container::open(file)?;
        for (what, got, expected) in [
            ("format", &header.format, &self.format),
            ("version", &header.version.to_string(), &self.version.to_string()),
            ("phase", &header.phase, &self.phase),
            ("run", &header.identity, &self.identity),
        ] {
            if got != expected {
                let text = format!("checkpoint: {what}: expected {expected}, got {got}");
                return Err(Error::File(text).into());
            }
        }
        Ok((header, arrays))
    }
}

/// Data, settings and seed of a phase in one line. Phases with different lines must not be mixed. The
/// line of a search leaves out the settings of select and retrain, so that one search serves several
/// runs.
pub fn identity(phase: &str, setup: &Setup, towers: usize, rows: usize) -> String {
    let config = setup.config;
    let mut settings = serde_json::json!({
        "model": config.model,
        "star": config.star,
        "hmoe": config.hmoe,
        "dffm": config.dffm,
        "selector": config.selector,
        "train": { "batch": config.train.batch,
                   "embedding_optimizer": config.train.embedding_optimizer,
                   "shuffle": config.train.shuffle },
        "search": config.search,
    });
    if phase != SEARCH {
        settings["distil"] = serde_json::json!(config.distil);
        settings["select"] = serde_json::json!(config.select);
        settings["retrain"] = serde_json::json!(config.retrain);
    }
    serde_json::json!({
        "data": setup.schema.fingerprint(),
        "rows": rows,
        "backbone": setup.backbone,
        "towers": towers,
        "seed": setup.seed,
        "config": settings,
    })
    .to_string()
}
