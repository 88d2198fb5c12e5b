//! Remembers which files of a folder this program has written, so that it replaces no others.

use super::lock::FolderLock;
use super::{data, draft, read, write};
use crate::terminal::exit::Fail;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The file that names the files, one per line, in the form of `sha256sum`.
const RECORD: &str = ".ssim-files";
/// Stands in place of a digest while a file is being written. Were the program killed then, the file
/// would have other bytes than those of the record.
const WRITING: &str = "writing";

/// The files of a folder that this program has written.
pub struct OwnedFiles {
    folder: PathBuf,
    /// Digests of the files, by name.
    digests: BTreeMap<String, String>,
}

impl OwnedFiles {
    /// Opens the record of a folder that is locked. A folder without a record must be empty, and
    /// gets one. Drafts that a killed program has left there are removed.
    ///
    /// # Errors
    /// Fails when the folder holds files and no record, or a record that cannot be understood.
    pub fn open(lock: &FolderLock) -> Result<Self> {
        let folder = lock.folder().to_owned();
        let path = folder.join(RECORD);
        let mut digests = BTreeMap::new();
        if path.exists() {
            for (i, line) in read::text(&path)?.lines().enumerate() {
                let Some((digest, name)) = line.split_once("  ") else {
                    let at = format!("{}:{}", path.display(), i + 1);
                    return Fail::data(format!("{at}: expected a digest and a name, got {line:?}"));
                };
                digests.insert(name.to_owned(), digest.to_owned());
            }
        } else {
            data::vacant(&folder, data::REMOVE)?;
        }
        draft::clear(&folder)?;
        let owned = Self { folder, digests };
        owned.save()?;
        Ok(owned)
    }

    /// Writes files of the folder with `write`, which gets the folder.
    ///
    /// # Errors
    /// Fails, before anything is written, when one of the files is there already and this program
    /// has not written it, or somebody has changed it since; returns the error of `write`.
    pub fn replace(
        &mut self,
        names: &[&str],
        write: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        for name in names {
            let path = self.folder.join(name);
            if path.exists() && !self.owns(name, &path)? {
                return Fail::usage(format!(
                    "{}: expected no file, or the one that this command has written there, got \
                     another; move it away",
                    path.display()
                ));
            }
        }
        for name in names {
            self.digests.insert((*name).to_owned(), WRITING.to_owned());
        }
        self.save()?;
        write(&self.folder)?;
        for name in names {
            self.digests.insert((*name).to_owned(), digest(&self.folder.join(name))?);
        }
        self.save()
    }

    fn owns(&self, name: &str, path: &Path) -> Result<bool> {
        Ok(match self.digests.get(name).map(String::as_str) {
            None => false,
            Some(WRITING) => true,
            Some(known) => known == digest(path)?,
        })
    }

    fn save(&self) -> Result<()> {
        let mut text = String::new();
        for (name, digest) in &self.digests {
            writeln!(text, "{digest}  {name}")?;
        }
        write::bytes(&self.folder.join(RECORD), text.as_bytes())
    }
}

fn digest(path: &Path) -> Result<String> {
    Ok(Sha256::digest(read::bytes(path)?).iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_files_of_this_program_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let lock = FolderLock::take(folder.path()).unwrap();
        let put =
            |text: &'static str| move |to: &Path| write::bytes(&to.join("a.md"), text.as_bytes());
        let mut owned = OwnedFiles::open(&lock).unwrap();
        owned.replace(&["a.md"], put("one")).unwrap();
        owned.replace(&["a.md"], put("two")).unwrap();
        let mut again = OwnedFiles::open(&lock).unwrap();
        again.replace(&["a.md"], put("three")).unwrap();
        fs::write(at("b.md"), "mine").unwrap();
        assert!(again.replace(&["a.md", "b.md"], put("four")).is_err());
        fs::write(at("a.md"), "three, and my own notes").unwrap();
        assert!(again.replace(&["a.md"], put("four")).is_err());
        assert_eq!(fs::read_to_string(at("a.md")).unwrap(), "three, and my own notes");
        // A folder of somebody else is refused as a whole.
        fs::remove_file(at(RECORD)).unwrap();
        assert!(OwnedFiles::open(&lock).is_err());
    }

    #[test]
    fn a_file_is_replaced_whose_writer_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        let mut owned = OwnedFiles::open(&lock).unwrap();
        let killed = owned.replace(&["a"], |to| {
            fs::write(to.join("a"), "new")?;
            anyhow::bail!("killed")
        });
        assert!(killed.is_err());
        let mut again = OwnedFiles::open(&lock).unwrap();
        again.replace(&["a"], |to| write::bytes(&to.join("a"), b"newer")).unwrap();
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"newer");
    }
}
