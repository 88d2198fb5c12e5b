//! The table of targets, and the files of their corpora.

use crate::targets::{
    archive, artifact, columns, container, folder, lists, log, messages, saved, text,
};
use std::io;
use std::path::{Path, PathBuf};

/// A file that a corpus begins with: its name and its bytes.
pub type Seed = (String, Vec<u8>);

/// A reader under attack.
pub struct Target {
    /// Its name, and that of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// Reads the bytes, and checks what comes out.
    ///
    /// # Panics
    /// When something is wrong with the project.
    pub run: fn(&[u8]),
    /// Makes files for the corpus with the project's own writers.
    pub seeds: fn() -> Vec<Seed>,
    /// Number of changed files that the test runs.
    pub executions: usize,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Seed>,
    executions: usize,
) -> Target {
    Target { name, run, seeds, executions }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("container", container::run, container::seeds, 20_000),
    target("artifact", artifact::run, artifact::seeds, 4000),
    target("record", artifact::record, artifact::records, 20_000),
    target("checkpoint", saved::checkpoint, saved::checkpoints, 3000),
    target("model", saved::model, saved::models, 10_000),
    target("rule", text::rule, text::rules, 50_000),
    target("schema", text::schema, text::schemas, 20_000),
    target("settings", text::settings, text::settings_files, 10_000),
    target("plan", text::plan, text::plans, 4000),
    target("csv", log::csv, log::csv_files, 10_000),
    target("parquet", columns::parquet, columns::parquet_files, 10_000),
    target("stream", columns::stream, columns::streams, 10_000),
    target("list", lists::list, lists::list_files, 10_000),
    target("scores", lists::scores, lists::score_files, 10_000),
    target("manifest", folder::manifest, folder::manifests, 20_000),
    target("vocabulary", folder::vocabulary, folder::vocabularies, 10_000),
    target("split", folder::split, folder::splits, 10_000),
    target("messages", messages::run, messages::seeds, 50_000),
    target("archive", archive::run, archive::seeds, 10_000),
];

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// The committed folder of this target's corpus.
    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(self.name)
    }
}

/// The files of a folder with their names, sorted.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn corpus(folder: &Path) -> io::Result<Vec<Seed>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, std::fs::read(&path)?));
    }
    files.sort();
    Ok(files)
}
