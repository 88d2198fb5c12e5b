//! Columns that the paths of a log's files say, and not the files.
//!
//! Hive, Spark and others divide a table into folders such as `day=7`, and leave this column out of the
//! files in them. People divide a log into `train.csv`, `val.csv` and `test.csv`.

use percent_encoding::percent_decode_str;

/// The column of the split that files' names say.
const SPLIT: &str = "split";
/// The splits, with the words in the names of their files.
const SPLITS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("val", &["val", "valid", "validation", "dev"]),
    ("test", &["test", "testing"]),
];
/// The value of rows without one.
const EMPTY: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that each of these paths says, each with its value. The paths are those of all files of a
/// log. There is a column of the split if every path says one, and some say train and others test.
pub fn columns(paths: &[String]) -> Vec<Vec<(String, String)>> {
    let splits: Vec<Option<&str>> = paths.iter().map(|path| split(path)).collect();
    let divided = splits.iter().all(Option::is_some)
        && ["train", "test"].iter().all(|kind| splits.contains(&Some(kind)));
    let all = |(path, split): (&String, &Option<&str>)| {
        let split = split.filter(|_| divided).map(|kind| (SPLIT.to_owned(), kind.to_owned()));
        folders(path).into_iter().chain(split).collect()
    };
    paths.iter().zip(&splits).map(all).collect()
}

/// The folders and the name of a path.
fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split(['/', '\\'])
}

/// The columns of folders such as `day=7`.
fn folders(path: &str) -> Vec<(String, String)> {
    // The name of the file is no folder.
    let folders = components(path).rev().skip(1).filter_map(|folder| folder.split_once('='));
    let mut columns: Vec<(String, String)> = Vec::new();
    for (name, value) in folders.filter(|(name, _)| !name.is_empty()) {
        let value = if value == EMPTY { "" } else { value };
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        columns.push((decoded(name), decoded(value)));
    }
    columns.reverse();
    columns
}

/// The split that a path says: its name, or else the nearest folder that says one.
fn split(path: &str) -> Option<&'static str> {
    let said = |part: &str| -> Vec<&'static str> {
        let part = part.to_lowercase();
        let words: Vec<&str> = part.split(|c: char| !c.is_alphanumeric()).collect();
        let kinds = SPLITS.iter().filter(|(_, names)| names.iter().any(|n| words.contains(n)));
        kinds.map(|(kind, _)| *kind).collect()
    };
    let nearest = components(path).rev().map(said).find(|kinds| !kinds.is_empty())?;
    if let [kind] = nearest[..] { Some(kind) } else { None }
}

#[cfg(test)]
mod tests {
    use super::columns;

    fn said(paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let shown = |columns: &Vec<(String, String)>| {
            let pairs: Vec<String> = columns.iter().map(|(n, v)| format!("{n}={v}")).collect();
            pairs.join(" ")
        };
        columns(&paths).iter().map(shown).collect()
    }

    #[test]
    fn folders_say_columns() {
        assert_eq!(
            said(&["log/day=7/tab=a%2Fb/part-0.csv", "log/day=__HIVE_DEFAULT_PARTITION__/p=1.csv"]),
            ["day=7 tab=a/b", "day="]
        );
        assert_eq!(said(&["=7/a.csv"]), [""]);
    }

    #[test]
    fn names_say_the_split() {
        let splits = said(&["a/train.csv", "a/my-Valid.csv.gz", "a/test.csv"]);
        assert_eq!(splits, ["split=train", "split=val", "split=test"]);
        let folders = said(&["test/log/train/0.csv", "test/log/test/0.csv"]);
        assert_eq!(folders, ["split=train", "split=test"]);
        for unclear in [
            &["train.csv", "log.csv"][..],
            &["train.csv", "val.csv"],
            &["train_test.csv", "test.csv"],
            &["training.csv"],
            &["contest.csv", "retrain.csv"],
        ] {
            assert!(said(unclear).iter().all(String::is_empty), "{unclear:?}");
        }
    }
}
