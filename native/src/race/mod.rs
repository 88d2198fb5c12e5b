//! The race of `ssim fit --method auto`: candidates are fitted and judged on the validation rows, in rounds
//! of one more seed each, and the better half stays (successive halving: Jamieson and Talwalkar,
//! *Non-stochastic best arm identification and hyperparameter optimization*, AISTATS 2016).
//!
//! The candidates are the systems of a plan. Every fit is a run in a folder of its own, which is not
//! repeated when the race is resumed.

mod decision;
mod halves;
mod judge;

pub use decision::Decision;
pub use halves::halves;

use crate::compare::Runs;
use crate::run::many::RunMaker;
use crate::run::run_folder::RunFolder;
use crate::settings::args::seeds;
use crate::settings::plan::{Plan, System};
use crate::terminal::{out, report};
use anyhow::{Context, Result};
use decision::Standing;
use judge::{Fits, judge, stay};
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::model::Predict;
use ssim_train::recipe::{ListSource, Recipe};
use std::path::Path;
use std::time::{Duration, Instant};

/// Most rounds of a race.
const ROUNDS: usize = 3;

/// A race that is about to begin.
pub struct Race<'a> {
    pub maker: &'a RunMaker<'a>,
    /// The rows by which candidates are judged. No training stops by them.
    pub judges: &'a Instances,
    pub plan: &'a Plan,
    /// The folder of the race's runs.
    pub folder: &'a Path,
    /// The seed of the first round; each round adds the next one.
    pub seed: u64,
    /// Runs at a time, with one thread each.
    pub jobs: usize,
    /// Most fits; no round begins that would need more.
    pub trials: Option<usize>,
    /// Time after which no fit begins.
    pub budget: Option<Duration>,
}

impl Race<'_> {
    /// Runs the race.
    ///
    /// # Errors
    /// The error of a run that fails, or of a file.
    pub fn run(&self) -> Result<Decision> {
        let started = Instant::now();
        let mut standings: Vec<_> =
            self.plan.systems.iter().map(|s| Standing::new(&s.name)).collect();
        let mut racing = Vec::new();
        for (s, system) in self.plan.systems.iter().enumerate() {
            standings[s].left_out = self.unfit(system);
            if standings[s].left_out.is_none() {
                racing.push(s);
            }
        }
        let (mut trials, mut close) = (0, Vec::new());
        for round in 1..=ROUNDS {
            let left = self.trials.map_or(usize::MAX, |most| most.saturating_sub(trials));
            // A later round that is not whole would compare candidates of other numbers of seeds.
            if round > 1 && left < racing.len() {
                break;
            }
            let fits = self.round(round, &racing[..left.min(racing.len())], started)?;
            if round > 1 && fits.len() < racing.len() {
                break;
            }
            racing.truncate(fits.len());
            trials += fits.len();
            let judged = judge(&fits, self.judges, self.maker.data.schema.scenarios.len());
            judged.iter().for_each(|j| standings[racing[j.candidate]].note(round, j));
            close = judged.iter().filter(|j| j.is_close()).map(|j| racing[j.candidate]).collect();
            racing = stay(&judged).into_iter().map(|candidate| racing[candidate]).collect();
            let names: Vec<_> =
                racing.iter().map(|s| self.plan.systems[*s].name.as_str()).collect();
            out::note(&format!("after round {round}: {}", names.join(", ")));
            if racing.len() < 2 {
                break;
            }
        }
        // The first is the simplest.
        let chosen = *close.first().context("expected a candidate that can be fitted, got none")?;
        let name = self.plan.systems[chosen].name.clone();
        let reason = reason(&standings[chosen]);
        let (seed, candidates) = (self.seed, standings);
        Ok(Decision { schema: 1, chosen: name, seed, reason, trials, candidates })
    }

    /// The reason for which a candidate cannot be fitted on these data.
    fn unfit(&self, system: &System) -> Option<String> {
        let taught = matches!(Recipe::of(system.method).list, ListSource::Taught(_));
        let lacks = taught && self.maker.data.schema.scenario_field(None).is_none();
        lacks.then(|| "the scenario column is no field, so its value cannot be swapped".to_owned())
    }

    /// Fits candidates with one more seed; gives the predictions of all that were done in time.
    fn round(&self, round: usize, racing: &[usize], started: Instant) -> Result<Vec<Fits>> {
        let seeds: Vec<u64> = seeds(self.seed, round as u64)?.collect();
        let mut fits = Vec::with_capacity(racing.len());
        for group in racing.chunks(self.jobs) {
            let spent = started.elapsed();
            // The first round needs two candidates to choose between.
            let enough = round > 1 || fits.len() > 1;
            if enough && self.budget.is_some_and(|budget| spent >= budget) {
                out::note("the time is used up: no other candidate is fitted");
                break;
            }
            let done = format!("{} of {} candidates done", fits.len(), racing.len());
            let passed = report::duration(spent.as_secs_f64());
            out::note(&format!("round {round} of {ROUNDS}: {done}, {passed} passed"));
            let plan = self.plan.of_systems(group);
            let Self { maker, folder, jobs, .. } = *self;
            let seeds = seeds.clone();
            let runs = Runs { maker, plan: &plan, folder, seeds, jobs, threads: 1 };
            for outcome in runs.all()? {
                fits.push(self.predictions(&outcome.runs)?);
            }
        }
        Ok(fits)
    }

    /// The logits of the judging rows by the models of a candidate's runs.
    fn predictions(&self, runs: &[(RunFolder, Record)]) -> Result<Fits> {
        let RunMaker { data, device, .. } = *self.maker;
        let all: Vec<u32> = (0..self.judges.len() as u32).collect();
        let predict = |(run, _): &(RunFolder, Record)| {
            Ok(run.models(&data.schema, device)?.predict(self.judges, &all)?)
        };
        runs.iter().map(predict).collect()
    }
}

/// The reason for which a candidate was chosen, in a sentence.
fn reason(chosen: &Standing) -> String {
    match chosen.behind {
        None => "No scenario has validation rows of both kinds, so nothing tells the candidates \
                 apart, and the simplest was taken."
            .to_owned(),
        Some(0.0) => "It has the best AUC of the validation rows.".to_owned(),
        Some(_) => "It is the simplest of those within one standard error of the best AUC of the \
                    validation rows."
            .to_owned(),
    }
}
