//! The shared rows of an artifact, for commands that say something about them.

use super::rows::cut::CutArgs;
use crate::files::read;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use ssim_core::artifact::Artifact;
use ssim_core::look::inspect::Inspection;
use ssim_core::schema::Schema;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct SharedRowsArgs {
    /// The artifact
    #[arg(value_name = "FILE.ssim")]
    file: PathBuf,
    #[command(flatten)]
    cut: CutArgs,
    /// Lines to print, those furthest from chance first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// An artifact, and which of its rows are shared.
pub struct SharedRows {
    pub artifact: Artifact,
    pub inspection: Inspection,
    /// Whether each row of the sample is shared.
    pub shared: Vec<bool>,
}

impl SharedRowsArgs {
    /// The file's name in messages.
    pub fn name(&self) -> String {
        self.file.display().to_string()
    }

    /// Reads the artifact and computes what its models say about its rows.
    ///
    /// # Errors
    /// The file is no artifact, or its run has no selector.
    pub fn open(&self) -> Result<SharedRows> {
        let artifact = read::artifact(&self.file)?;
        let inspection = Inspection::new(&artifact, &Device::Cpu).with_context(|| self.name())?;
        let Some(shared) = self.cut.shared(&artifact, &inspection)? else {
            return Fail::data(format!(
                "{}: the run has no selector, so no row of it was chosen; a run of --method ssim has one",
                self.name()
            ));
        };
        Ok(SharedRows { artifact, inspection, shared })
    }
}

/// The place of the field that `--field` names.
///
/// # Errors
/// There is no such field.
pub fn field_of(schema: &Schema, field: &str) -> Result<usize> {
    let names = schema.fields.iter().map(|f| f.name.as_str());
    match names.clone().position(|name| name == field) {
        Some(place) => Ok(place),
        None => Fail::usage(format!(
            "--field: there is no field \"{field}\"; the fields are {}",
            names.collect::<Vec<_>>().join(", ")
        )),
    }
}
