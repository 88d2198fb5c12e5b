//! Reads a plan of `ssim compare`: TOML with the systems to compare, all checked before anything is
//! trained.

mod check;
mod file;
mod shipped;

pub use shipped::names as shipped_names;

use crate::files::read;
use crate::files::wanted::InputKind;
use crate::settings::args::Settings;
use crate::settings::config::{self, closest, hint, preset};
use crate::terminal::exit::Fail;
use anyhow::Result;
use candle_core::Device;
use check::{Checker, known};
use file::PlanFile;
use ssim_core::method::Method;
use ssim_core::schema::Schema;
use ssim_data::table::toml_hint;
use ssim_train::config::Config;
use ssim_train::recipe::Recipe;
use ssim_train::setup::Setup;
use std::path::Path;
use toml::Value;

/// The most seeds of a comparison.
pub const MAX_SEEDS: u64 = 100;
/// The most systems of a plan.
pub const MAX_SYSTEMS: usize = 1000;
/// The most candidates of a system: combinations of its grid's values.
pub const MAX_CANDIDATES: usize = 1000;

/// A checked plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The text as it was read.
    pub text: String,
    /// Title of the plan, or its file's name.
    pub title: String,
    /// The preset in force, if there is one.
    pub preset: Option<String>,
    /// Which preset the log's size has chosen, and why; nothing if a preset is named.
    pub chosen: Option<String>,
    /// Number of seeds that the plan asks for.
    pub seeds: Option<u64>,
    /// The systems, in the order of the tables' rows.
    pub systems: Vec<System>,
}

/// A system: one row of the tables.
#[derive(Clone, Debug)]
pub struct System {
    /// Name of the system and of its folder.
    pub name: String,
    pub method: Method,
    pub backbone: String,
    /// Origin of the list that it is trained on, if the list is not the method's own.
    pub list: Option<ListOf>,
    /// Whether the other systems are tested against this one.
    pub baseline: bool,
    /// The settings to choose from: one, or every combination of a grid.
    pub candidates: Vec<Candidate>,
}

/// Origin of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ListOf {
    /// Another system of the plan, by its index; its run has the same seed.
    System(usize),
    /// The planted truth of synthetic data, which no method can know.
    Planted,
}

/// Settings that a system may use.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The settings that the grid has set: `section.key` and the value.
    pub values: Vec<(String, Value)>,
    pub config: Config,
}

impl Plan {
    /// The same plan with these systems alone.
    pub fn of_systems(&self, systems: &[usize]) -> Self {
        let systems = systems.iter().map(|s| self.systems[*s].clone()).collect();
        Self { systems, ..self.clone() }
    }

    /// Reads a shipped plan by its name, or a file.
    ///
    /// # Errors
    /// An error names the place in the plan and what was expected there.
    pub fn read(name: &Path, settings: &Settings) -> Result<Self> {
        let source = name.display().to_string();
        let text = match shipped::text(&source) {
            Some(text) if !name.is_file() => text.to_owned(),
            _ if name.is_file() => read::written(name)?,
            _ => {
                let known: Vec<_> = shipped_names().collect();
                let file = InputKind::File.near(name).map(|near| read::name(&near));
                let hint = hint(file.or_else(|| closest(&source, shipped_names(), 2)));
                return Fail::config(format!(
                    "{source}: expected a plan, which is a file or one of {}, got {}{hint}",
                    known.join(", "),
                    InputKind::File.found(name)
                ));
            }
        };
        Self::parse(&source, text, settings)
    }

    /// Checks a plan's text; `source` is its name in messages.
    ///
    /// # Errors
    /// Fails as [`Plan::read`] does.
    pub fn parse(source: &str, text: String, settings: &Settings) -> Result<Self> {
        let place = |at: usize| {
            format!("{source}:{}", text[..at.min(text.len())].matches('\n').count() + 1)
        };
        let file: PlanFile = toml::from_str(&text).or_else(|e| {
            let at = e.span().map_or(0, |s| s.start);
            let message = e.message();
            Fail::config(format!("{}: {message}{}", place(at), toml_hint(message)))
        })?;
        let systems = file.system.len();
        if !(1..=MAX_SYSTEMS).contains(&systems) {
            return Fail::config(format!(
                "{source}: expected 1 to {MAX_SYSTEMS} entries [[system]], got {systems}"
            ));
        }
        if let Some(seeds) = &file.seeds
            && !(1..=MAX_SEEDS as i64).contains(seeds.get_ref())
        {
            let here = place(seeds.span().start);
            let got = seeds.get_ref();
            return Fail::config(format!("{here}: seeds: expected 1 to {MAX_SEEDS}, got {got}"));
        }
        let mut settings = settings.clone();
        let named = file.preset.as_deref().map(preset::named);
        settings.preset = settings.preset.or(named.map(str::to_owned));
        if let Some(preset) = &settings.preset {
            known(source, "preset", preset, preset::names())?;
        }
        let checker = Checker { source, place: &place, file: &file, settings: &settings };
        let systems = file.system.iter().map(|entry| checker.system(entry.get_ref()));
        let systems = systems.collect::<Result<Vec<_>>>()?;
        checker.no_cycle(&systems)?;
        let title = file.title.clone().unwrap_or_else(|| source.to_owned());
        Ok(Self {
            title,
            preset: settings.preset_in_force().map(str::to_owned),
            chosen: settings.told(&config::resolve(&settings)?),
            seeds: file.seeds.map(|seeds| seeds.into_inner().unsigned_abs()),
            systems,
            text: text.clone(),
        })
    }

    /// The conditions and the recipe of every candidate of every system, with the first seed.
    pub fn runs<'a>(
        &'a self,
        schema: &'a Schema,
        device: &'a Device,
        max_steps: Option<u64>,
    ) -> Vec<(Setup<'a>, &'static Recipe)> {
        let candidates = self.systems.iter().flat_map(|s| s.candidates.iter().map(move |c| (s, c)));
        let run = |(system, candidate): (&'a System, &'a Candidate)| {
            let (backbone, config) = (&system.backbone, &candidate.config);
            let setup = Setup { backbone, device, max_steps, ..Setup::new(schema, config) };
            (setup, Recipe::of(system.method))
        };
        candidates.map(run).collect()
    }

    /// Counts the lists that must be made before a system's own, each from the one before it.
    /// Systems of one level do not wait for each other.
    pub fn level(&self, system: usize) -> usize {
        match self.systems[system].list {
            Some(ListOf::System(source)) => 1 + self.level(source),
            _ => 0,
        }
    }
}
