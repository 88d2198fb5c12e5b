//! The replacement of folders that this program has written, and of no others, by `--force`.

use crate::files::data::{REMOVE, vacant};
use crate::files::lock;
use crate::files::run_files::RACES;
use crate::files::wanted::InputKind;
use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// The schema in the folder of `ssim run`, which has a data folder beside it.
pub const SCHEMA: &str = "schema.toml";
/// The data in that folder.
pub const DATA: &str = "data";

/// Refuses a folder that is not empty, unless `force` is set and this program has written the folder.
/// `remedy` says what to do then.
///
/// # Errors
/// The folder holds other files, or cannot be read.
pub fn check(path: &Path, force: bool, remedy: &str) -> Result<()> {
    match vacant(path, remedy) {
        Err(_) if force && is_ours(path) => Ok(()),
        Err(error) if force && path.is_dir() && error.is::<Fail>() => Fail::usage(format!(
            "--force: expected a folder that ssim has written, got {}, which holds other files; {REMOVE}",
            path.display()
        )),
        result => result,
    }
}

/// Refuses to replace a folder that has one of a command's inputs in it.
///
/// # Errors
/// An input lies in the folder.
pub fn expect_outside<'a>(out: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Ok(folder) = out.canonicalize() else { return Ok(()) };
    let inside = |input: &&Path| input.canonicalize().is_ok_and(|path| path.starts_with(&folder));
    match inputs.into_iter().find(inside) {
        None => Ok(()),
        Some(input) => Fail::usage(format!(
            "--force: expected inputs outside of {}, which is emptied, got {}",
            out.display(),
            input.display()
        )),
    }
}

/// Empties a folder that this program has written, and that it has locked or will rename. Locks stay.
///
/// # Errors
/// Returns the file system's error, with the folder's name.
pub fn clear(path: &Path) -> Result<()> {
    if !is_ours(path) {
        return Ok(());
    }
    let cleared = || -> std::io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_name() == lock::LOCK {
                continue;
            }
            match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    };
    cleared().with_context(|| format!("cannot replace {}", path.display()))
}

/// Whether a folder is a data folder, a run, a race, or that of `ssim run`.
fn is_ours(path: &Path) -> bool {
    let has = |name: &str| path.join(name).exists();
    let made = matches!(InputKind::of(path), Some(InputKind::Data | InputKind::Run));
    made || path.is_dir() && (has(RACES) || has(SCHEMA) && has(DATA))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_folders_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str| {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "{}").unwrap();
        };
        ["run/run.json", "run/checkpoints/a", "photos/a.png", "empty/.ssim-lock"]
            .into_iter()
            .for_each(write);
        let told = expect_outside(&at("run"), [at("run/checkpoints/a").as_path()]).unwrap_err();
        assert!(told.to_string().contains("which is emptied"), "{told}");
        expect_outside(&at("run"), [at("photos/a.png").as_path(), &at("none")]).unwrap();
        assert!(check(&at("run"), false, REMOVE).is_err());
        assert!(check(&at("photos"), false, REMOVE).is_err());
        check(&at("run"), true, REMOVE).unwrap();
        check(&at("empty"), true, REMOVE).unwrap();
        check(&at("none"), true, REMOVE).unwrap();
        let told = check(&at("photos"), true, REMOVE).unwrap_err().to_string();
        assert!(told.contains("holds other files"), "{told}");
        clear(&at("photos")).unwrap();
        clear(&at("run")).unwrap();
        assert!(at("photos/a.png").exists());
        assert_eq!(fs::read_dir(at("run")).unwrap().count(), 0);
    }
}
