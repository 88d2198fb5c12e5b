//! Every backbone computes the native program's logits on this target too, within 1e-5. The tests
//! run natively and, with `--target wasm32-unknown-unknown`, in node.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]
#![allow(dead_code, reason = "the contract tests need more of the fixture")]

#[path = "../../tests/contract/fixture.rs"]
mod fixture;
#[path = "../../tests/contract/newcomer.rs"]
mod newcomer;

use std::collections::BTreeMap;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The logits that the native contract tests have written.
const LOGITS: &str = include_str!("../../tests/contract/logits.json");

#[test]
fn backbones_have_the_native_numbers() {
    let known: BTreeMap<&str, Vec<f32>> = serde_json::from_str(LOGITS).unwrap();
    for name in ssim_core::backbone::names() {
        let model = fixture::model(name);
        let logits = model.predict_all(&fixture::instances(), &fixture::all()).unwrap();
        fixture::close(name, &logits, &known[name], 1e-5);
    }
}
