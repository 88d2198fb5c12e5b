//! The house as ARCHITECTURE.md draws it: short files, and crates that depend on few others.

use crate::source::{root, sources};
use std::collections::BTreeMap;
use std::fs;

const LIBRARIES: [&str; 5] = ["core", "train", "data", "viz", "figure"];
/// The lines that a file may have at most.
const CEILING: usize = 400;

#[test]
fn no_file_is_too_long() {
    let mut long = sources();
    long.retain(|source| source.text.lines().count() > CEILING);
    let names: Vec<_> = long.iter().map(|source| &source.name).collect();
    assert!(names.is_empty(), "over {CEILING} lines: {names:?}");
}

#[test]
fn libraries_do_not_know_their_target() {
    for source in sources() {
        if LIBRARIES.iter().any(|name| source.name.starts_with(&format!("crates/{name}/src"))) {
            assert!(!source.text.contains("target_arch"), "{} asks for the target", source.name);
        }
    }
}

#[test]
fn crates_depend_as_drawn() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("core", &[][..]),
        ("train", &["core", "kernels"][..]),
        ("kernels", &[][..]),
        ("data", &["core"][..]),
        ("viz", &[][..]),
        ("figure", &["core", "viz"][..]),
    ]);
    for (library, allowed) in allowed {
        let path = root().join("crates").join(library).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(|d| d.as_table());
        for name in dependencies.into_iter().flat_map(|d| d.keys()) {
            if let Some(ours) = name.strip_prefix("ssim-") {
                assert!(allowed.contains(&ours), "{library} depends on {ours}");
            }
        }
    }
}

#[test]
fn page_and_program_agree_on_wasm_bindgen() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let after = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1).unwrap();
    let version = after.split('"').next().unwrap();
    assert!(manifest.contains(&format!("wasm-bindgen = \"={version}\"")));
}
