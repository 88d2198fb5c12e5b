//! Makes the effective settings. Flags win over `SSIM_*` variables, these over a file, a file over
//! a preset, and a preset over the defaults. Where no preset is named, the log's size chooses one.

mod layer;
pub mod preset;
mod words;

pub use layer::{Layer, Setting};
pub use words::{called, closest, hint};

use crate::files::read;
use crate::settings::args::Settings;
use crate::terminal::exit::Fail;
use anyhow::Result;
use serde::Deserialize;
use ssim_train::config::Config;
use toml::{Table, Value};

/// Gives the checked settings that the arguments and the environment ask for.
///
/// # Errors
/// An error names the place of a setting, its key, and the expected value.
pub fn resolve(settings: &Settings) -> Result<Config> {
    layered(settings, Vec::new(), Vec::new())
}

/// Does what [`resolve`] does, with the layers of a plan: `between` wins over the file but not over
/// the environment, and `over` wins over everything.
///
/// # Errors
/// Fails as [`resolve`] does.
pub fn layered(settings: &Settings, between: Vec<Layer>, over: Vec<Layer>) -> Result<Config> {
    let mut layers = Vec::new();
    if let Some(name) = settings.preset_in_force() {
        layers.push(Layer::parse(&format!("preset {name}"), preset::text(name)?)?);
    }
    if let Some(path) = &settings.config {
        let name = path.display().to_string();
        let text = read::written(path)?;
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

/// Puts the layers over the defaults, value by value, so that an error can name its source.
fn merge(layers: &[Layer]) -> Result<Config> {
    let usual = defaults()?;
    let mut table = usual.clone();
    let mut config = Config::default();
    for setting in layers.iter().flat_map(|layer| &layer.settings) {
        if let Some(section) = table.get_mut(&setting.section).and_then(|s| s.as_table_mut()) {
            section.insert(setting.key.clone(), setting.value.clone());
        }
        config = Config::deserialize(table.clone()).or_else(|e| {
            let Setting { place, section, key, value } = setting;
            let usual = usual.get(section).and_then(|section| section.get(key));
            let why = usual.and_then(|usual| expected(usual, value));
            let why = why.unwrap_or_else(|| e.message().to_owned());
            Fail::config(format!("{place}: {section}.{key}: {why}"))
        })?;
        // The settings before this one have passed the check, so this one is to blame.
        config.check().or_else(|e| Fail::config(format!("{}: {e}", setting.place)))?;
    }
    Ok(config)
}

/// Says which type a setting has, if the value has another one than its default.
fn expected(usual: &Value, got: &Value) -> Option<String> {
    let expected = match usual {
        Value::Integer(_) => format!("a whole number such as {usual}"),
        Value::Float(_) => format!("a number such as {usual}"),
        Value::Boolean(_) => "true or false".to_owned(),
        Value::Array(_) => format!("numbers in brackets such as {usual}"),
        _ => return None,
    };
    (!usual.same_type(got)).then(|| format!("expected {expected}, got {got}"))
}

/// The defaults as a table of sections, in the form of a settings file.
fn defaults() -> Result<Table> {
    Ok(Table::try_from(Config::default())?)
}

/// Writes the settings as TOML. A file of this text gives the same settings again.
///
/// # Errors
/// Fails when the settings cannot be written as TOML.
pub fn to_toml(config: &Config) -> Result<String> {
    Ok(toml::to_string(config)?)
}
