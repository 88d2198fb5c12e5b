//! Reads what a run has fitted: its model or models, and its selector.

use super::run_folder::RunFolder;
use crate::files::{read, write};
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use candle_core::Device;
use ssim_core::calibrator::Calibrator;
use ssim_core::checksum::Checksum;
use ssim_core::drift::Baseline;
use ssim_core::method::Method;
use ssim_core::model::Model;
use ssim_core::schema::Schema;
use ssim_core::selector::Scorer;
use ssim_train::checkpoint::header::RETRAIN;
use ssim_train::optimizer::KeptMoments;
use ssim_train::saved;
use ssim_train::setup::Setup;
use std::path::Path;

impl RunFolder {
    /// The fitted model.
    ///
    /// # Errors
    /// When there is none, it is damaged, or the run has a copy per scenario.
    pub fn model(&self, schema: &Schema, device: &Device) -> Result<Model> {
        self.expect_one_model()?;
        load(&self.model_file(), schema, device)
    }

    fn expect_one_model(&self) -> Result<()> {
        if self.has_copies() {
            return Fail::usage(format!(
                "{}: expected a run with one model, got one with a copy per scenario, \
                 which can be evaluated and can score",
                self.path.display()
            ));
        }
        ended(&self.path, &self.model_file())
    }

    /// The fitted model, or its copies for each scenario.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn models(&self, schema: &Schema, device: &Device) -> Result<Vec<Model>> {
        if !self.has_copies() {
            return Ok(vec![load(&self.model_file(), schema, device)?]);
        }
        (0..schema.scenarios.len()).map(|k| load(&self.copy_file(k), schema, device)).collect()
    }

    /// The selector and its table, where the run has searched.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn scorer(&self, schema: &Schema, device: &Device) -> Result<Option<Scorer>> {
        let path = self.selector_file();
        if !path.exists() {
            return Ok(None);
        }
        let loaded = saved::load_scorer(&read::stored(&path)?, schema, device);
        loaded.map(Some).with_context(|| path.display().to_string())
    }

    /// The selector and its table, for work that needs one.
    ///
    /// # Errors
    /// The run has no selector, or it is damaged.
    pub fn expect_scorer(&self, schema: &Schema, device: &Device) -> Result<Scorer> {
        self.scorer(schema, device)?.map_or_else(|| self.has_not_searched(), Ok)
    }

    /// A digest of the run's selector, which tells its scores from those of others.
    ///
    /// # Errors
    /// The run has no selector, or it cannot be read.
    pub fn selector_digest(&self) -> Result<String> {
        let path = self.selector_file();
        if !path.exists() {
            return self.has_not_searched();
        }
        digest(&path)
    }

    /// The fitted model, for a schema that may be an extension of the run's own: values that the run does not
    /// know begin with the embedding of unseen values.
    ///
    /// # Errors
    /// Those of [`model`](Self::model), several members, or the schema is no extension.
    pub fn model_for(&self, schema: &Schema, device: &Device) -> Result<Model> {
        let own = self.schema()?.schema;
        let mut model = self.model(&own, device)?;
        if model.config.members > 1 {
            let (run, members) = (self.path.display(), model.config.members);
            return Fail::usage(format!(
                "{run}: expected a run of one member, got one of {members}; each of them is a run in {run}/members"
            ));
        }
        if own.fingerprint() != schema.fingerprint() {
            let ids = schema.ids_in(&own).with_context(|| {
                let run = self.path.display();
                format!("{run}: expected a run whose vocabularies the data extend")
            })?;
            model.embedding = model.embedding.of_ids(&ids);
        }
        Ok(model)
    }

    /// The state of the optimisers that have fitted the model, for a schema that may be an extension of the run's own; none
    /// if the run has no checkpoint of its training.
    ///
    /// # Errors
    /// The checkpoint is damaged.
    pub fn moments(&self, schema: &Schema, backbone: &str) -> Result<Option<KeptMoments>> {
        let path = self.checkpoint(RETRAIN);
        if !path.exists() {
            return Ok(None);
        }
        let (own, config) = (self.schema()?.schema, self.config()?);
        let setup = Setup { backbone, ..Setup::new(&own, &config) };
        let kept = KeptMoments::read(&read::stored(&path)?, &setup);
        let kept = kept.with_context(|| path.display().to_string())?;
        Ok(Some(match own.fingerprint() == schema.fingerprint() {
            true => kept,
            false => kept.of_ids(&schema.places_in(&own)),
        }))
    }

    /// A digest of the run's model, which tells it from those of others.
    ///
    /// # Errors
    /// The run has not ended or has a copy per scenario, or the model cannot be read.
    pub fn model_digest(&self) -> Result<String> {
        self.expect_one_model()?;
        digest(&self.model_file())
    }

    /// Counts of the rows that the model was fitted on; none if an older version has fitted it.
    ///
    /// # Errors
    /// They are damaged, or those of another model.
    pub fn baseline(&self, schema: &Schema) -> Result<Option<Baseline>> {
        let path = self.baseline_file();
        if !path.exists() {
            return Ok(None);
        }
        let baseline: Baseline = read::json(&path)?;
        baseline.check(schema).with_context(|| path.display().to_string())?;
        Ok(Some(baseline))
    }

    /// The calibration of the model.
    ///
    /// # Errors
    /// The run has not ended, an earlier version of the program has fitted it, or the report is damaged.
    pub fn calibrator(&self, schema: &Schema) -> Result<Calibrator> {
        expect_calibration(self.record()?.calibration, schema, &self.path)
    }

    fn has_not_searched<T>(&self) -> Result<T> {
        Fail::data(format!(
            "{}: expected a run that has searched, got one without selector; `ssim fit --method {}` \
             and `ssim search` search",
            self.path.display(),
            Method::Ssim
        ))
    }
}

/// The calibration in the record of the model at `path`.
///
/// # Errors
/// There is none, or it is that of another model.
pub fn expect_calibration(
    found: Option<Calibrator>,
    schema: &Schema,
    path: &Path,
) -> Result<Calibrator> {
    let Some(found) = found else {
        return Fail::data(format!(
            "{}: --calibrated: expected a model with a calibration, got one that an earlier version of the program has \
             fitted",
            path.display()
        ));
    };
    found.check(schema).with_context(|| path.display().to_string())?;
    Ok(found)
}

/// Refuses a run that has not written a file yet, which it writes at its end.
pub(super) fn ended(run: &Path, file: &Path) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    let (run, file) = (run.display(), file.file_name().unwrap_or_default().display());
    Fail::data(format!(
        "{run}: expected a run that has ended, got one without {file}; the command that began it \
         goes on with --resume (`ssim search` alone makes no model)"
    ))
}

fn digest(path: &Path) -> Result<String> {
    Ok(format!("{:016x}", Checksum::of(&read::bytes(path)?)))
}

fn load(path: &Path, schema: &Schema, device: &Device) -> Result<Model> {
    ended(write::folder_of(path), path)?;
    let loaded = saved::load_model(&read::stored(path)?, schema, device);
    loaded.with_context(|| path.display().to_string())
}
