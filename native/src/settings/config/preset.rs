//! The presets: settings that come with the program.

use crate::terminal::exit::Fail;
use anyhow::Result;

const PRESETS: &[(&str, &str)] = &[
    ("demo", include_str!("../../../presets/demo.toml")),
    ("small-log", include_str!("../../../presets/small-log.toml")),
    ("medium-log", include_str!("../../../presets/medium-log.toml")),
    ("large-log", include_str!("../../../presets/large-log.toml")),
    ("paper-ali-mama", include_str!("../../../presets/paper-ali-mama.toml")),
    ("paper-ali-ccp", include_str!("../../../presets/paper-ali-ccp.toml")),
];
/// Names that presets had before, each with its name of today.
const FORMER: &[(&str, &str)] = &[("ali-mama", "paper-ali-mama"), ("ali-ccp", "paper-ali-ccp")];

/// Gives the names of all presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// Gives the names that presets had before. They are still taken.
pub fn former() -> impl Iterator<Item = &'static str> {
    FORMER.iter().map(|(former, _)| *former)
}

/// Gives a preset's name of today. Any other word is given back as it is.
pub fn named(name: &str) -> &str {
    FORMER.iter().find(|(former, _)| *former == name).map_or(name, |(_, now)| now)
}

/// Gives the TOML text of a preset.
///
/// # Errors
/// Fails when no preset has that name.
pub fn text(name: &str) -> Result<&'static str> {
    match PRESETS.iter().find(|(known, _)| *known == named(name)) {
        Some((_, text)) => Ok(text),
        None => {
            let known: Vec<_> = names().collect();
            Fail::config(format!("preset: expected one of {}, got \"{name}\"", known.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::args::Settings;
    use crate::settings::config::resolve;
    use ssim_train::config::Config;

    fn preset(name: &str) -> Config {
        resolve(&Settings { preset: Some(name.into()), ..Settings::default() }).unwrap()
    }

    #[test]
    fn presets_hold() {
        names().for_each(|name| drop(preset(name)));
    }

    #[test]
    fn the_settings_of_the_paper_are_the_defaults_of_the_library() {
        assert_eq!(preset("paper-ali-mama"), Config::default());
    }

    #[test]
    fn former_names_mean_the_same() {
        assert_eq!(preset("ali-mama"), preset("paper-ali-mama"));
        assert_eq!(preset("ali-ccp"), preset("paper-ali-ccp"));
    }
}
