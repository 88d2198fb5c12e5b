//! Checks a plan's systems; an error names the line of the plan.

use super::file::{PlanFile, SystemEntry};
use super::{Candidate, ListOf, MAX_CANDIDATES, System};
use crate::settings::args::Settings;
use crate::settings::config::{self, Layer, closest, hint, preset};
use crate::terminal::exit::Fail;
use anyhow::Result;
use ssim_core::method::Method;
use ssim_core::method::PLANTED;
use ssim_train::recipe::Recipe;
use toml::Spanned;

/// Checks the systems of one plan.
pub struct Checker<'a> {
    /// Name of the plan in messages.
    pub source: &'a str,
    /// Gives `file:line` of a byte offset in the plan.
    pub place: &'a dyn Fn(usize) -> String,
    pub file: &'a PlanFile,
    /// Settings of the command line, with the preset in force.
    pub settings: &'a Settings,
}

impl Checker<'_> {
    fn at(&self, what: &Spanned<String>) -> String {
        (self.place)(what.span().start)
    }

    /// Checks an entry and makes the system that it describes.
    pub fn system(&self, entry: &SystemEntry) -> Result<System> {
        let name = entry.name.get_ref();
        let here = self.at(&entry.name);
        let mut letters = name.chars();
        let allowed = letters.all(|c| c.is_ascii_alphanumeric() || "+-_.".contains(c));
        if name.is_empty() || name.starts_with('.') || !allowed {
            return Fail::config(format!(
                "{here}: name: expected letters, digits and + - _ . (it names a folder too), got \"{name}\""
            ));
        }
        let names = self.file.system.iter().map(|e| e.get_ref().name.get_ref());
        if names.filter(|other| *other == name).count() > 1 {
            return Fail::config(format!("{here}: system \"{name}\": expected once, got twice"));
        }
        let place = format!("{here}: system \"{name}\"");
        let method = match (&entry.method, &entry.list) {
            (Some(method), _) => {
                let names = Method::all().map(Method::name);
                known(&self.at(method), "method", method.get_ref(), names)?.parse()?
            }
            (None, Some(_)) => Method::Ssim,
            (None, None) => return Fail::config(format!("{place}: expected a method or a list")),
        };
        let backbone = match &entry.backbone {
            Some(b) => {
                let names = ssim_core::backbone::names();
                known(&self.at(b), "backbone", b.get_ref(), names)?.to_owned()
            }
            None => "dnn".to_owned(),
        };
        let list = entry.list.as_ref().map(|list| self.list(list, method)).transpose()?;
        let candidates = self.candidates(entry, &place)?;
        let baseline = entry.baseline;
        Ok(System { name: name.clone(), method, backbone, list, baseline, candidates })
    }

    /// Finds the system whose list is meant, or the planted list.
    fn list(&self, list: &Spanned<String>, method: Method) -> Result<ListOf> {
        let names = self.file.system.iter().map(|e| e.get_ref().name.get_ref().as_str());
        let all = names.clone().chain([PLANTED]);
        let found = known(&self.at(list), "list", list.get_ref(), all)?;
        if !Recipe::of(method).takes_list() {
            return Fail::config(format!(
                "{}: list: expected a method that trains one model on a list, got {method}",
                self.at(list)
            ));
        }
        Ok(names.into_iter().position(|name| name == found).map_or(ListOf::Planted, ListOf::System))
    }

    /// Refuses a plan in which a list comes from itself, directly or through other systems.
    pub fn no_cycle(&self, systems: &[System]) -> Result<()> {
        for (first, system) in systems.iter().enumerate() {
            let mut at = first;
            let mut path = vec![system.name.as_str()];
            while let Some(ListOf::System(next)) = systems[at].list {
                path.push(&systems[next].name);
                if next == first {
                    let list = self.file.system[first].get_ref().list.as_ref();
                    let here = list.map_or(self.source.to_owned(), |list| self.at(list));
                    return Fail::config(format!(
                        "{here}: list: expected no circle, got {}",
                        path.join(" from ")
                    ));
                }
                // The path has run into a circle that `first` is no part of. It is found when
                // `first` is one of its systems.
                if path.len() > systems.len() {
                    break;
                }
                at = next;
            }
        }
        Ok(())
    }

    /// Makes a candidate of every combination of the grid's values over the system's settings.
    fn candidates(&self, entry: &SystemEntry, place: &str) -> Result<Vec<Candidate>> {
        let mut between = vec![Layer::table(self.source, &self.file.settings)?];
        for (name, table) in &entry.with {
            let name = known(place, "with", preset::named(name), preset::names())?;
            let layer = Layer::table(&format!("{place}: with.{name}"), table)?;
            if self.settings.preset_in_force() == Some(name) {
                between.push(layer);
            }
        }
        between.push(Layer::table(&format!("{place}: set"), &entry.set)?);
        let axes = Layer::table(&format!("{place}: grid"), &entry.grid)?;
        let mut over = vec![Layer::default()];
        for axis in axes.settings {
            let key = format!("{}.{}", axis.section, axis.key);
            let values = axis.value.as_array().filter(|values| !values.is_empty());
            let Some(values) = values else {
                return Fail::config(format!(
                    "{}: {key}: expected a list of values, got {}",
                    axis.place, axis.value
                ));
            };
            // Before any of them is made: the numbers of values multiply.
            let combinations = over.len().saturating_mul(values.len());
            if combinations > MAX_CANDIDATES {
                return Fail::config(format!(
                    "{}: expected at most {MAX_CANDIDATES} combinations of values, got {combinations} or more with {key}",
                    axis.place
                ));
            }
            // Every layer so far continues with every value of this axis.
            let mut extended = Vec::with_capacity(combinations);
            for layer in &over {
                for value in values {
                    let mut layer = layer.clone();
                    layer.settings.push(config::Setting { value: value.clone(), ..axis.clone() });
                    extended.push(layer);
                }
            }
            over = extended;
        }
        let mut candidates = Vec::with_capacity(over.len());
        for layer in over {
            let settings = layer.settings.iter();
            let values = settings.map(|s| (format!("{}.{}", s.section, s.key), s.value.clone()));
            let values = values.collect();
            let config = config::layered(self.settings, between.clone(), vec![layer])?;
            candidates.push(Candidate { values, config });
        }
        Ok(candidates)
    }
}

/// Gives the word back if it is known.
///
/// # Errors
/// An error lists the known words, and hints at the closest one.
pub fn known<'a, S: AsRef<str>>(
    place: &str,
    what: &str,
    got: &'a str,
    words: impl IntoIterator<Item = S>,
) -> Result<&'a str> {
    let words: Vec<S> = words.into_iter().collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.contains(&got) {
        return Ok(got);
    }
    let hint = hint(closest(got, &words, 3));
    Fail::config(format!(
        "{place}: {what}: expected one of {}, got \"{got}\"{hint}",
        words.join(", ")
    ))
}
