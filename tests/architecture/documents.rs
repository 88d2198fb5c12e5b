//! The documents name files, methods and plans that exist, and ARCHITECTURE.md stays short.

use crate::source::root;
use std::fs;
use std::process::Command;

#[test]
fn every_path_that_the_documents_name_exists() {
    // git is asked, because a folder that was built exists on the author's disk and in no clone.
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let tracked = String::from_utf8(git.output().unwrap().stdout).unwrap();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "tests/README.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let named = text.split('`').skip(1).step_by(2).filter(|s| {
            let top =
                ["benches/", "crates/", "docs/", "fuzz/", "native/", "static/", "tests/", "web/"];
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
fn documents_name_every_method_and_every_plan() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for method in ssim_core::method::Method::all() {
        assert!(readme.contains(&format!("\n| `{method}` | ")), "README.md: {method} is missing");
    }
    let comparing = fs::read_to_string(root().join("docs/comparing.md")).unwrap();
    for plan in fs::read_dir(root().join("native/presets/plans")).unwrap() {
        let name = plan.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(comparing.contains(&format!("`{name}`")), "docs/comparing.md: {name} is missing");
    }
}
