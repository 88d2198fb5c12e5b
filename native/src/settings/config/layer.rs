//! Reads the settings of one source (a file, the environment or flags) and checks their names.

use super::words::{called, closest, hint, meant};
use crate::terminal::exit::Fail;
use anyhow::Result;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// The settings of one source, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub settings: Vec<Setting>,
}

/// One value, and the place where it was set.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The place for messages: `file:line`, a variable, or a flag.
    pub place: String,
    pub section: String,
    pub key: String,
    pub value: Value,
}

impl Layer {
    /// Reads the settings of a TOML text; `source` is its name in messages.
    ///
    /// # Errors
    /// An error names the line of bad TOML, of an unknown section or of an unknown setting.
    pub fn parse(source: &str, text: &str) -> Result<Self> {
        let place = |offset: usize| {
            let line = text[..offset.min(text.len())].matches('\n').count() + 1;
            format!("{source}:{line}")
        };
        let parsed = DeTable::parse(text).or_else(|e| {
            let offset = e.span().map_or(0, |s| s.start);
            Fail::config(format!(
                "{}: {}; settings are TOML, as `ssim config` prints them",
                place(offset),
                e.message()
            ))
        })?;
        let values: Table = toml::from_str(text).or_else(|e| {
            let offset = e.span().map_or(0, |s| s.start);
            Fail::config(format!("{}: {}", place(offset), e.message()))
        })?;
        let mut layer = Self::default();
        for (section, content) in parsed.get_ref() {
            let here = place(section.span().start);
            known_section(&here, section.get_ref())?;
            let DeValue::Table(keys) = content.get_ref() else {
                return Fail::config(format!("{here}: {}: expected a section", section.get_ref()));
            };
            for key in keys.keys() {
                let section = section.get_ref();
                let name = key.get_ref();
                let value = values.get(&**section).and_then(|s| s.get(&**name)).cloned();
                if let Some(value) = value {
                    layer.add(place(key.span().start), section, name, value)?;
                }
            }
        }
        Ok(layer)
    }

    /// Reads the settings of a parsed table of sections; `place` is its name in messages.
    ///
    /// # Errors
    /// An error names the unknown section or setting.
    pub fn table(place: &str, table: &Table) -> Result<Self> {
        let mut layer = Self::default();
        for (section, content) in table {
            known_section(place, section)?;
            let Value::Table(keys) = content else {
                return Fail::config(format!("{place}: {section}: expected a section"));
            };
            for (key, value) in keys {
                layer.add(place.to_owned(), section, key, value.clone())?;
            }
        }
        Ok(layer)
    }

    /// Reads settings from environment variables such as `SSIM_SEARCH_LR=…`. A variable of an
    /// unknown section is ignored, unless it looks like a misspelt section.
    ///
    /// # Errors
    /// An error names the variable and its unknown section or setting.
    pub fn environment(variables: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut layer = Self::default();
        let mut ours: Vec<_> = variables.filter(|(name, _)| name.starts_with("SSIM_")).collect();
        ours.sort();
        for (name, text) in ours {
            let words = name["SSIM_".len()..].to_lowercase();
            let Some((section, key)) = words.split_once('_') else { continue };
            let sections = super::defaults()?;
            if sections.contains_key(section) {
                layer.add(name.clone(), section, key, value(&text))?;
            } else if closest(section, sections.keys(), 2).is_some() {
                known_section(&name, section)?;
            }
        }
        Ok(layer)
    }

    /// Reads settings from flags such as `--set search.lr=…`.
    ///
    /// # Errors
    /// An error names the flag that has another form, or an unknown section or setting.
    pub fn flags(flags: &[String]) -> Result<Self> {
        let mut layer = Self::default();
        for flag in flags {
            let place = format!("--set {flag}");
            let parts =
                flag.split_once('=').and_then(|(path, text)| Some((path.split_once('.')?, text)));
            let Some(((section, key), text)) = parts else {
                let parts = flag.split_once(['=', ':', ' ']);
                let (word, value) = parts.unwrap_or((flag, "VALUE"));
                let name = called(word).into_iter().next().unwrap_or("section.key".to_owned());
                return Fail::config(format!(
                    "{place}: expected section.key=value, such as {name}={value}, without blanks"
                ));
            };
            known_section(&place, section.trim())?;
            layer.add(place, section.trim(), key.trim(), value(text.trim()))?;
        }
        Ok(layer)
    }

    fn add(&mut self, place: String, section: &str, key: &str, value: Value) -> Result<()> {
        let defaults = super::defaults()?;
        let keys = defaults.get(section).and_then(Value::as_table);
        if keys.is_some_and(|keys| !keys.contains_key(key)) {
            let hint = hint(meant(section, key));
            return Fail::config(format!("{place}: unknown setting \"{section}.{key}\"{hint}"));
        }
        let section = section.to_owned();
        let key = key.to_owned();
        self.settings.push(Setting { place, section, key, value });
        Ok(())
    }
}

fn known_section(place: &str, section: &str) -> Result<()> {
    let defaults = super::defaults()?;
    if defaults.contains_key(section) {
        return Ok(());
    }
    let hint = match closest(section, defaults.keys(), 3) {
        None => {
            let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
            format!(", expected one of {}", known.join(", "))
        }
        near => hint(near),
    };
    Fail::config(format!("{place}: unknown section \"{section}\"{hint}"))
}

/// Parses a value as TOML; a text that is no TOML value becomes a string.
fn value(text: &str) -> Value {
    let table: Option<Table> = toml::from_str(&format!("v = {text}")).ok();
    let value = table.filter(|t| t.len() == 1).and_then(|mut t| t.remove("v"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
