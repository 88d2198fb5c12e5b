//! One run: a fit is driven to its end, and every result is kept in the run folder as soon as it is
//! finished, so that no phase is trained twice.

use super::drive::Drive;
use super::identity::Identity;
use super::journal;
use super::run_folder::RunFolder;
use super::sample;
use super::trail::Recorder;
use crate::files::{read, write};
use crate::terminal::out;
use anyhow::{Context, Result};
use ssim_core::artifact::record::{Record, Share, Timing};
use ssim_core::calibrator::{Calibrator, LabelledLogits};
use ssim_core::drift::Baseline;
use ssim_core::instances::Instances;
use ssim_core::look::explained::explained;
use ssim_core::metric::Report;
use ssim_core::model::Predict;
use ssim_core::selector::Scorer;
use ssim_core::split::Split;
use ssim_data::folder::write_split;
use ssim_data::list::{self, SharedList};
use ssim_train::checkpoint::header::SEARCH;
use ssim_train::evaluate::logits;
use ssim_train::event::Event;
use ssim_train::fit::{Fit, Next};
use ssim_train::phase::Phase;
use ssim_train::recipe::{Recipe, Start};
use ssim_train::saved;
use ssim_train::search::Search;
use ssim_train::select::List;
use ssim_train::setup::Setup;

/// One run, which fits a method in its folder.
pub struct FitRun<'a> {
    /// The identity of the run. Its method is the name in reports and progress lines.
    pub identity: Identity,
    pub recipe: &'a Recipe,
    /// A list from outside, in place of the recipe's own.
    pub given: Option<List>,
    /// The conditions, with the settings that the method fixes.
    pub setup: Setup<'a>,
    pub run: &'a RunFolder,
    pub kept: KeptResults,
}

/// The folders of finished results that several runs use.
pub struct KeptResults {
    /// The search.
    pub search: Option<RunFolder>,
    /// The run whose model is the first of the recipe.
    pub first: Option<RunFolder>,
}

impl FitRun<'_> {
    /// Does what is not done yet.
    ///
    /// # Errors
    /// Whatever stops a phase, or what the file system reports.
    pub fn fit(self, rows: &Split<Instances>) -> Result<Record> {
        if self.run.summary().exists() {
            return read::json(&self.run.summary());
        }
        let mut fit = self.begin(rows)?;
        let mut timings = self.first(&mut fit)?;
        loop {
            match fit.proceed()? {
                Next::Phase => timings.push(self.drive(&mut fit, rows, &timings)?),
                Next::Selector(scorer) => keep_scorer(&self.setup, self.run, scorer)?,
                Next::List(made) if !self.run.list().exists() => {
                    let (scores, shared) = (made.scores.clone(), made.shared.clone());
                    let borrowers = made.borrowers.clone();
                    let made = SharedList::new(self.setup.schema, &rows.train, scores, shared)?;
                    let made = SharedList { borrowers, ..made };
                    write::atomic(&self.run.list(), |to| Ok(list::write(to, &made)?))?;
                }
                Next::List(_) => (),
                Next::Model(copy, model) => {
                    let path = copy.map_or(self.run.model_file(), |k| self.run.copy_file(k));
                    write::bytes(&path, &saved::save_model(model, &self.fingerprint())?)?;
                }
                Next::End => break,
            }
        }
        self.report(&fit, rows, timings)
    }

    /// The fit, with the list that an earlier session has made.
    fn begin<'f>(&'f self, rows: &'f Split<Instances>) -> Result<Fit<'f>> {
        let mut fit = Fit::new(self.setup, self.recipe, rows);
        if let Some(list) = &self.given {
            return Ok(fit.on_list(list.clone())?);
        }
        // A list without a selector is made again in no time.
        let path = self.run.list();
        if self.recipe.list.needs_selector() && path.exists() {
            let (name, schema) = (read::name(&path), self.setup.schema);
            let list = list::read(read::open(&path)?, &name, schema)?;
            let shared = list.apply(&name, schema, &rows.train)?;
            let scores = list.scores_for(&name, schema, &rows.train)?;
            fit.take_back(List { scores, shared, borrowers: list.borrowers });
        }
        Ok(fit)
    }

    /// Gives the fit its first model, if another run has fitted it; returns the phases of that run.
    fn first(&self, fit: &mut Fit) -> Result<Vec<Timing>> {
        let Some(run) = &self.kept.first else { return Ok(Vec::new()) };
        let phase = fit.begin_with(run.model_for(self.setup.schema, self.setup.device)?);
        if matches!(self.recipe.start, Start::Given) {
            self.keep_moments(run, fit)?;
        }
        if !self.run.metrics().exists() {
            journal::take_over(&run.metrics(), phase, &self.run.metrics())?;
        }
        let record: Record = read::json(&run.summary())?;
        let name = |timing: Timing| Timing { phase: phase.to_owned(), ..timing };
        Ok(record.phases.into_iter().map(name).collect())
    }

    /// Lets the optimisers go on where those of a run ended, and says so.
    fn keep_moments(&self, run: &RunFolder, fit: &mut Fit) -> Result<()> {
        let Setup { schema, backbone, .. } = self.setup;
        let name = run.path.display();
        match run.moments(schema, backbone)? {
            Some(kept) => {
                out::note(&match fit.keep_moments(kept) {
                    Some(steps) => {
                        format!("the optimisers go on after the {steps} steps of {name}")
                    }
                    None => format!(
                        "the optimisers begin anew: those of {name} had other towers or were others"
                    ),
                });
            }
            None => out::note(&format!(
                "the optimisers begin anew: {name} has no checkpoint of its training"
            )),
        }
        Ok(())
    }

    /// Takes the phase that runs to its end. A search that several runs share is read from its folder.
    fn drive(&self, fit: &mut Fit, rows: &Split<Instances>, before: &[Timing]) -> Result<Timing> {
        let searches = fit.search().is_some();
        if let (true, Some(search)) = (searches, &self.kept.search) {
            let path = search.checkpoint(SEARCH);
            let resumed = fit.resume(&read::stored(&path)?);
            resumed.with_context(|| path.display().to_string())?;
            // It is finished, so it says so at once.
            while fit.step()? != Event::Done {}
            if !self.run.metrics().exists() {
                write::bytes(&self.run.metrics(), &read::bytes(&search.metrics())?)?;
            }
            return read::json(&search.search_file());
        }
        let mut recorder = searches.then(|| Recorder::new(self.sample(rows), self.run.trail()));
        let drive = Drive { run: self.run, label: &self.identity.method, setup: &self.setup };
        drive.run(fit, before, |fit, event| match (&mut recorder, fit.search()) {
            (Some(recorder), Some(search)) => recorder.follow(search, event),
            _ => Ok(()),
        })
    }

    fn report(&self, fit: &Fit, rows: &Split<Instances>, phases: Vec<Timing>) -> Result<Record> {
        let Setup { schema, backbone, seed, .. } = self.setup;
        let models = fit.models();
        let list = fit.list();
        let shared = list.map(|list| &list.shared[..]).unwrap_or_default();
        let scored = list.filter(|_| self.given.is_none() && self.recipe.list.needs_selector());
        let scenario_r2 = scored.and_then(|list| explained(&list.scores, &rows.train.scenarios));
        let Measured { val, test, calibration } = measure(&self.setup, models, rows, self.run)?;
        let summary = Record {
            schema: 1,
            dataset: schema.dataset.clone(),
            method: self.identity.method.clone(),
            backbone: backbone.to_owned(),
            seed,
            phases,
            share: Share {
                borrowers: list.and_then(|list| list.borrowers.clone()),
                scenario_r2,
                ..Share::count(&schema.scenarios, &rows.train, shared, fit.ratio())
            },
            val,
            test,
            calibration: Some(calibration),
            identity: Some(serde_json::to_value(&self.identity)?),
            ..Record::default()
        };
        let sample = self.sample(rows);
        write::atomic(&self.run.sample_file(), |to| {
            write_split(to, schema, &sample)?;
            Ok(())
        })?;
        write::json(&self.run.summary(), &summary)?;
        Ok(summary)
    }

    /// Test rows that stay with the run.
    fn sample(&self, rows: &Split<Instances>) -> Instances {
        let scenarios = self.setup.schema.scenarios.len();
        sample::stratified(&rows.test, scenarios, sample::ROWS, self.setup.seed)
    }

    fn fingerprint(&self) -> String {
        self.setup.schema.fingerprint()
    }
}

/// The quality of a fitted model.
pub(super) struct Measured {
    pub val: Report,
    pub test: Report,
    pub calibration: Calibrator,
}

/// Measures a model, or a copy per scenario, and keeps counts of the rows that it was fitted on.
///
/// # Errors
/// Only what candle or the file system reports.
pub(super) fn measure(
    setup: &Setup,
    model: &(impl Predict + ?Sized),
    rows: &Split<Instances>,
    run: &RunFolder,
) -> Result<Measured> {
    let schema = setup.schema;
    let val = logits(setup, model, &rows.val)?;
    let test = logits(setup, model, &rows.test)?;
    let baseline = Baseline::new(schema, &rows.train).with_predictions(&val, &rows.val);
    write::json(&run.baseline_file(), &baseline)?;
    let calibration = Calibrator::fit(&schema.scenarios, labelled(&val, &rows.val));
    Ok(Measured {
        val: Report::new(&val, &rows.val, &schema.scenarios),
        test: Report::new(&test, &rows.test, &schema.scenarios),
        calibration: calibration.measured(labelled(&test, &rows.test)),
    })
}

/// Rows with the logits of a model.
fn labelled<'a>(logits: &'a [f32], rows: &'a Instances) -> LabelledLogits<'a> {
    LabelledLogits { logits, labels: &rows.labels, scenarios: &rows.scenarios }
}

/// Searches alone, and keeps the selector.
///
/// # Errors
/// Whatever stops the phase, or what the file system reports.
pub fn search(setup: Setup, run: &RunFolder, label: &str, train: &Instances) -> Result<Timing> {
    let mut search = Search::new(setup, train)?;
    let timing = Drive { run, label, setup: &setup }.run(&mut search, &[], |_, _| Ok(()))?;
    keep_scorer(&setup, run, &search.finish()?.scorer)?;
    Ok(timing)
}

/// Keeps a selector with its table in the run folder, unless an earlier session has done so.
fn keep_scorer(setup: &Setup, run: &RunFolder, scorer: &Scorer) -> Result<()> {
    let path = run.selector_file();
    if path.exists() {
        return Ok(());
    }
    write::bytes(&path, &saved::save_scorer(scorer, &setup.schema.fingerprint())?)
}
