//! Effective settings: flags over `SSIM_*` variables over a file over a preset over defaults.

mod layer;
mod preset;

pub use layer::{Layer, Setting, closest};
pub use preset::names as preset_names;

use crate::args::Settings;
use crate::exit::Fail;
use anyhow::Result;
use ssim_train::config::Config;
use toml::Table;

/// The settings that the arguments and the environment ask for, checked.
///
/// # Errors
/// Names where a setting stands, its key, and what was expected.
pub fn resolve(settings: &Settings) -> Result<Config> {
    layered(settings, Vec::new(), Vec::new())
}

/// The same with layers of a plan: `between` lie over the file and under the environment, `over`
/// lie over everything.
///
/// # Errors
/// As [`resolve`].
pub fn layered(settings: &Settings, between: Vec<Layer>, over: Vec<Layer>) -> Result<Config> {
    let mut layers = Vec::new();
    if let Some(name) = &settings.preset {
        layers.push(Layer::parse(&format!("preset {name}"), preset::text(name)?)?);
    }
    if let Some(path) = &settings.config {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).or_else(|e| Fail::config(format!("{name}: {e}")))?;
        layers.push(Layer::parse(&name, &text)?);
    }
    layers.extend(between);
    layers.push(Layer::environment(
        std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }),
    )?);
    layers.push(Layer::flags(&settings.set)?);
    layers.extend(over);
    merge(&layers)
}

/// Puts the layers over the defaults, value by value, so that an error names its source.
fn merge(layers: &[Layer]) -> Result<Config> {
    let mut table = defaults()?;
    let mut config = Config::default();
    for setting in layers.iter().flat_map(|layer| &layer.settings) {
        if let Some(section) = table.get_mut(&setting.section).and_then(|s| s.as_table_mut()) {
            section.insert(setting.key.clone(), setting.value.clone());
        }
        let at = || format!("{}: {}.{}", setting.place, setting.section, setting.key);
        config = Config::deserialize(table.clone())
            .or_else(|e| Fail::config(format!("{}: {}", at(), e.message())))?;
        // Two settings are never checked against each other: the one just set is to blame.
        config.check().or_else(|e| Fail::config(format!("{}: {e}", setting.place)))?;
    }
    Ok(config)
}

use serde::Deserialize;

/// The defaults as the table that files look like.
fn defaults() -> Result<Table> {
    Ok(Table::try_from(Config::default())?)
}

/// The settings as a file that gives the same settings again.
///
/// # Errors
/// When they cannot be written as TOML.
pub fn to_toml(config: &Config) -> Result<String> {
    Ok(toml::to_string(config)?)
}
