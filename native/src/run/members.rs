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
    /// Several processes, and those of [`fit`](Self::fit).
    pub(super) fn fit_members(
        &self,
        folder: &Path,
        request: RunRequest,
        if_there: IfThere,
    ) -> Result<Record> {
        let identity = self.identity(&request)?;
        let RunRequest { name, method, backbone, given, from, config, seed } = request;
        let recipe = Recipe::of(method);
        let count = config.model.members;
        if self.ranks.size() > 1 {
            return Fail::usage(format!(
                "model.members: expected 1 with several processes, got {count}"
            ));
        }
        let firsts: Vec<_> = match &from {
            Some(run) => first_runs(run, count)?.into_iter().map(Some).collect(),
            None => (0..count).map(|_| None).collect(),
        };
        let settings = recipe.settings(config);
        let lock = FolderLock::take(folder)?;
        let run = RunFolder::begin(&lock, &identity, &settings, self.data, if_there)?;
        if run.summary().exists() {
            return run.record();
        }
        run.note_environment(self.on)?;

        let alone = ModelConfig { members: 1, ..config.model.clone() };
        let alone = Config { model: alone, ..config.clone() };
        let (mut members, mut records) = (Vec::new(), Vec::new());
        for (seed, from) in seeds(seed, count as u64)?.zip(firsts) {
            out::note(&format!("{name}: member {} of {count}, seed {seed}", records.len() + 1));
            let member = RunFolder { path: run.member(seed) };
            let given = given.clone();
            let request = RunRequest { name, method, backbone, given, from, config: &alone, seed };
            records.push(self.fit_here(&member.path, request, IfThere::Continue)?);
            members.push(member);
        }

        let schema = &self.data.schema;
        // Every member has one model, or a copy of it per scenario, of which those of a scenario are averaged.
        let fitted = members.iter().map(|member| member.models(schema, self.device));
        let fitted = fitted.collect::<Result<Vec<_>>>()?;
        let mut fitted: Vec<_> = fitted.into_iter().map(Vec::into_iter).collect();
        let copies = if recipe.copies { schema.scenarios.len() } else { 1 };
        let mut models = Vec::with_capacity(copies);
        for k in 0..copies {
            let of_members: Vec<Model> = fitted.iter_mut().filter_map(Iterator::next).collect();
            let model = Model::mean_of(&of_members)?;
            let path = if recipe.copies { run.copy_file(k) } else { run.model_file() };
            write::bytes(&path, &saved::save_model(&model, &schema.fingerprint())?)?;
            models.push(model);
        }
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
        let Measured { val, test, calibration } = measure(&setup, &models, self.rows, &run)?;
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

impl RunFolder {
    /// The runs of the members, in the order of their seeds; this run alone if it has one member.
    ///
    /// # Errors
    /// A file of the run is damaged.
    fn members(&self) -> Result<Vec<Self>> {
        let (run, identity) = Self::open(&self.path)?;
        match run.config()?.model.members {
            1 => Ok(vec![run]),
            count => Ok(seeds(identity.seed, count as u64)?
                .map(|seed| Self { path: run.member(seed) })
                .collect()),
        }
    }
}

/// The runs that the members of another run go on from, one each.
///
/// # Errors
/// They are not so many: members that went on from the same model would hardly differ.
fn first_runs(run: &RunFolder, count: usize) -> Result<Vec<RunFolder>> {
    let firsts = run.members()?;
    if firsts.len() != count {
        return Fail::usage(format!(
            "model.members: expected {}, as many as {} has, got {count}",
            firsts.len(),
            run.path.display()
        ));
    }
    Ok(firsts)
}
