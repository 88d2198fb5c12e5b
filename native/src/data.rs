//! Data folders: opened, and written whole or not at all.

use crate::exit::Fail;
use crate::{read, write};
use anyhow::{Context, Result};
use ssim_core::instances::Instances;
use ssim_core::schema::Schema;
use ssim_data::folder::{self, Manifest};
use ssim_data::{Prepared, Reject};
use std::fs;
use std::path::{Path, PathBuf};

/// How the raw log was read, in a folder prepared from a table: scoring reads its column names.
pub const LAYOUT: &str = "layout.toml";
/// Raw rows that were left out, and why.
pub const REJECTS: &str = "rejects.csv";

/// A data folder whose schema has been read.
pub struct Data {
    pub path: PathBuf,
    pub manifest: Manifest,
    pub schema: Schema,
}

impl Data {
    /// Opens a data folder, or the schema in a run folder.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            return Fail::data(format!("{}: expected a data folder, got none", path.display()));
        }
        let at = path.join(folder::MANIFEST);
        let manifest = folder::read_manifest(read::open(&at)?, &read::name(&at))?;
        let at = path.join(folder::VOCABULARY);
        let schema = folder::read_vocabulary(read::open(&at)?, &read::name(&at), &manifest)?;
        Ok(Self { path: path.to_owned(), manifest, schema })
    }

    /// The rows of a split, which must not be empty.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn split(&self, name: &str) -> Result<Instances> {
        let at = self.split_file(name)?;
        let rows = folder::read_split(read::open(&at)?, &read::name(&at), &self.schema)?;
        if rows.is_empty() {
            return Fail::data(format!("{}: expected at least one row, got none", at.display()));
        }
        Ok(rows)
    }

    /// The file of a split.
    ///
    /// # Errors
    /// Another name than train, val or test.
    pub fn split_file(&self, name: &str) -> Result<PathBuf> {
        match folder::SPLITS.iter().find(|(split, _)| *split == name) {
            Some((_, file)) => Ok(self.path.join(file)),
            None => Fail::usage(format!("split: expected train, val or test, got \"{name}\"")),
        }
    }

    /// The raw log's column that says the scenario, as far as it is known.
    pub fn scenario_column(&self) -> Option<String> {
        let text = fs::read_to_string(self.path.join(LAYOUT)).ok()?;
        let layout: toml::Table = toml::from_str(&text).ok()?;
        Some(layout.get("scenario")?.as_str()?.to_owned())
    }

    /// Copies what gives ids their meaning into a run folder.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn copy_schema(&self, to: &Path) -> Result<()> {
        for name in [folder::MANIFEST, folder::VOCABULARY, LAYOUT] {
            let from = self.path.join(name);
            if from.exists() {
                write::bytes(&to.join(name), &read::bytes(&from)?)?;
            }
        }
        Ok(())
    }
}

/// Writes a data folder under another name and then gives it its name.
///
/// # Errors
/// When there is one already, or what the file system reports.
pub fn write(path: &Path, data: &Prepared, layout: &str) -> Result<()> {
    vacant(path)?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let parent = write::folder_of(path);
    let partial = parent.join(format!(".{name}.partial-{}", std::process::id()));
    let result = fill(&partial, data, layout).and_then(|()| {
        fs::rename(&partial, path).with_context(|| format!("cannot write {}", path.display()))
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    result
}

/// Refuses a folder that has something in it.
///
/// # Errors
/// Says so.
pub fn vacant(path: &Path) -> Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries.count(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => 0,
        Err(e) => return Err(e).with_context(|| path.display().to_string()),
    };
    if entries > 0 {
        return Fail::usage(format!(
            "{} is there already and not empty; choose another folder or remove it",
            path.display()
        ));
    }
    Ok(())
}

fn fill(path: &Path, data: &Prepared, layout: &str) -> Result<()> {
    for ((name, file), (_, rows)) in folder::SPLITS.iter().zip(data.splits()) {
        write::folder(&path.join(name))?;
        write::atomic(&path.join(file), |to| Ok(folder::write_split(to, &data.schema, rows)?))?;
    }
    let schema = &data.schema;
    write::atomic(&path.join(folder::VOCABULARY), |to| Ok(folder::write_vocabulary(to, schema)?))?;
    write::bytes(&path.join(LAYOUT), layout.as_bytes())?;
    if !data.rejects.is_empty() {
        write::bytes(&path.join(REJECTS), &rejects(&data.rejects)?)?;
    }
    // The manifest last: a folder that has one is complete.
    let manifest = Manifest::new(data);
    write::atomic(&path.join(folder::MANIFEST), |to| Ok(folder::write_manifest(to, &manifest)?))
}

fn rejects(rejects: &[Reject]) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["line", "column", "reason", "raw", "file"])?;
    for r in rejects {
        csv.write_record([&r.line.to_string(), &r.column.to_string(), &r.reason, &r.raw, &r.file])?;
    }
    Ok(csv.into_inner()?)
}
