//! The presets: settings that come with the program.

use crate::terminal::exit::Fail;
use anyhow::Result;

const PRESETS: &[(&str, &str)] = &[
    ("demo", include_str!("../../../presets/demo.toml")),
    ("ali-mama", include_str!("../../../presets/ali-mama.toml")),
    ("ali-ccp", include_str!("../../../presets/ali-ccp.toml")),
];

/// Gives the names of all presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// Gives the TOML text of a preset.
///
/// # Errors
/// Fails when no preset has that name.
pub fn text(name: &str) -> Result<&'static str> {
    match PRESETS.iter().find(|(known, _)| *known == name) {
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

    #[test]
    fn presets_hold() {
        for name in names() {
            let settings = Settings { preset: Some(name.into()), ..Settings::default() };
            crate::settings::config::resolve(&settings).unwrap();
        }
    }
}
