//! Where a run's list comes from: somebody's, a rule's, or a search's.

use super::trail::Watched;
use super::{Job, Rows};
use crate::summary::Timing;
use crate::{read, write};
use anyhow::Result;
use ssim_core::instances::Instances;
use ssim_data::list::{self, SharedList};
use ssim_train::checkpoint::SEARCH;
use ssim_train::distil::Distil;
use ssim_train::method::{ListSource, Method};
use ssim_train::saved;
use ssim_train::search::{Search, Searched};
use ssim_train::select::{random_scores, score, select, soft};
use ssim_train::setup::Setup;
use ssim_train::swap;
use std::path::Path;

/// Phase of the model that a selector learns from.
const TEACH: &str = "teach";

impl Job<'_> {
    /// The list, from the run folder where it is made already, and the search that it came from.
    pub(super) fn list(
        &self,
        rows: &Rows,
        phases: &mut Vec<Timing>,
    ) -> Result<(SharedList, Option<Searched>)> {
        let (train, n) = (&rows.train, rows.train.len());
        let Setup { schema, config, seed, device, ranks, .. } = self.setup;
        let cut = |scores: &[f32]| select(scores, train, &config.select, config.train.batch, seed);
        let mut found = None;
        // Rows that nobody scored all have the same score.
        let (scores, shared) = match (&self.given, self.method.list()) {
            (Some(shared), _) => (vec![0.0; n], shared.clone()),
            (None, ListSource::Random) => {
                let scores = random_scores(n, seed);
                let shared = cut(&scores)?;
                (scores, shared)
            }
            (None, source @ (ListSource::Search | ListSource::Soft | ListSource::Taught(_))) => {
                let searched = match source {
                    ListSource::Taught(teacher) => self.taught(rows, teacher, phases)?,
                    _ => {
                        let (searched, timing) = self.searched(rows)?;
                        phases.push(timing);
                        searched
                    }
                };
                let Searched { selector, embedding, .. } = found.insert(searched);
                if self.run.list().exists() {
                    let path = self.run.list();
                    return Ok((list::read(read::open(&path)?, &read::name(&path))?, found));
                }
                let scores = score(selector, embedding, train, device, ranks)?;
                let shared = match source {
                    ListSource::Soft => soft(&scores, seed, 0),
                    _ => cut(&scores)?,
                };
                (scores, shared)
            }
            (None, source) => (vec![0.0; n], vec![source == ListSource::Everything; n]),
        };
        let list = SharedList::new(schema, train, scores, shared)?;
        if !self.run.list().exists() {
            write_list(&self.run.list(), &list)?;
        }
        Ok((list, found))
    }

    /// The search: the one that is kept for several runs, or the run's own.
    fn searched(&self, rows: &Rows) -> Result<(Searched, Timing)> {
        let train = &rows.train;
        let Some(kept) = self.kept else {
            let search = Search::new(self.setup, train)?;
            let mut watched = Watched::new(search, self.sample(rows), self.run.trail());
            let timing = self.drive(train, 0).run(&mut watched)?;
            return self.found(watched.search, timing);
        };
        let path = kept.checkpoint(SEARCH);
        let mut search = Search::new(self.setup, train)?;
        search.resume(&read::mapped(&path)?)?;
        if !self.run.metrics().exists() {
            write::bytes(&self.run.metrics(), &read::bytes(&kept.metrics())?)?;
        }
        let searched = search.finish()?;
        self.keep_selector(&searched)?;
        Ok((searched, read::json(&kept.search_file())?))
    }

    /// In place of phase 1: a teacher is fitted, and the selector learns what it says of the rows.
    fn taught(&self, rows: &Rows, teacher: Method, phases: &mut Vec<Timing>) -> Result<Searched> {
        let Setup { schema, config, ranks, .. } = self.setup;
        // Known before any training.
        swap::field(schema)?;
        let model = self.train(self.plainly(TEACH, teacher, rows), phases)?;
        let verdict = swap::agreement(&model, &rows.train, schema, config.train.eval_batch, ranks)?;
        let mut distil = Distil::new(self.setup, &rows.train, model, verdict)?;
        let offset = phases.iter().map(|p| p.steps).sum();
        phases.push(self.drive(&rows.train, offset).run(&mut distil)?);
        let searched = distil.finish()?;
        self.keep_selector(&searched)?;
        Ok(searched)
    }

    /// Phase 1.
    ///
    /// # Errors
    /// Whatever stops the phase, or what the file system reports.
    pub fn search(&self, train: &Instances) -> Result<(Searched, Timing)> {
        let mut search = Search::new(self.setup, train)?;
        let timing = self.drive(train, 0).run(&mut search)?;
        self.found(search, timing)
    }

    fn found(&self, search: Search, timing: Timing) -> Result<(Searched, Timing)> {
        let searched = search.finish()?;
        self.keep_selector(&searched)?;
        Ok((searched, timing))
    }

    fn keep_selector(&self, searched: &Searched) -> Result<()> {
        let path = self.run.selector_file();
        if path.exists() {
            return Ok(());
        }
        let fingerprint = self.setup.schema.fingerprint();
        let Searched { selector, embedding, .. } = searched;
        write::bytes(&path, &saved::save_selector(selector, embedding, &fingerprint)?)
    }
}

/// Writes a list of shared rows.
///
/// # Errors
/// What the file system reports.
fn write_list(path: &Path, list: &SharedList) -> Result<()> {
    write::atomic(path, |to| Ok(list::write(to, list)?))
}
