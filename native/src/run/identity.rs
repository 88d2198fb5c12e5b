//! The identity of a run: its data, its method and settings, its list, and the program that ran it.

use super::run_folder::RunFolder;
use crate::files::data::Data;
use crate::terminal::exit::Fail;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ssim_core::method::Method;
use ssim_core::row_digest::{self, RowDigest};
use ssim_core::split::Split;
use ssim_train::difference;
use ssim_train::select::List;
use std::path::Path;

/// The program, and a digest of its code that computes: another build may give other numbers.
pub const PROGRAM: &str = concat!("ssim ", env!("CARGO_PKG_VERSION"), env!("SSIM_CODE"));

/// The identity of a run, which `run.json` holds. Runs that differ in it have different results, so
/// they must not be mixed. The settings, which belong to it, are in `config.toml` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Name of the method in reports.
    pub method: String,
    /// The method that is carried out; a plan may give it any name in reports. Runs of older
    /// versions do not have this, nor what comes with a default below.
    #[serde(default)]
    pub recipe: String,
    /// Name of the backbone.
    pub backbone: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Fingerprint of the data's schema.
    pub fingerprint: String,
    /// Digest of the rows.
    #[serde(default)]
    pub rows: Option<Split<RowDigest>>,
    /// Whether each phase ends early.
    pub max_steps: Option<u64>,
    /// Digest of the list of shared rows, where it came from outside.
    pub given_list: Option<String>,
    /// Digest of the model that the training goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Number of worker threads, of each process.
    #[serde(default)]
    pub threads: usize,
    /// The kind of device: cpu or cuda.
    #[serde(default)]
    pub device: String,
    /// The program that began the run.
    #[serde(default)]
    pub program: String,
}

impl Identity {
    /// The identity of a run on these data, in the worker threads of the caller, without a list from
    /// outside. `device` is the device's name.
    ///
    /// # Errors
    /// The digest of the rows is not in the data folder, and the rows cannot be read.
    pub fn new(
        data: &Data,
        method: &str,
        recipe: Method,
        backbone: &str,
        seed: u64,
        device: &str,
    ) -> Result<Self> {
        Ok(Self {
            method: method.to_owned(),
            recipe: recipe.name().to_owned(),
            backbone: backbone.to_owned(),
            seed,
            fingerprint: data.schema.fingerprint(),
            rows: Some(data.digests()?),
            max_steps: None,
            given_list: None,
            from: None,
            threads: rayon::current_num_threads(),
            // Two GPUs of a machine compute the same.
            device: device.split(':').next().unwrap_or_default().to_owned(),
            program: PROGRAM.to_owned(),
        })
    }

    /// The same run on a list from outside.
    pub fn on_list(self, list: Option<&List>) -> Self {
        let digest = |list: &List| row_digest::of_directed(&list.shared, list.borrowers.as_ref());
        Self { given_list: list.map(digest), ..self }
    }

    /// The same run, going on from the model of another one.
    ///
    /// # Errors
    /// The model cannot be read.
    pub fn going_on_from(self, run: Option<&RunFolder>) -> Result<Self> {
        Ok(Self { from: run.map(RunFolder::model_digest).transpose()?, ..self })
    }

    /// The first difference from `got` in words; `None` if both are of the same run.
    pub fn difference(&self, got: &Self) -> Option<String> {
        if let Some(difference) = self.data_difference(got) {
            return Some(difference);
        }
        if self.given_list.is_some()
            && got.given_list.is_some()
            && self.given_list != got.given_list
        {
            return Some("list: expected the same shared rows, got others".to_owned());
        }
        if self.program.is_empty() {
            return Some(format!(
                "program: expected an older version of ssim, got {}",
                got.program
            ));
        }
        let rest = |identity: &Self| {
            json!({
                "method": identity.method,
                "recipe": identity.recipe,
                "backbone": identity.backbone,
                "seed": identity.seed,
                "max_steps": identity.max_steps,
                "from": identity.from,
                "list": identity.given_list.as_ref().map(|_| "one from outside"),
                "threads": identity.threads,
                "device": identity.device,
                "program": identity.program,
            })
        };
        difference::first(&rest(self), &rest(got))
    }

    /// The first difference of the data of `got` from this run's, in words. Nothing is known of the
    /// rows of a run that an older version of the program has made.
    pub fn data_difference(&self, got: &Self) -> Option<String> {
        self.differs_from(&got.fingerprint, got.rows.as_ref())
    }

    fn differs_from(&self, fingerprint: &str, rows: Option<&Split<RowDigest>>) -> Option<String> {
        if self.fingerprint != fingerprint {
            return Some(format!(
                "the vocabularies or the scenarios are others: expected fingerprint {}, got {fingerprint}",
                self.fingerprint
            ));
        }
        let (was, is) = (self.rows.as_ref()?, rows?);
        was.named()
            .into_iter()
            .zip(is.named())
            .find_map(|((name, was), (_, is))| Some(format!("{name}: {}", was.difference(is)?)))
    }

    /// Refuses data that are not those of the run in the folder `run`.
    ///
    /// # Errors
    /// Says the first difference; or the data's rows cannot be read.
    pub fn expect_data(&self, run: &Path, data: &Data) -> Result<()> {
        let digests = self.rows.is_some().then(|| data.digests()).transpose()?;
        let difference = self.differs_from(&data.schema.fingerprint(), digests.as_ref());
        refuse(&data.path, run, difference)
    }

    /// Refuses the run `other`, in the folder `path`, if it is on other data than this one, in the
    /// folder `run`.
    ///
    /// # Errors
    /// Says the first difference.
    pub fn expect_data_of(&self, run: &Path, path: &Path, other: &Self) -> Result<()> {
        refuse(path, run, self.data_difference(other))
    }
}

/// Fails if there is a difference between the data at `path` and those of the run in `run`.
fn refuse(path: &Path, run: &Path, difference: Option<String>) -> Result<()> {
    match difference {
        None => Ok(()),
        Some(difference) => Fail::data(format!(
            "{}: expected the data of {}; {difference}; name the data folder that the run was \
             fitted on",
            path.display(),
            run.display()
        )),
    }
}
