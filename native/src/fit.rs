//! One run from beginning to end: search, select, retrain, evaluate. Whatever is finished lies in
//! the run folder, and is not done again.

mod list;
pub mod trail;

use crate::data::Data;
use crate::phase::Drive;
use crate::run_folder::RunFolder;
use crate::summary::{Share, Summary, Timing};
use crate::{read, sample, write};
use anyhow::Result;
use ssim_core::embedding::Embedding;
use ssim_core::instances::Instances;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_data::folder::write_split;
use ssim_data::list::SharedList;
use ssim_train::checkpoint::RETRAIN;
use ssim_train::evaluate::evaluate;
use ssim_train::method::{ListSource, Method, Start};
use ssim_train::retrain::Retrain;
use ssim_train::saved;
use ssim_train::search::Searched;
use ssim_train::select::Draw;
use ssim_train::setup::Setup;
use std::path::Path;

/// Name of runs on the planted list: what no method can know.
pub const PLANTED: &str = "planted";
/// Phase of the model that a method goes on from.
const START: &str = "start";

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

/// One run.
pub struct Job<'a> {
    /// Name in reports and progress lines.
    pub name: &'a str,
    pub method: Method,
    /// Somebody's list, one bit per train row, in place of the method's own.
    pub given: Option<Vec<bool>>,
    /// With the settings that the method fixes.
    pub setup: Setup<'a>,
    pub run: &'a RunFolder,
    /// A finished search that several runs use.
    pub kept: Option<&'a RunFolder>,
}

/// Weights to go on from, and whether they compete with what comes of them.
struct From {
    values: Values,
    embedding: Embedding,
    competes: bool,
}

/// One model's training.
struct Task<'a> {
    phase: &'a str,
    towers: usize,
    train: &'a Instances,
    val: &'a Instances,
    shared: Vec<bool>,
    from: Option<&'a From>,
    draw: Option<Draw>,
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
        let (list, searched) = self.list(rows, &mut phases)?;
        let models = self.models(rows, &list, searched, &mut phases)?;
        let Setup { schema, config, backbone, seed, ranks, .. } = self.setup;
        let quality = |split: &Instances| {
            evaluate(&models, split, &schema.scenarios, config.train.eval_batch, ranks)
        };
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
        let sample = self.sample(rows);
        write::atomic(&self.run.sample_file(), |to| Ok(write_split(to, schema, &sample)?))?;
        write::json(&self.run.summary(), &summary)?;
        Ok(summary)
    }

    /// Test rows that stay with the run.
    fn sample(&self, rows: &Rows) -> Instances {
        let scenarios = self.setup.schema.scenarios.len();
        sample::stratified(&rows.test, scenarios, sample::ROWS, self.setup.seed)
    }

    fn ratio(&self) -> Option<f64> {
        use ListSource::{Random, Search, Taught};
        let asked = matches!(self.method.list(), Random | Search | Taught(_));
        (self.given.is_none() && asked).then_some(self.setup.config.select.ratio)
    }

    /// Phase 2: one model, or a copy per scenario.
    fn models(
        &self,
        rows: &Rows,
        list: &SharedList,
        searched: Option<Searched>,
        phases: &mut Vec<Timing>,
    ) -> Result<Vec<Model>> {
        let plan = self.method.plan();
        let towers = |method: Method| method.towers(self.setup.schema.scenarios.len());
        let (train, val) = (&rows.train, &rows.val);
        let from = match (plan.start, &searched) {
            (Start::Searched, Some(found)) => Some(From {
                values: found.model.parameters.values()?,
                embedding: found.embedding.clone(),
                competes: false,
            }),
            (Start::Fitted(other), _) => {
                let model = self.train(self.plainly(START, other, rows), phases)?;
                let values = model.parameters.values()?;
                Some(From { values, embedding: model.embedding, competes: true })
            }
            _ => None,
        };
        let (towers, from) = (towers(self.method), from.as_ref());
        if !plan.copies {
            let draw = match searched {
                Some(_) if plan.list == ListSource::Soft => Some(Draw::Soft(list.scores.clone())),
                found if self.setup.config.select.dropout > 0.0 => {
                    found.map(|found| Draw::Dropout(Box::new(found)))
                }
                _ => None,
            };
            let shared = list.shared.clone();
            let task = Task { phase: RETRAIN, towers, train, val, shared, from, draw };
            let model = self.train(task, phases)?;
            self.keep_model(&self.run.model_file(), &model)?;
            return Ok(vec![model]);
        }
        let copy = |k: usize| {
            let (train, val) = (own(train, k), own(val, k));
            let (phase, shared) = (format!("{RETRAIN}-{k}"), vec![false; train.len()]);
            let task =
                Task { phase: &phase, towers, train: &train, val: &val, shared, from, draw: None };
            let model = self.train(task, phases)?;
            self.keep_model(&self.run.copy_file(k), &model)?;
            Ok(model)
        };
        (0..self.setup.schema.scenarios.len()).map(copy).collect()
    }

    /// The training of a method that shares everything or nothing, as a phase of this run.
    fn plainly<'a>(&self, phase: &'a str, method: Method, rows: &'a Rows) -> Task<'a> {
        Task {
            phase,
            towers: method.towers(self.setup.schema.scenarios.len()),
            train: &rows.train,
            val: &rows.val,
            shared: vec![method.list() == ListSource::Everything; rows.train.len()],
            from: None,
            draw: None,
        }
    }

    fn train(&self, task: Task, phases: &mut Vec<Timing>) -> Result<Model> {
        let Task { phase, towers, train, val, shared, from, draw } = task;
        let mut retrain = Retrain::new(self.setup, towers, train, val, shared)?.named(phase);
        if let Some(from) = from {
            retrain.start_from(&from.values, &from.embedding, from.competes)?;
        }
        if let Some(draw) = draw {
            retrain.redraw(draw);
        }
        let offset = phases.iter().map(|p| p.steps).sum();
        phases.push(self.drive(train, offset).run(&mut retrain)?);
        Ok(retrain.finish()?)
    }

    fn keep_model(&self, path: &Path, model: &Model) -> Result<()> {
        write::bytes(path, &saved::save_model(model, &self.setup.schema.fingerprint())?)
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
            ranks: self.setup.ranks,
            offset,
        }
    }
}

/// The rows of scenario `k`.
fn own(rows: &Instances, k: usize) -> Instances {
    let of = |i: &u32| usize::from(rows.scenarios[*i as usize]) == k;
    rows.pick(&(0..rows.len() as u32).filter(of).collect::<Vec<_>>())
}
