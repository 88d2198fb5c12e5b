//! `ssim fit --method auto`: candidates race, and the run folder stands for the run that was chosen.

use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::files::owned::OwnedFiles;
use crate::files::{replace, write};
use crate::machine::device;
use crate::machine::time_check::PlannedRuns;
use crate::race::{Decision, Race, halves};
use crate::run::many::{RunMaker, RunRequest, digests};
use crate::run::run_folder::{IfThere, RACE, RACES, of_system};
use crate::run::shared::SharedResults;
use crate::settings::args::{AUTO, Training, time, whole};
use crate::settings::plan::{Plan, System};
use crate::terminal::exit::Fail;
use crate::terminal::{out, report};
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use serde_json::json;
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::split::Split;
use ssim_train::ranks::Alone;
use std::path::Path;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct RaceArgs {
    /// With --method auto: most fits; the same number gives the same choice
    #[arg(long, value_name = "N", value_parser = whole::<u64>(2, 10_000))]
    pub trials: Option<u64>,
    /// With --method auto: the time after which no other fit begins, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub budget: Option<Duration>,
    /// With --method auto: models of the chosen method, whose logits are averaged [default: 4, or 1 from
    /// 1,000,000 train rows on]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 64))]
    pub members: Option<u64>,
}

/// The number of members if none is named. Four have most of the gain that many have (docs/results.md).
const MEMBERS: usize = 4;
/// Train rows from which on nobody is made to wait for more than one member.
const MANY_ROWS: usize = 1_000_000;

impl RaceArgs {
    /// Refuses the options where a method is named.
    pub fn refuse(&self) -> Result<()> {
        let given = [
            ("--trials", self.trials.is_some()),
            ("--budget", self.budget.is_some()),
            ("--members", self.members.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Fail::usage(format!("{option}: expected --method auto with it")),
            None => Ok(()),
        }
    }

    /// The number of members of the chosen method on a log with so many train rows.
    fn members(&self, rows: usize) -> usize {
        match self.members {
            Some(members) => members as usize,
            None if rows >= MANY_ROWS => 1,
            None => MEMBERS,
        }
    }
}

pub fn run(args: &RaceArgs, training: &Training) -> Result<()> {
    let (decision, record) = raced(args, training)?;
    if training.json {
        return out::json(&json!({ "schema": 1, "race": decision, "run": record }));
    }
    out::text(&decision.text())?;
    out::text(&report::summary(&record))
}

/// Runs the race, and fits the method that it has chosen.
///
/// # Errors
/// Those of `ssim fit`.
pub fn raced(args: &RaceArgs, training: &Training) -> Result<(Decision, Record)> {
    let data = Data::open(&training.data);
    let settings = training.settings.for_log(data.as_ref().ok().map(Data::size));
    let mut plan = Plan::read(Path::new(AUTO), &settings)?;
    for system in &mut plan.systems {
        system.backbone.clone_from(&training.backbone);
        // Candidates race with one member each.
        let members = system.candidates.iter().map(|candidate| candidate.config.model.members);
        if let Some(members) = members.max().filter(|members| *members > 1) {
            return Fail::usage(format!(
                "model.members: expected 1 with --method auto, got {members}; --members {members} \
                 is for the chosen method"
            ));
        }
    }
    let threads = training.machine.threads;
    device::threads(threads)?;
    let device = device::device(&training.machine.device)?;
    let data = data?;
    training.check_out(&[])?;
    if let Some(told) = &plan.chosen {
        out::note(told);
    }
    let mut rows = data.rows()?;
    let (stops, judges) = halves(&rows.val);
    let val = std::mem::replace(&mut rows.val, stops);
    let jobs = rayon::current_num_threads();
    let planned = plan.runs(&data.schema, &device, training.max_steps);
    PlannedRuns { runs: planned, seeds: 2, rows: rows.train.len(), threads: jobs }.check();
    let lock = FolderLock::take(&training.out)?;
    if training.if_there() == IfThere::Replace {
        replace::clear(&training.out)?;
    }
    let mut owned = OwnedFiles::open(&lock)?;
    let folder = training.out.join(RACES);
    let shared = Some(SharedResults::new(folder.join("shared")));
    let race = Race {
        maker: RunMaker {
            shared,
            parts: Some(digests(&rows)),
            ..maker(&data, &rows, &device, training)
        },
        judges: &judges,
        plan: &plan,
        folder: &folder,
        seed: training.seed,
        jobs,
        trials: args.trials.map(|n| n as usize),
        budget: args.budget,
    };
    let decision = race.run()?;
    owned.replace(&[RACE], |out| write::json(&out.join(RACE), &decision))?;
    // The chosen method is fitted again, now with all validation rows to stop by.
    rows.val = val;
    let name = decision.chosen.as_str();
    let system = plan.systems.iter().find(|s| s.name == name).context("the chosen candidate")?;
    let System { method, backbone, candidates, .. } = system;
    let (seed, mut config) = (training.seed, candidates[0].config.clone());
    config.model.members = args.members(rows.train.len());
    let config = &config;
    let wanted =
        RunRequest { name, method: *method, backbone, given: None, from: None, config, seed };
    let folder = of_system(&training.out, name).join(seed.to_string());
    let record = maker(&data, &rows, &device, training).fit(&folder, wanted, IfThere::Continue)?;
    Ok((decision, record))
}

fn maker<'a>(
    data: &'a Data,
    rows: &'a Split<Instances>,
    device: &'a Device,
    training: &'a Training,
) -> RunMaker<'a> {
    let (on, max_steps) = (&training.machine.device, training.max_steps);
    RunMaker { data, rows, device, on, max_steps, ranks: &Alone, parts: None, shared: None }
}
