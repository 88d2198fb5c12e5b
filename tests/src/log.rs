//! Little logs, so that a test says which rows it needs and not how a log is written.
//!
//! A log is a CSV file with the label `click`, the scenario `tab` and whatever fields the test
//! names, and a schema in TOML beside it.

use crate::{arg, run};
use std::fs;
use std::path::{Path, PathBuf};

/// A split by the column `part`, in which the log says `train`, `val` or `test`.
pub const BY_PART: &str =
    "column = { name = \"part\", train = \"train\", val = \"val\", test = \"test\" }";
/// A split by chance: eight rows in ten are trained on.
pub const BY_CHANCE: &str = "random = { train = 0.8, val = 0.1, test = 0.1 }";
/// The fields of most logs, without further settings.
pub const USER_AND_ITEM: [(&str, &str); 2] = [("user", ""), ("item", "")];

/// A schema's text. `fields` are names of columns, each with further lines for the field or none;
/// `split` is the line that stands under `[split]`.
pub fn schema(fields: &[(&str, &str)], split: &str) -> String {
    let mut text = String::from("label = \"click\"\nscenario = \"tab\"\n");
    for (name, more) in fields {
        text += &format!("[[field]]\nname = \"{name}\"\n");
        if !more.is_empty() {
            text += &format!("{more}\n");
        }
    }
    text + &format!("[split]\n{split}\n")
}

/// A CSV file's text: the header, and `n` rows, each of which `row` makes from its place.
pub fn csv(header: &str, n: usize, mut row: impl FnMut(usize) -> String) -> String {
    let mut text = format!("{header}\n");
    for i in 0..n {
        text += &row(i);
        text += "\n";
    }
    text
}

/// Writes `log.csv` and `schema.toml` into the folder, and gives back their paths.
///
/// # Panics
/// When they cannot be written.
pub fn write(folder: &Path, csv: &str, schema: &str) -> [PathBuf; 2] {
    let paths = ["log.csv", "schema.toml"].map(|name| folder.join(name));
    for (path, text) in paths.iter().zip([csv, schema]) {
        fs::write(path, text).expect("a temporary folder can be written into");
    }
    paths
}

/// Writes the two files, and prepares them into `folder/data`.
///
/// # Panics
/// When they cannot be written or prepared.
pub fn prepared(folder: &Path, csv: &str, schema: &str) -> PathBuf {
    let [raw, schema] = write(folder, csv, schema);
    let data = folder.join("data");
    let args = ["prepare", "table", "--raw", arg(&raw), "--schema", arg(&schema)];
    run(&[&args[..], &["--out", arg(&data)]].concat(), 0);
    data
}

/// Writes a small MovieLens into the folder, as the 100K release has it: 60 ratings.
///
/// # Panics
/// When it cannot be written.
pub fn movielens(folder: &Path) {
    let mut ratings = String::new();
    for i in 0..60 {
        ratings += &format!("{}\t{}\t{}\t881250949\n", i % 3, i % 2, 1 + i / 3 % 5);
    }
    let users = "0|24|M|writer|85711\n1|33|F|other|94043\n2|53|F|other|0\n";
    let film = |i: usize| format!("{i}|Film|01-Jan-1995||http://x|0|1{}\n", "|0".repeat(17));
    for (name, text) in
        [("u.data", ratings), ("u.user", users.into()), ("u.item", film(0) + &film(1))]
    {
        fs::write(folder.join(name), text).expect("a temporary folder can be written into");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_a_log() {
        let text = schema(&[("user", "min_count = 1"), ("item", "")], BY_CHANCE);
        let fields = "[[field]]\nname = \"user\"\nmin_count = 1\n[[field]]\nname = \"item\"\n";
        let split = "[split]\nrandom = { train = 0.8, val = 0.1, test = 0.1 }\n";
        assert_eq!(text, format!("label = \"click\"\nscenario = \"tab\"\n{fields}{split}"));
        assert_eq!(csv("a,b", 2, |i| format!("{i},{}", i + 1)), "a,b\n0,1\n1,2\n");
    }
}
