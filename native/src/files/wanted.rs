//! Says in one sentence which kind of file or folder was wanted at a path, which one lies there, and
//! how to get the wanted one.

use crate::files::read;
use crate::files::run_files::{LIST, RACE, RACES, RUN};
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
    Model,
    Schema,
    File,
}

/// The name of each kind, and the command that makes one.
const KINDS: [(InputKind, &str, &str); 7] = [
    (InputKind::Data, "a data folder", "`ssim prepare` writes one of a log"),
    (InputKind::Run, "a run folder", "`ssim fit --data DATA --out RUN` writes one"),
    (InputKind::Artifact, "an artifact", "`ssim export --run RUN --out FILE.ssim` writes one"),
    (InputKind::List, "a list", "`ssim select` writes one"),
    (InputKind::Model, "a run folder or an artifact", "`ssim fit` writes a run folder"),
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
        let is_race = InputKind::of(path).is_none() && path.join(RACES).join("runs").exists();
        let hint = match self.near(path) {
            _ if is_race => "; `ssim fit` goes on with a race by --resume".to_owned(),
            _ if path.starts_with("~") => "; a shell replaces ~ outside of quotes alone".to_owned(),
            Some(near) => format!("; did you mean \"{}\"?", read::name(&near)),
            None if self.origin().is_empty() => String::new(),
            None => format!("; {}", self.origin()),
        };
        let found = if is_race { "a race that has not ended" } else { self.found(path) };
        format!("{}: expected {}, got {found}{hint}", read::name(path), self.name())
    }

    /// Refuses a path.
    ///
    /// # Errors
    /// Always, with the [`refusal`](Self::refusal).
    pub fn refuse<T>(self, path: &Path) -> Result<T> {
        Fail::data(self.refusal(path))
    }

    /// The name of the thing at a path where one of this kind was wanted.
    pub fn found(self, path: &Path) -> &'static str {
        match Self::of(path) {
            Some(Self::File) if matches!(self, Self::Data | Self::Run) => "a file",
            Some(Self::File) => "another file",
            Some(kind) => kind.name(),
            None if !path.exists() => "none",
            None if self == Self::File => "a folder",
            None if fs::read_dir(path).is_ok_and(|mut all| all.next().is_none()) => {
                "an empty folder"
            }
            None => "another folder",
        }
    }

    /// The thing of this kind that a person may have meant: for a name that is not there, the most
    /// similar one in its folder; else one inside of the folder, or around it.
    pub fn near(self, path: &Path) -> Option<PathBuf> {
        let around = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => return None,
        };
        if !path.exists() {
            let name = path.file_name()?.to_str()?;
            let others = self.inside(around);
            let names = others.iter().filter_map(|other| other.file_name()?.to_str());
            return Some(path.with_file_name(closest(name, names, 2)?));
        }
        if self == Self::File {
            return None;
        }
        let inside = self.inside(path).into_iter().next();
        inside.or_else(|| self.suits(around).then(|| around.to_owned()))
    }

    fn suits(self, path: &Path) -> bool {
        match self {
            Self::List => path.file_name().is_some_and(|name| name == LIST),
            Self::Model => matches!(Self::of(path), Some(Self::Run | Self::Artifact)),
            kind => Self::of(path) == Some(kind),
        }
    }

    /// The things of this kind in a folder, by name.
    fn inside(self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
        let paths = entries.map(|entry| entry.path());
        let mut paths: Vec<_> = paths.filter(|path| self.suits(path)).collect();
        paths.sort();
        paths
    }
}

/// The most names of a folder that are compared with a name that is not there.
const MOST: usize = 10_000;

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
            ("log.csv", InputKind::Data, "got a file; `ssim prepare` writes one"),
            ("data", InputKind::Run, "expected a run folder, got a data folder; `ssim fit "),
            ("lgo.csv", InputKind::File, "expected a file, got none; did you mean"),
            ("x", InputKind::File, "expected a file, got none"),
        ] {
            let told = kind.refusal(&at(path));
            assert!(told.contains(expected), "{told}");
        }
    }
}
