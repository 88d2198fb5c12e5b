//! Finds the files of a folder that a program has written in parts.

use crate::terminal::exit::Fail;
use anyhow::{Context, Result};
use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

/// The Parquet files among the [`files`] of a folder.
///
/// # Errors
/// A folder cannot be read, or there is no such file.
pub fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files(folder)?;
    files.retain(|path| is_parquet(path));
    if files.is_empty() {
        let folder = folder.display();
        return Fail::data(format!("{folder}: expected files *.parquet or *.pq, got none"));
    }
    Ok(files)
}

/// The paths that a pattern such as `day-*.csv` matches, in the order of their names. Shells replace a pattern
/// unless it stands in quotes. A path that is there stands for itself.
///
/// # Errors
/// Nothing matches the pattern, or a folder cannot be read.
pub fn matching(path: &Path) -> Result<Vec<PathBuf>> {
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
    let Some(pattern) = pattern else { return Ok(vec![path.to_owned()]) };
    let all = glob::glob(pattern)
        .or_else(|e| Fail::usage(format!("{pattern}: expected a path or a pattern: {e}")))?;
    let mut all: Vec<PathBuf> = all.collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Fail::data(format!("{pattern}: expected files that match, got none"));
    }
    all.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(all)
}

/// All files in a folder and in the folders below it, in the order of their names. A number in a name
/// counts as a number, so `part-10` comes after `part-9`. Names that begin with `.` or `_` are left
/// out, as other programs do: they are notes of the writer (`_SUCCESS`) or half-written files.
///
/// # Errors
/// A folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let entries = fs::read_dir(&at).with_context(|| at.display().to_string())?;
        for entry in entries {
            let entry = entry.with_context(|| at.display().to_string())?;
            let path = entry.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            if name.is_none_or(|name| name.starts_with(['.', '_'])) {
                continue;
            }
            // A link to a folder could lead back to this one, so it is not followed.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Whether a name ends as those of Parquet files do, in small or large letters.
pub fn is_parquet(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ending == "parquet" || ending == "pq")
}

/// Compares names; digits that follow each other are compared as a number.
fn natural(a: &str, b: &str) -> Ordering {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let (n, m) = (digits(left), digits(right));
        let order = if n > 0 && m > 0 {
            let (x, y) = (left[..n].trim_start_matches('0'), right[..m].trim_start_matches('0'));
            (left, right) = (&left[n..], &right[m..]);
            x.len().cmp(&y.len()).then(x.cmp(y))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then(a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["part-10", "part-9", "part-009", "b", "part-9-b", "part"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["b", "part", "part-009", "part-9", "part-9-b", "part-10"]);
    }
}
