//! A run of several members: a method is fitted from several seeds, and the mean of the logits is one model.
//!
//! Every member is a run of its own in the folder `members`. List, selector and sample of the run are those of the
//! first member, which has the run's seed.

use super::fit::{Measured, measure};
use super::many::{RunMaker, RunRequest};
use super::run_folder::{IfThere, RunFolder};
use crate::files::lock::FolderLock;
use crate::files::{read, write};
use crate::settings::args::seeds;
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::{Context, Result};
use ssim_core::artifact::record::Record;
use ssim_core::model::Model;
use ssim_train::config::{Config, ModelConfig};
use ssim_train::recipe::Recipe;
use ssim_train::saved;
use std::path::{Path, PathBuf};

impl RunMaker<'_> {
    /// Fits a run of several members in a folder of its own. Members that have ended are not fitted again.
    ///
    /// # Errors
    /// A method that trains a copy of the model per scenario, several processes, and those of
    /// [`fit`](Self::fit).
    pub(super) fn fit_members(
        &self,
        folder: &Path,
        request: RunRequest,
        if_there: IfThere,
    ) -> Result<Record> {
        let RunRequest { name, method, backbone, given, from, config, seed } = request;
        let recipe = Recipe::of(method);
        let count = config.model.members;
        if recipe.copies {
            return Fail::usage(format!(
                "model.members: expected 1 with {method}, which trains a copy of the model per scenario, got {count}"
            ));
        }
        if self.ranks.size() > 1 {
            return Fail::usage(format!(
                "model.members: expected 1 with several processes, got {count}"
            ));
        }
        let settings = recipe.settings(config);
        let identity = self.identity(name, method, backbone, seed)?.on_list(given.as_ref());
        let identity = identity.going_on_from(from.as_ref())?;
        let lock = FolderLock::take(folder)?;
        let run = RunFolder::begin(&lock, &identity, &settings, self.data, if_there)?;
        if run.summary().exists() {
            return run.record();
        }
        run.note_environment(self.on)?;

        let alone = ModelConfig { members: 1, ..config.model.clone() };
        let alone = Config { model: alone, ..config.clone() };
        let (mut members, mut records) = (Vec::new(), Vec::new());
        for seed in seeds(seed, count as u64)? {
            out::note(&format!("{name}: member {} of {count}, seed {seed}", records.len() + 1));
            let member = RunFolder { path: run.member(seed) };
            let from = from.as_ref().map(|from| RunFolder { path: from.path.clone() });
            let given = given.clone();
            let request = RunRequest { name, method, backbone, given, from, config: &alone, seed };
            records.push(self.fit_here(&member.path, request, IfThere::Continue)?);
            members.push(member);
        }

        let schema = &self.data.schema;
        let models = members.iter().map(|member| member.model(schema, self.device));
        let model = Model::mean_of(&models.collect::<Result<Vec<_>>>()?)?;
        let bytes = saved::save_model(&model, &schema.fingerprint())?;
        write::bytes(&run.model_file(), &bytes)?;
        let first = members.first().context("a member")?;
        let of_first: [fn(&RunFolder) -> PathBuf; 5] = [
            RunFolder::list,
            RunFolder::selector_file,
            RunFolder::trail,
            RunFolder::metrics,
            RunFolder::sample_file,
        ];
        for file in of_first.iter().filter(|file| file(first).exists()) {
            write::bytes(&file(&run), &read::bytes(&file(first))?)?;
        }
        let setup = self.setup(&settings, backbone, seed);
        let phases = records.iter().flat_map(|record| record.phases.clone()).collect();
        let Measured { val, test, calibration } = measure(&setup, &model, self.rows, &run)?;
        let record = Record {
            phases,
            val,
            test,
            calibration: Some(calibration),
            identity: Some(serde_json::to_value(&identity)?),
            ..records.into_iter().next().context("a member")?
        };
        write::json(&run.summary(), &record)?;
        Ok(record)
    }
}
