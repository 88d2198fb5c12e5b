//! A plan as people write it.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Spanned, Table};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Heading of the report.
    pub title: Option<String>,
    /// Preset that all systems stand on; `--preset` wins.
    pub preset: Option<String>,
    /// Seeds of every system; `--seeds` wins.
    pub seeds: Option<u64>,
    /// Settings of all systems, in sections as in a settings file.
    #[serde(default)]
    pub settings: Table,
    /// The rows of the tables.
    #[serde(default)]
    pub system: Vec<Spanned<Entry>>,
}

/// One `[[system]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: Spanned<String>,
    /// `ssim` where there is a list.
    pub method: Option<Spanned<String>>,
    /// `dnn` where it is not said.
    pub backbone: Option<Spanned<String>>,
    /// System of this plan whose list, of the same seed, this one is trained on.
    pub list: Option<Spanned<String>>,
    /// Whether others are tested against it.
    #[serde(default)]
    pub baseline: bool,
    /// Settings of this system.
    #[serde(default)]
    pub set: Table,
    /// Settings of this system under a preset, by the preset's name.
    #[serde(default)]
    pub with: BTreeMap<String, Table>,
    /// Lists of values, of which validation AUC chooses.
    #[serde(default)]
    pub grid: Table,
}
