//! The native program's numbers and this target's are the same: logits and share scores within
//! 1e-5, and the same rows on the list. Runs natively and, with `--target wasm32-unknown-unknown`,
//! in node.

use candle_core::Device;
use ssim_core::artifact::Artifact;
use ssim_core::mask::{Pool, cut};
use ssim_web::engine::Engine;
use ssim_web::protocol::{Check, Order, RowsWanted};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What the page ships.
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

    // A row's own tower says the same, whether the others are asked or not.
    let (own, towers) = (model.predict(&sample, &rows).expect("own logits"), model.config.towers);
    let expected: Vec<f32> = (sample.scenarios.iter().enumerate())
        .map(|(i, s)| logits[i * towers + usize::from(*s).min(towers - 1)])
        .collect();
    near("own logit", &own, &expected);

    let (selector, table) = artifact.selector(&Device::Cpu).expect("readable").expect("a selector");
    let scores = selector.score(&table, &sample, &rows, &Device::Cpu).expect("scores");
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
    let per: u64 = overview.scenarios.iter().map(|s| s.rows).sum();
    assert_eq!(per, overview.pooled.rows);
    let shared: Option<u64> = overview.scenarios.iter().map(|s| s.shared).sum();
    assert_eq!(shared, overview.pooled.shared);

    let wanted = RowsWanted { scenario: Some(1), order: Order::Score, from: 0, count: 7 };
    let page = engine.rows(&wanted);
    assert_eq!((page.rows.len(), page.total as u64), (7, overview.scenarios[1].rows));
    assert!(page.rows.is_sorted_by(|a, b| a.score >= b.score));
    assert!(page.rows.iter().all(|r| r.scenario == 1 && r.ctr.len() == overview.model.towers));
}

/// No part of a file, however cut or changed, may bring the worker down.
#[test]
fn damaged_files_are_refused_in_words() {
    for cut in (0..DEMO.len()).step_by(4999) {
        let failure = Engine::open(&DEMO[..cut]).err().expect("a cut file is no artifact");
        assert!(!failure.what.is_empty() && !failure.todo.is_empty(), "{cut}");
    }
    for at in (0..2000).step_by(29) {
        let mut bytes = DEMO.to_vec();
        bytes[at] ^= 0x15;
        // Some changes hit a name that nobody checks; none may panic.
        if let Err(failure) = Engine::open(&bytes) {
            assert!(!failure.detail.is_empty(), "{at}");
        }
    }
}
