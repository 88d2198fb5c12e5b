//! The header of a checkpoint: how far a phase has come, and the run that it belongs to.

use super::identity::PhaseIdentity;
pub use super::phase_names::{DISTIL, RETRAIN, SEARCH, START, TEACH};
use crate::error::Result;
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use ssim_core::Error;
use ssim_core::container::{Container, Source};
use ssim_core::instances::Instances;

/// Version of the layout; readers refuse others.
pub const VERSION: u32 = 3;

const FORMAT: &str = "ssim checkpoint";

/// The JSON header that stands before the arrays of a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointHeader {
    /// "ssim checkpoint".
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The phase: "search", "teach", "distil", "start", "retrain" or "retrain-k".
    pub phase: String,
    /// Rows, list, settings and seed, which must be the same in the phase that resumes.
    pub identity: PhaseIdentity,
    /// Epochs finished.
    pub epoch: u64,
    /// Steps of the current epoch.
    pub step: u64,
    /// Steps of the phase.
    pub steps: u64,
    /// Retrain: steps after which the optimisers of an earlier training went on; 0 for new ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kept: u64,
    /// Retrain: the learning rate. Checkpoints of older versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// Retrain: best validation score so far.
    pub best: Option<f64>,
    /// Retrain: epochs since the best one.
    pub waited: u64,
    /// Whether an evaluation is due before the next step.
    pub evaluate: bool,
    /// Whether the phase has ended.
    pub done: bool,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl CheckpointHeader {
    /// Refuses a header of another format or version.
    ///
    /// # Errors
    /// It is one.
    pub fn expect_current(&self) -> Result<()> {
        match (self.format.as_str(), self.version) {
            (FORMAT, VERSION) => Ok(()),
            (format, version) => Err(Error::File(format!(
                "checkpoint: expected {FORMAT} of version {VERSION}, got {format} of version {version}"
            ))
            .into()),
        }
    }

    /// The header of a phase that has just begun.
    pub fn start(phase: &str, setup: &Setup, towers: usize, rows: &Instances) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            phase: phase.into(),
            identity: PhaseIdentity::new(phase, setup, towers, rows),
            epoch: 0,
            step: 0,
            steps: 0,
            kept: 0,
            lr: None,
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
        let (header, arrays): (serde_json::Value, _) = Container::open(file)?;
        let fail = |text: String| Err(Error::File(format!("checkpoint: {text}")).into());
        // These two are checked first, because another version may have other keys.
        let version = serde_json::json!(self.version);
        for (key, expected) in [("format", &serde_json::json!(self.format)), ("version", &version)]
        {
            if header[key] != *expected {
                return fail(format!("{key}: expected {expected}, got {}", header[key]));
            }
        }
        let header: Self = match serde_json::from_value(header) {
            Ok(header) => header,
            Err(e) => return fail(format!("header: {e}")),
        };
        if header.phase != self.phase {
            return fail(format!("phase: expected {}, got {}", self.phase, header.phase));
        }
        if let Some(difference) = self.identity.difference(&header.identity) {
            return fail(format!("it belongs to another run; {difference}"));
        }
        Ok((header, arrays))
    }
}
