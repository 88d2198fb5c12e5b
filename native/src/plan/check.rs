//! What is wrong with a plan, and where.

use super::file::{Entry, File};
use super::{Candidate, ListOf, System};
use crate::args::Settings;
use crate::config::{self, Layer, closest, preset_names};
use crate::exit::Fail;
use crate::fit::PLANTED;
use anyhow::Result;
use ssim_train::method::Method;
use toml::{Spanned, Value};

/// What the checks of one system look at.
pub struct Checker<'a> {
    pub source: &'a str,
    pub place: &'a dyn Fn(usize) -> String,
    pub file: &'a File,
    pub settings: &'a Settings,
}

impl Checker<'_> {
    fn at(&self, what: &Spanned<String>) -> String {
        (self.place)(what.span().start)
    }

    /// A system that can be run.
    pub fn system(&self, entry: &Entry) -> Result<System> {
        let (name, here) = (entry.name.get_ref(), self.at(&entry.name));
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
            return Fail::config(format!(
                "{here}: name: expected letters, digits and + - _ . (it names a folder too), got \"{name}\""
            ));
        }
        let twice = |e: &Spanned<Entry>| e.get_ref().name.get_ref() == name;
        if self.file.system.iter().filter(|e| twice(e)).count() > 1 {
            return Fail::config(format!("{here}: system \"{name}\": expected once, got twice"));
        }
        let of = format!("{here}: system \"{name}\"");
        let method = match (&entry.method, &entry.list) {
            (Some(method), _) => {
                let names = Method::all().map(Method::name);
                known(&self.at(method), "method", method.get_ref(), names)?.parse()?
            }
            (None, Some(_)) => Method::Ssim,
            (None, None) => return Fail::config(format!("{of}: expected a method or a list")),
        };
        let backbone = match &entry.backbone {
            Some(b) => {
                let names = ssim_core::backbone::names();
                known(&self.at(b), "backbone", b.get_ref(), names)?.to_owned()
            }
            None => "dnn".to_owned(),
        };
        let list = entry.list.as_ref().map(|list| self.list(list, method)).transpose()?;
        let candidates = self.candidates(entry, &of)?;
        let baseline = entry.baseline;
        Ok(System { name: name.clone(), method, backbone, list, baseline, candidates })
    }

    /// The system whose list is meant.
    fn list(&self, list: &Spanned<String>, method: Method) -> Result<ListOf> {
        let names = self.file.system.iter().map(|e| e.get_ref().name.get_ref().as_str());
        let all = names.clone().chain([PLANTED]);
        let found = known(&self.at(list), "list", list.get_ref(), all)?;
        if !method.takes_list() {
            return Fail::config(format!(
                "{}: list: expected a method that trains one model on a list, got {method}",
                self.at(list)
            ));
        }
        Ok(names.into_iter().position(|name| name == found).map_or(ListOf::Planted, ListOf::System))
    }

    /// No list may come of itself.
    pub fn no_cycle(&self, systems: &[System]) -> Result<()> {
        for (first, system) in systems.iter().enumerate() {
            let (mut at, mut path) = (first, vec![system.name.as_str()]);
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
                // Somebody else's circle is found from there.
                if path.len() > systems.len() {
                    break;
                }
                at = next;
            }
        }
        Ok(())
    }

    /// Every combination of the grid's values over the system's settings.
    fn candidates(&self, entry: &Entry, of: &str) -> Result<Vec<Candidate>> {
        let mut between = vec![Layer::table(self.source, &self.file.settings)?];
        for (preset, table) in &entry.with {
            known(of, "with", preset, preset_names())?;
            let layer = Layer::table(&format!("{of}: with.{preset}"), table)?;
            if self.settings.preset.as_ref() == Some(preset) {
                between.push(layer);
            }
        }
        between.push(Layer::table(&format!("{of}: set"), &entry.set)?);
        let axes = Layer::table(&format!("{of}: grid"), &entry.grid)?;
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
            let with = |layer: &Layer, value: &Value| {
                let mut layer = layer.clone();
                layer.settings.push(config::Setting { value: value.clone(), ..axis.clone() });
                layer
            };
            over = over.iter().flat_map(|l| values.iter().map(move |v| with(l, v))).collect();
        }
        let candidate = |layer: Layer| {
            let value = |s: &config::Setting| (format!("{}.{}", s.section, s.key), s.value.clone());
            let values = layer.settings.iter().map(value).collect();
            let config = config::layered(self.settings, between.clone(), vec![layer])?;
            Ok(Candidate { values, config })
        };
        over.into_iter().map(candidate).collect()
    }
}

/// The word, if it is one that is known.
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
    let hint = closest(got, &words, 3);
    Fail::config(format!(
        "{place}: {what}: expected one of {}, got \"{got}\"{hint}",
        words.join(", ")
    ))
}
