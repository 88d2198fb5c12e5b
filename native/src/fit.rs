//! One run from beginning to end: search, select, retrain, evaluate. Whatever is finished lies in
//! the run folder, and is not done again.

use crate::data::Data;
use crate::phase::Drive;
use crate::run_folder::{Identity, RunFolder};
use crate::summary::{Share, Summary, Timing};
use crate::{read, sample, write};
use anyhow::Result;
use candle_core::Device;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_data::folder::write_split;
use ssim_data::list::{self, SharedList};
use ssim_train::config::Config;
use ssim_train::evaluate::evaluate;
use ssim_train::method::ListSource;
use ssim_train::retrain::Retrain;
use ssim_train::saved;
use ssim_train::search::{Search, Searched};
use ssim_train::select::{random_scores, score, select};
use ssim_train::setup::Setup;
use std::path::Path;

/// Name of runs on the planted list: what no method can know.
pub const PLANTED: &str = "planted";

/// The splits of a data folder.
pub struct Rows {
    pub train: Instances,
    pub val: Instances,
    pub test: Instances,
}

impl Rows {
    /// Reads all splits.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn read(data: &Data) -> Result<Self> {
        Ok(Self { train: data.split("train")?, val: data.split("val")?, test: data.split("test")? })
    }
}

/// Where a run's list of shared rows comes from.
pub enum Source {
    /// What the method says.
    Method(ListSource),
    /// Somebody's list, one bit per train row.
    Given(Vec<bool>),
}

/// One run.
pub struct Job<'a> {
    /// Name in reports and progress lines.
    pub name: &'a str,
    pub towers: usize,
    pub source: Source,
    pub setup: Setup<'a>,
    pub run: &'a RunFolder,
}

impl Job<'_> {
    /// Does what is not done yet.
    ///
    /// # Errors
    /// Whatever stops a phase, or what the file system reports.
    pub fn fit(&self, rows: &Rows) -> Result<Summary> {
        if self.run.summary().exists() {
            return read::json(&self.run.summary());
        }
        let mut phases = Vec::new();
        let (list, searched) = self.list(&rows.train, &mut phases)?;
        let (model, timing) = self.retrain(rows, list.shared.clone(), searched, steps(&phases))?;
        phases.push(timing);
        let Setup { schema, config, backbone, seed, .. } = self.setup;
        let quality =
            |split: &Instances| evaluate(&model, split, &schema.scenarios, config.train.eval_batch);
        let summary = Summary {
            schema: 1,
            dataset: schema.dataset.clone(),
            method: self.name.to_owned(),
            backbone: backbone.to_owned(),
            seed,
            phases,
            share: Share::count(&schema.scenarios, &rows.train, &list.shared, self.ratio()),
            val: quality(&rows.val)?,
            test: quality(&rows.test)?,
        };
        let sample = sample::stratified(&rows.test, schema.scenarios.len(), sample::ROWS, seed);
        write::atomic(&self.run.sample_file(), |to| Ok(write_split(to, schema, &sample)?))?;
        write::json(&self.run.summary(), &summary)?;
        Ok(summary)
    }

    fn ratio(&self) -> Option<f64> {
        match self.source {
            Source::Method(ListSource::Random | ListSource::Search) => {
                Some(self.setup.config.select.ratio)
            }
            _ => None,
        }
    }

    /// The list, from the run folder where it is made already, and the search that it came from.
    fn list(
        &self,
        train: &Instances,
        phases: &mut Vec<Timing>,
    ) -> Result<(SharedList, Option<Searched>)> {
        let n = train.len();
        let Setup { schema, config, seed, device, .. } = self.setup;
        let cut = |scores: &[f32]| select(scores, train, &config.select, config.train.batch, seed);
        let mut found = None;
        // Rows that nobody scored all have the same score.
        let (scores, shared) = match &self.source {
            Source::Given(shared) => (vec![0.0; n], shared.clone()),
            Source::Method(ListSource::Nothing) => (vec![0.0; n], vec![false; n]),
            Source::Method(ListSource::Everything) => (vec![0.0; n], vec![true; n]),
            Source::Method(ListSource::Random) => {
                let scores = random_scores(n, seed);
                let shared = cut(&scores)?;
                (scores, shared)
            }
            Source::Method(ListSource::Search) => {
                let (searched, timing) = self.search(train)?;
                phases.push(timing);
                let Searched { selector, embedding, .. } = found.insert(searched);
                if self.run.list().exists() {
                    let path = self.run.list();
                    return Ok((list::read(read::open(&path)?, &read::name(&path))?, found));
                }
                let scores = score(selector, embedding, train, device)?;
                let shared = cut(&scores)?;
                (scores, shared)
            }
        };
        let list = SharedList::new(schema, train, scores, shared)?;
        if !self.run.list().exists() {
            write_list(&self.run.list(), &list)?;
        }
        Ok((list, found))
    }

    /// Phase 1.
    ///
    /// # Errors
    /// Whatever stops the phase, or what the file system reports.
    pub fn search(&self, train: &Instances) -> Result<(Searched, Timing)> {
        let mut search = Search::new(self.setup, train)?;
        let timing = self.drive(train, 0).run(&mut search)?;
        let searched = search.finish()?;
        let path = self.run.selector_file();
        if !path.exists() {
            let fingerprint = self.setup.schema.fingerprint();
            write::bytes(
                &path,
                &saved::save_selector(&searched.selector, &searched.embedding, &fingerprint)?,
            )?;
        }
        Ok((searched, timing))
    }

    /// Phase 2.
    fn retrain(
        &self,
        rows: &Rows,
        shared: Vec<bool>,
        searched: Option<Searched>,
        offset: u64,
    ) -> Result<(Model, Timing)> {
        let mut retrain = Retrain::new(self.setup, self.towers, &rows.train, &rows.val, shared)?;
        if let Some(searched) = searched.filter(|_| self.setup.config.select.dropout > 0.0) {
            retrain.redraw_from(searched);
        }
        let timing = self.drive(&rows.train, offset).run(&mut retrain)?;
        let model = retrain.finish()?;
        let bytes = saved::save_model(&model, &self.setup.schema.fingerprint())?;
        write::bytes(&self.run.model_file(), &bytes)?;
        Ok((model, timing))
    }

    fn drive(&self, train: &Instances, offset: u64) -> Drive<'_> {
        let config = &self.setup.config.train;
        Drive {
            run: self.run,
            label: self.name,
            rows: train.len(),
            batch: config.batch,
            checkpoint_steps: config.checkpoint_steps,
            max_steps: self.setup.max_steps,
            offset,
        }
    }
}

/// What several runs on the same data have in common.
pub struct Bench<'a> {
    pub data: &'a Data,
    pub rows: &'a Rows,
    pub backbone: &'a str,
    pub device: &'a Device,
    /// The device's name.
    pub on: &'a str,
}

impl Bench<'_> {
    /// Fits a run in a folder of its own, or reads what an earlier call left there.
    ///
    /// # Errors
    /// Whatever stops a phase, or what the file system reports.
    pub fn fit(
        &self,
        folder: &Path,
        name: &str,
        towers: usize,
        source: Source,
        config: &Config,
        seed: u64,
    ) -> Result<Summary> {
        let schema = &self.data.schema;
        let identity = Identity {
            method: name.to_owned(),
            backbone: self.backbone.to_owned(),
            seed,
            fingerprint: schema.fingerprint(),
            max_steps: None,
            given_list: matches!(source, Source::Given(_)),
        };
        let run = RunFolder::begin(folder, &identity, config, self.data, true)?;
        run.note_environment(self.on)?;
        let Self { backbone, device, .. } = *self;
        let setup = Setup { schema, config, backbone, seed, device, max_steps: None };
        Job { name, towers, source, setup, run: &run }.fit(self.rows)
    }
}

/// Writes a list of shared rows.
///
/// # Errors
/// What the file system reports.
pub fn write_list(path: &Path, list: &SharedList) -> Result<()> {
    write::atomic(path, |to| Ok(list::write(to, list)?))
}

fn steps(phases: &[Timing]) -> u64 {
    phases.iter().map(|p| p.steps).sum()
}

/// A setup from its parts.
pub fn setup<'a>(
    data: &'a Data,
    config: &'a Config,
    training: &'a crate::args::Training,
    device: &'a Device,
) -> Setup<'a> {
    Setup {
        schema: &data.schema,
        config,
        backbone: &training.backbone,
        seed: training.seed,
        device,
        max_steps: training.max_steps,
    }
}
