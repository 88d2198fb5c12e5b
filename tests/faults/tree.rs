//! All files of a folder, apart from what differs between two runs that do the same.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Files by their path below the folder; folders end in a slash.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// Reads a folder. These differ from run to run, and are left out: the bytes of `environment.json`
/// (machine and load), the files in `tensorboard` (their names and events are times), and seconds and
/// rates in the JSON files, with the checksums of these files.
pub fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    add(folder, "", &mut tree);
    tree
}

fn add(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            tree.insert(format!("{path}/"), Vec::new());
            if name != "tensorboard" {
                add(&entry.path(), &format!("{path}/"), tree);
            }
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let bytes = match name.as_str() {
            "environment.json" => Vec::new(),
            "summary.json" | "search.json" | "metrics.jsonl" => timeless(&bytes),
            _ => bytes,
        };
        tree.insert(path, bytes);
    }
}

/// JSON values, one after the other, without their times.
fn timeless(bytes: &[u8]) -> Vec<u8> {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let texts = values.map(|value| {
        let mut value = value.unwrap();
        strip(&mut value);
        value.to_string()
    });
    texts.collect::<Vec<_>>().join("\n").into_bytes()
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| {
                !["seconds", "instances_per_second", "checksum"].contains(&key.as_str())
            });
            object.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => (),
    }
}

/// Names the first file that differs, if there is one.
pub fn difference(expected: &Tree, got: &Tree) -> Option<String> {
    for name in expected.keys().chain(got.keys()) {
        match (expected.get(name), got.get(name)) {
            (Some(a), Some(b)) if a == b => (),
            (Some(a), Some(b)) => {
                return Some(format!("{name} differs ({} and {} bytes)", a.len(), b.len()));
            }
            (Some(_), None) => return Some(format!("{name} is missing")),
            _ => return Some(format!("{name} is left over")),
        }
    }
    None
}

/// The drafts and locks in a tree.
pub fn leftovers(tree: &Tree) -> Vec<&String> {
    let base = |name: &str| name.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    let passing = |name: &str| name.starts_with(".ssim-") && name != ".ssim-files";
    tree.keys().filter(|name| passing(&base(name))).collect()
}
