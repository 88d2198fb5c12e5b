//! The checkable claims of ARCHITECTURE.md and CONTRIBUTING.md.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIBRARIES: [&str; 5] = ["core", "train", "data", "viz", "figure"];
const CEILING: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !["target", "node_modules", "dist", ".git"].contains(&name.as_str()) {
                rust_files(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    rust_files(&root(), &mut files);
    assert!(files.len() > 50, "the walk found the sources");
    let name = |p: &PathBuf| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    files.iter().map(|p| (name(p), fs::read_to_string(p).unwrap())).collect()
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> =
        sources().into_iter().filter(|(_, text)| text.lines().count() > CEILING).collect();
    let names: Vec<_> = long.iter().map(|(name, _)| name).collect();
    assert!(names.is_empty(), "over {CEILING} lines: {names:?}");
}

#[test]
fn libraries_do_not_know_their_target() {
    for (name, text) in sources() {
        if LIBRARIES.iter().any(|l| name.starts_with(&format!("crates/{l}/src"))) {
            assert!(!text.contains("target_arch"), "{name} asks for the target");
        }
    }
}

#[test]
fn crates_depend_as_drawn() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("core", &[][..]),
        ("train", &["core"][..]),
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
fn every_path_that_the_documents_name_exists() {
    // Asked of git, since a built folder lies on the author's disk and in no clone.
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let tracked = String::from_utf8(git.output().unwrap().stdout).unwrap();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let named = text.split('`').skip(1).step_by(2).filter(|s| {
            let top = ["benches/", "crates/", "docs/", "native/", "static/", "tests/", "web/"];
            top.iter().any(|t| s.starts_with(t)) && !s.contains(['*', ' ', '<'])
        });
        for path in named.filter(|p| !p.contains("yours")) {
            let known = tracked.lines().any(|file| {
                file.strip_prefix(path.trim_end_matches('/'))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            assert!(known, "{document} names {path}");
        }
    }
}

#[test]
fn architecture_fits_on_a_few_screens() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= 150);
}

#[test]
fn page_and_program_agree_on_wasm_bindgen() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let after = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1).unwrap();
    let version = after.split('"').next().unwrap();
    assert!(manifest.contains(&format!("wasm-bindgen = \"={version}\"")));
}

#[test]
fn documents_name_every_method_and_every_plan() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for method in ssim_train::method::Method::all() {
        assert!(readme.contains(&format!("\n| `{method}` | ")), "README.md: {method} is missing");
    }
    let comparing = fs::read_to_string(root().join("docs/comparing.md")).unwrap();
    for plan in fs::read_dir(root().join("native/presets/plans")).unwrap() {
        let name = plan.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(comparing.contains(&format!("`{name}`")), "docs/comparing.md: {name} is missing");
    }
}
