//! The runs of a plan: each in a folder of its own, several at a time, none of them twice.

use crate::files::read;
use crate::run::many::{RunMaker, RunRequest};
use crate::run::run_folder::{IfThere, RunFolder, of_system};
use crate::settings::plan::{ListOf, Plan, System};
use crate::terminal::{out, report};
use anyhow::{Context, Result, anyhow};
use ssim_core::artifact::record::Record;
use ssim_core::look::statistics::mean;
use ssim_data::list;
use ssim_train::select::List;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// The runs of a plan, their folder, and how many go on at a time.
pub struct Runs<'a> {
    pub maker: &'a RunMaker<'a>,
    pub plan: &'a Plan,
    pub folder: &'a Path,
    pub seeds: Vec<u64>,
    /// Runs at a time.
    pub jobs: usize,
    /// Worker threads of each run.
    pub threads: usize,
}

/// One system's runs.
pub struct Outcome {
    /// The candidate that validation has chosen.
    pub chosen: usize,
    /// Validation AUC of every candidate, mean over scenarios and seeds; empty where there is one
    /// candidate.
    pub grid: Vec<Option<f64>>,
    /// Folder and summary per seed.
    pub runs: Vec<(RunFolder, Record)>,
}

/// One run: system, candidate and seed.
type Task = (usize, usize, u64);

impl Runs<'_> {
    /// Runs everything, level by level: a list is there before what is trained on it. Every candidate
    /// of a grid runs with every seed, since one seed's validation rows choose by their noise.
    ///
    /// # Errors
    /// The error of the first run that fails. Runs that are under way are finished before.
    pub fn all(&self) -> Result<Vec<Outcome>> {
        let systems = 0..self.plan.systems.len();
        let levels = systems.clone().map(|s| self.plan.level(s)).max().unwrap_or(0);
        let mut chosen = vec![0; systems.len()];
        let mut grids = vec![Vec::new(); systems.len()];
        let mut done: BTreeMap<Task, Record> = BTreeMap::new();
        for level in 0..=levels {
            let here: Vec<usize> =
                systems.clone().filter(|s| self.plan.level(*s) == level).collect();
            let count = |s: usize| self.plan.systems[s].candidates.len();
            let seeds = |s: usize, c: usize| self.seeds.iter().map(move |seed| (s, c, *seed));
            let tasks = here.iter().flat_map(|s| (0..count(*s)).flat_map(|c| seeds(*s, c)));
            self.work(tasks.collect(), &chosen, &mut done)?;
            for s in here.iter().copied().filter(|s| count(*s) > 1) {
                let auc = |c| {
                    let runs = seeds(s, c).map(|task| done.get(&task)?.val.mean_auc);
                    mean(&runs.collect::<Option<Vec<f64>>>()?)
                };
                grids[s] = (0..count(s)).map(auc).collect();
                chosen[s] = best(&grids[s]);
            }
        }
        let outcome = |s: usize| {
            let run = |seed: &u64| {
                let task = (s, chosen[s], *seed);
                let summary = done.get(&task).cloned().context("a run is missing")?;
                Ok((RunFolder { path: self.path(task) }, summary))
            };
            let runs = self.seeds.iter().map(run).collect::<Result<_>>()?;
            Ok(Outcome { chosen: chosen[s], grid: grids[s].clone(), runs })
        };
        systems.map(outcome).collect()
    }

    /// Does tasks that do not wait for each other, `jobs` at a time.
    fn work(
        &self,
        tasks: Vec<Task>,
        chosen: &[usize],
        done: &mut BTreeMap<Task, Record>,
    ) -> Result<()> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let found = Mutex::new(Vec::new());
        let worker = || -> Result<()> {
            // A pool of its own, so that a run's bytes do not depend on how many there are.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?;
            while let Some(task) = tasks.get(next.fetch_add(1, Ordering::SeqCst)) {
                if failed.load(Ordering::SeqCst) {
                    break;
                }
                let result = pool.install(|| self.run(*task, chosen));
                failed.fetch_or(result.is_err(), Ordering::SeqCst);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push((*task, result?));
            }
            Ok(())
        };
        let results: Vec<Result<()>> = std::thread::scope(|scope| {
            let jobs = self.jobs.min(tasks.len());
            let start = |_| {
                let worker = Builder::new().spawn_scoped(scope, worker);
                failed.fetch_or(worker.is_err(), Ordering::SeqCst);
                worker.context("cannot start a thread")
            };
            let workers: Vec<_> = (0..jobs).map(start).collect();
            let panicked = |_| Err(anyhow!("a run has panicked"));
            workers.into_iter().map(|worker| worker?.join().unwrap_or_else(panicked)).collect()
        });
        done.extend(found.into_inner().unwrap_or_else(PoisonError::into_inner));
        results.into_iter().collect()
    }

    fn run(&self, task: Task, chosen: &[usize]) -> Result<Record> {
        let (s, c, seed) = task;
        let system = &self.plan.systems[s];
        let given = match system.list {
            Some(ListOf::System(source)) => {
                Some(self.list(&RunFolder { path: self.path((source, chosen[source], seed)) })?)
            }
            Some(ListOf::Planted) => {
                self.maker.rows.train.planted.as_ref().map(|p| p.shared.clone().into())
            }
            None => None,
        };
        let System { name, method, backbone, candidates, .. } = system;
        let (method, config) = (*method, &candidates[c].config);
        let wanted = RunRequest { name, method, backbone, given, from: None, config, seed };
        let at = || format!("system \"{name}\", seed {seed}");
        let path = self.path(task);
        let is_new = !RunFolder { path: path.clone() }.summary().exists();
        let summary = self.maker.fit(&path, wanted, IfThere::Continue).with_context(at)?;
        if is_new {
            let auc = report::number(summary.val.mean_auc);
            out::note(&format!("{name}, seed {seed}: mean validation AUC of the scenarios {auc}"));
        }
        Ok(summary)
    }

    /// The rows that another run has shared.
    fn list(&self, run: &RunFolder) -> Result<List> {
        let (path, name) = (run.list(), read::name(&run.list()));
        let schema = &self.maker.data.schema;
        let list = list::read(read::open(&path)?, &name, schema)?;
        let shared = list.apply(&name, schema, &self.maker.rows.train)?;
        Ok(List { borrowers: list.borrowers, ..List::unscored(shared) })
    }

    fn path(&self, (s, c, seed): Task) -> PathBuf {
        let system = &self.plan.systems[s];
        let mut path = of_system(self.folder, &system.name);
        if system.candidates.len() > 1 {
            path.push(format!("grid-{c}"));
        }
        path.join(seed.to_string())
    }
}

/// The first of the best; a run without AUC is the worst.
fn best(aucs: &[Option<f64>]) -> usize {
    let mut best = 0;
    for (i, auc) in aucs.iter().enumerate() {
        if auc.unwrap_or(0.0) > aucs[best].unwrap_or(0.0) {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(best(&[None, Some(0.6), Some(0.7), Some(0.7)]), 2);
        assert_eq!(best(&[None, None]), 0);
    }
}
