//! This target computes the native program's numbers: logits and share scores within 1e-5, and the
//! same rows on the list. The tests run natively and, with `--target wasm32-unknown-unknown`, in
//! node.

use candle_core::Device;
use ssim_core::artifact::Artifact;
use ssim_core::mask::{Pool, cut};
use ssim_web::engine::Engine;
use ssim_web::protocol::Check;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The artifact that is delivered with the page.
const DEMO: &[u8] = include_bytes!("../../static/demo.ssim");

fn near(what: &str, here: &[f32], golden: &[f32]) {
    assert_eq!(here.len(), golden.len(), "{what}");
    for (i, (a, b)) in here.iter().zip(golden).enumerate() {
        assert!((a - b).abs() <= 1e-5, "{what} {i}: {a} here, {b} in the file");
    }
}

fn same_numbers(bytes: &[u8]) {
    let artifact = Artifact::from_bytes(bytes).expect("a readable artifact");
    let sample = artifact.sample().expect("a sample");
    let rows: Vec<u32> = (0..sample.len() as u32).collect();
    assert!(rows.len() >= 100, "only {} rows", rows.len());

    let model = artifact.model(&Device::Cpu).expect("a model");
    let logits = model.predict_all(&sample, &rows).expect("logits");
    near("logit", &logits, &artifact.golden_logits().expect("golden logits"));

    // The row's own tower gives the same logit whether the other towers are computed or not.
    let own = model.predict(&sample, &rows).expect("own logits");
    let towers = model.config.towers;
    let expected: Vec<f32> = (sample.scenarios.iter().enumerate())
        .map(|(i, s)| logits[i * towers + usize::from(*s).min(towers - 1)])
        .collect();
    near("own logit", &own, &expected);

    let scorer = artifact.scorer(&Device::Cpu).expect("readable").expect("a selector");
    let scores = scorer.score(&sample, &rows, &Device::Cpu).expect("scores");
    let golden = artifact.golden_scores().expect("golden scores");
    near("score", &scores, &golden);
    for pool in [Pool::Batch, Pool::Global, Pool::Scenario] {
        for ratio in [0.05, 0.3, 0.95] {
            let choose =
                |z: &[f32]| cut(z, &sample.scenarios, &rows, ratio, pool, 64).expect("a cut");
            assert_eq!(choose(&scores), choose(&golden), "{pool:?} at {ratio}");
        }
    }
}

#[test]
fn the_demo_has_the_native_numbers() {
    same_numbers(DEMO);
}

#[test]
fn the_page_says_so() {
    let engine = Engine::open(DEMO).expect("an artifact");
    let overview = engine.overview();
    assert!(overview.check.passed(), "{:?}", overview.check);
    assert!(overview.check.largest() <= Check::TOLERANCE);
    let models: Vec<&str> = overview.models.iter().map(String::as_str).collect();
    for expected in ["ssim@0.7", "mt", "mt-s", "planted@0.7"] {
        assert!(models.contains(&expected), "{expected} is not in {models:?}");
    }
    let n = overview.rows;
    let rows = engine.rows();
    assert!(rows.len() == n && rows.columns().iter().all(|(_, column)| column.len() == n));
    for name in ["score", "disagreement", "planted", "tsne.x", "tower.4", "change.1"] {
        assert!(rows.column(name).is_some(), "{name} is missing");
    }
}

#[test]
fn a_changed_row_is_a_row_of_its_own() {
    let engine = Engine::open(DEMO).expect("an artifact");
    let same = engine.what_if(3, &[]).expect("an answer");
    assert_eq!(same.now, same.before);
    let column = |name: &str| engine.rows().column(name).expect("a column");
    near("score", &[same.now.score.expect("a score")], &column("score")[3..4]);
    near("CTR", &same.now.ctr[1..2], &column("tower.2")[3..4]);

    // Making the strongest change of a field gives the score that was stated for it.
    let effect = same.effects[2].clone();
    let changed = engine.what_if(3, &[(effect.field, effect.id)]).expect("an answer");
    near("score", &[changed.now.score.expect("a score")], &[effect.score]);
    assert_eq!(changed.values[effect.field].0, effect.value);

    // Changing the field of the scenario moves the row into that scenario.
    let field = engine.artifact().header.scenario_field().expect("the scenario is a field");
    let moved = engine.what_if(3, &[(field, 2)]).expect("an answer");
    let name = &engine.overview().scenarios[usize::from(moved.scenario)];
    assert_eq!(*name, moved.values[field].0);
    assert!(engine.what_if(3, &[(99, 0)]).is_err() && engine.what_if(1 << 30, &[]).is_err());
}

#[test]
fn values_are_found_by_their_text() {
    let engine = Engine::open(DEMO).expect("an artifact");
    let found = engine.values(0, "12");
    assert_eq!(found.values[0].1, "12");
    assert!(found.values.iter().rev().skip(1).all(|(_, v)| v.contains("12")));
    assert_eq!(found.values.last().expect("one").1, "unseen");
    let quality = engine.quality(0).expect("a quality");
    assert_eq!(quality.scenarios.len(), 4);
    assert!(engine.quality(999).is_none());
}

/// A file that is cut or changed anywhere must not make the worker panic.
#[test]
fn damaged_files_are_refused_in_words() {
    for cut in (0..DEMO.len()).step_by(4999) {
        let failure = Engine::open(&DEMO[..cut]).err().expect("a cut file is no artifact");
        assert!(!failure.what.is_empty() && !failure.todo.is_empty(), "{cut}");
    }
    for at in (0..2000).step_by(29) {
        let mut bytes = DEMO.to_vec();
        bytes[at] ^= 0x15;
        // Some changes hit a name that is not checked, so the file may still open.
        if let Err(failure) = Engine::open(&bytes) {
            assert!(!failure.detail.is_empty(), "{at}");
        }
    }
}
