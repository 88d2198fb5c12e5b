//! The TOML form of a plan, as people write it.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Spanned, Table};

/// A plan's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Heading of the report.
    pub title: Option<String>,
    /// Preset under the settings of all systems; `--preset` wins.
    pub preset: Option<String>,
    /// Number of seeds of every system; `--seeds` wins.
    pub seeds: Option<Spanned<i64>>,
    /// Settings of all systems, in sections as in a settings file.
    #[serde(default)]
    pub settings: Table,
    /// The systems, in the order of the tables' rows.
    #[serde(default)]
    pub system: Vec<Spanned<SystemEntry>>,
}

/// One `[[system]]` of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemEntry {
    pub name: Spanned<String>,
    /// Name of the method; without it, a system with a list has `ssim`.
    pub method: Option<Spanned<String>>,
    /// Name of the backbone; without it, `dnn`.
    pub backbone: Option<Spanned<String>>,
    /// Name of the system of this plan whose list (of an equal seed) this system is trained on, or
    /// `planted`.
    pub list: Option<Spanned<String>>,
    /// Whether the other systems are tested against this one.
    #[serde(default)]
    pub baseline: bool,
    /// Settings of this system.
    #[serde(default)]
    pub set: Table,
    /// Settings of this system under a preset, by the preset's name.
    #[serde(default)]
    pub with: BTreeMap<String, Table>,
    /// Lists of values per setting; validation AUC chooses among their combinations.
    #[serde(default)]
    pub grid: Table,
}
