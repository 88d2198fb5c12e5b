//! Says in one sentence which kind of file or folder was wanted at a path, which one lies there, and
//! how to get the wanted one.

use crate::files::read;
use crate::run::run_folder::{RACE, RACES, RUN};
use crate::settings::config::closest;
use crate::terminal::exit::Fail;
use anyhow::Result;
use ssim_data::folder::{MANIFEST, VOCABULARY};
use std::fs;
use std::path::{Path, PathBuf};

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InputKind {
    Data,
    Run,
    Artifact,
    List,
    Schema,
    File,
}

/// The name of each kind, and the command that makes one.
const KINDS: [(InputKind, &str, &str); 6] = [
    (InputKind::Data, "a data folder", "`ssim prepare` writes one"),
    (InputKind::Run, "a run folder", "`ssim fit` writes one"),
    (InputKind::Artifact, "an artifact", "`ssim export --run RUN --out FILE.ssim` writes one"),
    (InputKind::List, "a list", "`ssim select` writes one"),
    (InputKind::Schema, "a schema", "`ssim init LOG --out schema.toml` writes one"),
    (InputKind::File, "a file", ""),
];

impl InputKind {
    /// The name of the kind, with its article.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// The sentence that says which command makes one; empty for a plain file.
    pub fn origin(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., origin)| origin)
    }

    /// The kind of the file or folder at a path, as far as names say it.
    pub fn of(path: &Path) -> Option<Self> {
        let has = |name: &str| path.join(name).exists();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_file() {
            return Some(match ending {
                "ssim" => Self::Artifact,
                _ => Self::File,
            });
        }
        if has(RUN) || has(RACE) {
            return Some(Self::Run);
        }
        (has(MANIFEST) && has(VOCABULARY)).then_some(Self::Data)
    }

    /// The refusal of a path at which something else lies.
    pub fn refusal(self, path: &Path) -> String {
        let hint = match near(path, self) {
            Some(name) => format!("; did you mean \"{}\"?", read::name(&name)),
            None if self == Self::File => String::new(),
            None => format!("; {}", self.origin()),
        };
        format!("{}: expected {}, got {}{hint}", read::name(path), self.name(), found(path))
    }

    /// Refuses a path.
    ///
    /// # Errors
    /// Always, with the [`refusal`](Self::refusal).
    pub fn refuse<T>(self, path: &Path) -> Result<T> {
        Fail::data(self.refusal(path))
    }
}

/// The name of the thing at a path.
fn found(path: &Path) -> &'static str {
    match InputKind::of(path) {
        Some(InputKind::File) => "another file",
        Some(kind) => kind.name(),
        None if !path.exists() => "none",
        None if path.join(RACES).exists() => {
            "a race that has not ended (`ssim fit` goes on with it with --resume)"
        }
        None if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) => {
            "an empty folder"
        }
        None => "another folder",
    }
}

/// The most names of a folder that are compared with a name that is not there.
const MOST: usize = 10_000;

/// The thing of a kind that a person may have meant: for a name that is not there, the most similar
/// one in its folder; else one inside of the folder, or around it.
fn near(path: &Path, kind: InputKind) -> Option<PathBuf> {
    let around = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return None,
    };
    let suits = |path: &Path| match kind {
        InputKind::List => path.is_file() && path.extension().is_some_and(|e| e == "parquet"),
        kind => InputKind::of(path) == Some(kind),
    };
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
        let mut paths: Vec<_> =
            entries.map(|entry| entry.path()).filter(|path| suits(path)).collect();
        paths.sort();
        paths
    };
    if path.exists() {
        let inside = entries(path).into_iter().next();
        return inside.or_else(|| suits(around).then(|| around.to_owned()));
    }
    let name = path.file_name()?.to_str()?;
    let others = entries(around);
    let names = others.iter().filter_map(|other| other.file_name()?.to_str());
    Some(path.with_file_name(closest(name, names, 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_thing_that_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("data/train")).unwrap();
        fs::write(at("data").join(MANIFEST), "").unwrap();
        fs::write(at("data").join(VOCABULARY), "").unwrap();
        fs::write(at("log.csv"), "").unwrap();
        for (path, kind, expected) in [
            ("dta", InputKind::Data, "expected a data folder, got none; did you mean"),
            ("data/train", InputKind::Data, "got an empty folder; did you mean"),
            ("log.csv", InputKind::Data, "got another file; `ssim prepare` writes one"),
            ("data", InputKind::Run, "expected a run folder, got a data folder; `ssim fit`"),
            ("lgo.csv", InputKind::File, "expected a file, got none; did you mean"),
            ("x", InputKind::File, "expected a file, got none"),
        ] {
            let told = kind.refusal(&at(path));
            assert!(told.contains(expected), "{told}");
        }
    }
}
