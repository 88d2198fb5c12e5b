//! Gives the program a digest of the code that computes, so that a run can say which build it is of.
//! A published package does not have that code beside it; its version alone says which build it is.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates whose code decides what numbers come out.
const CODE: [&str; 3] = ["../crates/core/src", "../crates/train/src", "../crates/data/src"];

/// The built page, which the feature `page` puts inside the program.
const PAGE: &str = "../dist";

fn main() {
    if std::env::var_os("CARGO_FEATURE_PAGE").is_some() {
        println!("cargo::rerun-if-changed={PAGE}");
        if !Path::new(PAGE).join("index.html").is_file() {
            println!(
                "cargo::error=feature `page`: expected the built page in {PAGE}, got none \
                 (`cargo xtask web --release` builds it)"
            );
        }
    }
    let mut files = Vec::new();
    for folder in CODE {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), &mut files);
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(fs::read(file).unwrap_or_default());
    }
    let digest: String = hash.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect();
    let code = if files.is_empty() { String::new() } else { format!("-{digest}") };
    println!("cargo::rustc-env=SSIM_CODE={code}");
}

/// Adds the files of a folder and of the folders below it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}
