//! Published logs: their files in a folder, and their counts beside ours.

use crate::exit::Fail;
use crate::{read, report};
use anyhow::Result;
use ssim_data::Summary;
use ssim_data::published::{Count, Log, Source};
use std::path::{Path, PathBuf};

/// What may follow a file's published name.
const PACKED: [&str; 3] = ["", ".gz", ".zst"];

/// The layout whose files lie in the folder.
///
/// # Errors
/// Names the folder, or the files that are missing: before hours go into those that are there.
pub fn choose<'a>(layouts: &'a [Log], folder: &Path) -> Result<&'a Log> {
    if !folder.is_dir() {
        return Fail::data(format!("{}: expected a folder, got none", folder.display()));
    }
    let there = |name: &str| find(folder, name).is_some();
    let first = |log: &&Log| log.files.first().is_some_and(|name| there(name));
    let Some(log) = layouts.iter().find(first) else {
        let names: Vec<&str> = layouts.iter().filter_map(|l| l.files.first().copied()).collect();
        return Fail::data(format!(
            "{}: expected a folder with {} (or .gz, .zst), got none",
            folder.display(),
            names.join(" or ")
        ));
    };
    match log.files.iter().find(|name| !there(name)) {
        None => Ok(log),
        Some(name) => missing(folder, name),
    }
}

/// Opens a file by its published name.
///
/// # Errors
/// Names the file.
pub fn open(folder: &Path, name: &str) -> ssim_data::Result<Source> {
    let fail = |e: anyhow::Error| ssim_data::Error::Data(e.to_string());
    let path = find(folder, name).map_or_else(|| missing(folder, name), Ok).map_err(fail)?;
    let file = read::open(&path).map_err(fail)?;
    Ok(Source { name: read::name(&path), reader: Box::new(file) })
}

/// Bytes of a log's files, as far as they are known.
pub fn bytes(log: &Log, folder: &Path) -> u64 {
    let paths = log.files.iter().filter_map(|name| find(folder, name));
    paths.filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum()
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    PACKED.iter().map(|end| folder.join(format!("{name}{end}"))).find(|path| path.is_file())
}

fn missing<T>(folder: &Path, name: &str) -> Result<T> {
    let path = folder.join(name);
    Fail::data(format!("{}: expected this file (or .gz, .zst), got none", path.display()))
}

/// A summary as JSON, with the published counts where there are any.
///
/// # Errors
/// None that can happen.
pub fn json(summary: &Summary, published: &[(Count, usize)]) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(summary)?;
    if let (false, Some(object)) = (published.is_empty(), value.as_object_mut()) {
        let counts = published.iter().map(|(what, n)| (what.name(summary), (*n).into()));
        object.insert("published".into(), serde_json::Value::Object(counts.collect()));
    }
    Ok(value)
}

/// The published counts beside ours, for people.
pub fn text(summary: &Summary, published: &[(Count, usize)]) -> String {
    if published.is_empty() {
        return String::new();
    }
    let mut rows = vec![["to compare", "published", "here"].map(str::to_owned).to_vec()];
    rows.extend(published.iter().map(|(what, n)| {
        let (n, here) = (report::count(*n as u64), report::count(what.of(summary) as u64));
        vec![format!("  {}", what.name(summary)), n, here]
    }));
    format!("\n{}", report::table(&rows))
}
