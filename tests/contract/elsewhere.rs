//! The logits of every backbone are stored in a file, so that other machines can be compared with
//! them. `web/tests/backbones.rs` does so on wasm32.

use crate::fixture;
use ssim_core::backbone;
use std::collections::BTreeMap;
use std::{env, fs, path::PathBuf};

/// The environment variable that has the file written anew.
const WRITE: &str = "SSIM_WRITE_LOGITS";

#[test]
fn logits_are_those_of_the_file() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contract/logits.json");
    let found: BTreeMap<&str, Vec<f32>> = backbone::names()
        .into_iter()
        .map(|name| {
            let model = fixture::model(name);
            (name, model.predict_all(&fixture::instances(), &fixture::all()).unwrap())
        })
        .collect();
    if env::var_os(WRITE).is_some() {
        fs::write(&path, serde_json::to_string(&found).unwrap() + "\n").unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let known: BTreeMap<&str, Vec<f32>> = serde_json::from_str(&text).unwrap();
    for (name, logits) in found {
        let known = known.get(name).unwrap_or_else(|| panic!("{name} is new: set {WRITE}=1 once"));
        fixture::close(name, &logits, known, 1e-6);
    }
}
