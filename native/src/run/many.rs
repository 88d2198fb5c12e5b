//! Runs on the same data, each in a folder of its own.

use super::fit::{FitRun, KeptResults};
use super::identity::Identity;
use super::run_folder::{IfThere, RunFolder, conditions};
use super::shared::SharedResults;
use crate::files::data::Data;
use crate::files::lock::FolderLock;
use crate::machine::missed_steps::{MissedSteps, epoch_of_products};
use crate::machine::training_memory::TrainingMemory;
use crate::machine::{device_plan, memory_check, ranks};
use crate::terminal::exit::Fail;
use crate::terminal::out;
use anyhow::Result;
use candle_core::Device;
use ssim_core::artifact::record::Record;
use ssim_core::instances::Instances;
use ssim_core::method::Method;
use ssim_core::row_digest::RowDigest;
use ssim_core::split::Split;
use ssim_train::config::Config;
use ssim_train::ranks::Collective;
use ssim_train::recipe::Recipe;
use ssim_train::select::List;
use ssim_train::setup::Setup;
use std::path::Path;

/// Makes runs that have data, device and ranks in common.
pub struct RunMaker<'a> {
    pub data: &'a Data,
    pub rows: &'a Split<Instances>,
    pub device: &'a Device,
    /// Digests of the rows, if they are parts of those in the data folder.
    pub parts: Option<Split<RowDigest>>,
    /// The device's name.
    pub on: &'a str,
    pub max_steps: Option<u64>,
    /// The processes that train together.
    pub ranks: &'a dyn Collective,
    /// Results that several runs use. Without them every run does all of its work itself.
    pub shared: Option<SharedResults>,
}

/// One run, as it is asked for.
pub struct RunRequest<'a> {
    /// Name in reports.
    pub name: &'a str,
    pub method: Method,
    pub backbone: &'a str,
    /// A list from outside, in place of the method's own.
    pub given: Option<List>,
    /// The run whose model the training goes on from, in place of the method's own start.
    pub from: Option<RunFolder>,
    /// Settings before the method fixes its own.
    pub config: &'a Config,
    pub seed: u64,
}

impl<'a> RunMaker<'a> {
    /// A maker of the same runs, which do all of their work themselves.
    pub fn alone(&self) -> RunMaker<'a> {
        let Self { data, rows, device, on, max_steps, ranks, .. } = *self;
        RunMaker { data, rows, device, on, max_steps, ranks, parts: None, shared: None }
    }

    /// Fits a run in a folder of its own. It does not repeat what an earlier call has finished
    /// there, if `if_there` allows to go on.
    ///
    /// # Errors
    /// A list that the method has no use for, whatever stops a phase, or what the file system
    /// reports.
    pub fn fit(&self, folder: &Path, request: RunRequest, if_there: IfThere) -> Result<Record> {
        let method = request.method;
        let is_plain = request.given.is_none() && request.from.is_none();
        let others_begin_with_it = is_plain && Recipe::of(method).can_be_first();
        match &self.shared {
            Some(shared) if others_begin_with_it => {
                let setup = self.setup(request.config, request.backbone, request.seed);
                let fit = || self.fit_here(folder, request, if_there);
                shared.own(method, &setup, folder.to_owned(), fit)
            }
            _ => self.fit_here(folder, request, if_there),
        }
    }

    /// Fits a run in a folder of its own, which no other run waits for.
    pub(super) fn fit_here(
        &self,
        folder: &Path,
        request: RunRequest,
        if_there: IfThere,
    ) -> Result<Record> {
        if request.config.model.members > 1 {
            return self.fit_members(folder, request, if_there);
        }
        let identity = self.identity(&request)?;
        let RunRequest { name, method, backbone, given, from, seed, .. } = request;
        let recipe = Recipe::of(method);
        let going_on = from.as_ref().map(|_| going_on(method, given.is_some())).transpose()?;
        let recipe = going_on.as_ref().unwrap_or(recipe);
        if given.is_some() && !recipe.takes_list() {
            return Fail::usage(format!(
                "--shared: expected a method that trains one model on a list, got {method}"
            ));
        }
        let config = recipe.settings(request.config);
        ranks::agree(self.ranks, &conditions(&identity, &config)?)?;
        let setup = self.setup(&config, backbone, seed);
        setup.check()?;
        memory_check::check(
            &setup,
            &TrainingMemory::of(&setup, recipe, given.as_ref().map(|list| &list.shared[..]))?,
        )?;
        let train = &self.rows.train;
        device_plan::check(&setup, recipe, train)?;
        if let Some(missed) = MissedSteps::of_epoch(setup.schema.features(), train, &config)? {
            let epoch = epoch_of_products(&setup, train.len(), config.select.ratio);
            missed.told(epoch).iter().for_each(|told| out::note(&format!("{name}: {told}")));
        }
        let lock = FolderLock::take(folder)?;
        let run = RunFolder::begin(&lock, &identity, &config, self.data, if_there)?;
        run.note_environment(self.on)?;
        let shared = self.shared.as_ref().filter(|_| !run.summary().exists());
        let searches = given.is_none() && recipe.list.is_searched();
        let search = shared.filter(|_| searches).map(|shared| shared.search(self, setup));
        let first = recipe.first(given.is_some());
        let first = shared.zip(first).map(|(shared, first)| shared.first(self, first, setup));
        let kept = KeptResults { search: search.transpose()?, first: from.or(first.transpose()?) };
        FitRun { identity, recipe, given, setup, run: &run, kept }.fit(self.rows)
    }

    pub(super) fn setup<'s>(
        &'s self,
        config: &'s Config,
        backbone: &'s str,
        seed: u64,
    ) -> Setup<'s> {
        let Self { device, max_steps, ranks, .. } = *self;
        Setup { backbone, seed, device, max_steps, ranks, ..Setup::new(&self.data.schema, config) }
    }

    pub(super) fn identity(&self, request: &RunRequest) -> Result<Identity> {
        let RunRequest { name, method, backbone, ref given, ref from, seed, .. } = *request;
        let mut identity = Identity::new(self.data, name, method, backbone, seed, self.on)?;
        identity.rows = self.parts.clone().or(identity.rows);
        identity.max_steps = self.max_steps;
        identity.on_list(given.as_ref()).going_on_from(from.as_ref())
    }
}

/// The recipe of a method that goes on from a run.
///
/// # Errors
/// The method has no such recipe.
fn going_on(method: Method, given: bool) -> Result<Recipe> {
    match Recipe::of(method).going_on(given) {
        Some(recipe) => Ok(recipe),
        None if Recipe::of(method).takes_list() => Fail::usage(format!(
            "--from: expected a list for {method}, got none; `ssim select` makes one with the \
             selector of the run, and --shared takes it"
        )),
        None => Fail::usage(format!(
            "--from: expected a method that trains one model, such as st or mt, got {method}"
        )),
    }
}

/// The digests of rows.
pub fn digests(rows: &Split<Instances>) -> Split<RowDigest> {
    let Split { train, val, test } = rows;
    Split { train: RowDigest::of(train), val: RowDigest::of(val), test: RowDigest::of(test) }
}
