//! The race of `ssim fit --method auto`: candidates are fitted and judged on the validation rows, in rounds
//! of one more seed each, and the better half stays (successive halving: Jamieson and Talwalkar,
//! *Non-stochastic best arm identification and hyperparameter optimization*, AISTATS 2016). Of a large log,
//! the first round takes a quarter of the train rows, in which the worse half shows for a quarter of the time.
//!
//! The candidates are the systems of a plan. Every fit is a run in a folder of its own, which is not
//! repeated when the race is resumed.

mod decision;
mod judge;
mod parts;

pub use decision::Decision;
pub use parts::halves;

use crate::compare::Runs;
use crate::machine::time_check::PlannedRuns;
use crate::run::many::{RunMaker, digests};
use crate::run::run_folder::RunFolder;
use crate::run::shared::SharedResults;
use crate::settings::args::seeds;
use crate::settings::plan::{Plan, System};
use crate::terminal::{out, report};
use anyhow::{Context, Result};
use decision::Standing;
use judge::{Fits, better_half, judge};
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::model::Predict;
use ssim_core::split::Split;
use ssim_train::recipe::{ListSource, Recipe};
use std::path::Path;
use std::time::{Duration, Instant};

/// Most seeds of a candidate.
const SEEDS: usize = 3;
/// Train rows from which on the first round takes a quarter of them.
const LARGE: usize = 100_000;

/// A race that is about to begin.
pub struct Race<'a> {
    /// The maker of the runs on all train rows.
    pub maker: RunMaker<'a>,
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

/// A round: its runs, and their number of seeds.
struct Round<'r> {
    maker: &'r RunMaker<'r>,
    folder: &'r Path,
    seeds: usize,
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
        let rows = &self.maker.rows;
        let quarter = (rows.train.len() >= LARGE).then(|| Split {
            train: parts::quarter(&rows.train),
            val: rows.val.clone(),
            test: rows.test.clone(),
        });
        let folder = self.folder.join("quarter");
        let quarter = quarter.as_ref().map(|rows| RunMaker {
            rows,
            parts: Some(digests(rows)),
            shared: Some(SharedResults::new(folder.join("shared"))),
            ..self.maker.alone()
        });
        let first = quarter.as_ref().map(|maker| Round { maker, folder: &folder, seeds: 1 });
        let whole = |seeds| Round { maker: &self.maker, folder: self.folder, seeds };
        let rounds: Vec<Round> = first.into_iter().chain((1..=SEEDS).map(whole)).collect();
        let (mut trials, mut close) = (0, Vec::new());
        for (place, round) in rounds.iter().enumerate() {
            let left = self.trials.map_or(usize::MAX, |most| most.saturating_sub(trials));
            // A later round that is not whole would compare candidates of other numbers of seeds.
            if place > 0 && left < racing.len() {
                break;
            }
            out::note(&format!("round {} of at most {}", place + 1, rounds.len()));
            let least = if place > 0 { 0 } else { 2 };
            let fits = self.fits(round, &racing[..left.min(racing.len())], least, started)?;
            if place > 0 && fits.len() < racing.len() {
                break;
            }
            racing.truncate(fits.len());
            trials += fits.len();
            let judged = judge(&fits, self.judges, self.maker.data.schema.scenarios.len());
            let rows = round.maker.rows.train.len();
            judged.iter().for_each(|j| standings[racing[j.candidate]].note(rows, round.seeds, j));
            close = judged.iter().filter(|j| j.is_close()).map(|j| racing[j.candidate]).collect();
            // Who is behind with a quarter of the rows may catch up with all of them.
            let is_part = rows < self.maker.rows.train.len();
            let stay = better_half(&judged).into_iter().filter(|j| is_part || j.is_close());
            racing = stay.map(|j| racing[j.candidate]).collect();
            let names: Vec<_> =
                racing.iter().map(|s| self.plan.systems[*s].name.as_str()).collect();
            out::note(&format!("after round {}: {}", place + 1, names.join(", ")));
            if racing.len() < 2 {
                break;
            }
        }
        // The first is the simplest.
        let chosen = *close.first().context("expected a candidate that can be fitted, got none")?;
        let name = self.plan.systems[chosen].name.clone();
        let reason = reason(&standings[chosen]);
        let (seed, candidates) = (self.seed, standings);
        Ok(Decision { schema: 2, chosen: name, seed, reason, trials, candidates })
    }

    /// The reason for which a candidate cannot be fitted on these data.
    fn unfit(&self, system: &System) -> Option<String> {
        let taught = matches!(Recipe::of(system.method).list, ListSource::Taught(_));
        let lacks = taught && self.maker.data.schema.scenario_field(None).is_none();
        lacks.then(|| "the scenario column is no field, so its value cannot be swapped".to_owned())
    }

    /// Fits candidates with the seeds of a round; gives the predictions of all that were done in time, and of
    /// `least` candidates even if there is no time left.
    fn fits(
        &self,
        round: &Round,
        racing: &[usize],
        least: usize,
        started: Instant,
    ) -> Result<Vec<Fits>> {
        let Round { maker, folder, seeds: count } = *round;
        let seeds: Vec<u64> = seeds(self.seed, count as u64)?.collect();
        let plan = self.plan.of_systems(racing);
        let (runs, rows) =
            (plan.runs(&maker.data.schema, maker.device, maker.max_steps), maker.rows.train.len());
        let work = PlannedRuns { runs, seeds: 1, rows, threads: self.jobs }.work();
        let (begun, all) = (Instant::now(), work.iter().sum::<f64>());
        let mut fits = Vec::with_capacity(racing.len());
        for group in racing.chunks(self.jobs) {
            if fits.len() >= least && self.budget.is_some_and(|budget| started.elapsed() >= budget)
            {
                out::note("the time is used up: no other candidate is fitted");
                break;
            }
            let done: f64 = work[..fits.len()].iter().sum();
            let left = begun.elapsed().as_secs_f64() / done * (all - done);
            let passed = report::duration(started.elapsed().as_secs_f64());
            let left = match fits.len() {
                0 => String::new(),
                _ => format!(", about {} left in this round", report::duration(left)),
            };
            let progress = format!("{} of {} candidates done", fits.len(), racing.len());
            out::note(&format!("{progress}, {passed} passed{left}"));
            let plan = self.plan.of_systems(group);
            let (seeds, jobs) = (seeds.clone(), self.jobs);
            let runs = Runs { maker, plan: &plan, folder, seeds, jobs, threads: 1 };
            for outcome in runs.all()? {
                fits.push(self.predictions(&outcome.runs)?);
            }
        }
        Ok(fits)
    }

    /// The logits of the judging rows by the models of a candidate's runs.
    fn predictions(&self, runs: &[(RunFolder, Record)]) -> Result<Fits> {
        let RunMaker { data, device, .. } = self.maker;
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
