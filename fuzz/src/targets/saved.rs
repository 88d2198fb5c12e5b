//! Checkpoints, from which a phase goes on, and the models and selectors of a run folder.

use super::seed;
use crate::fixture;
use crate::target::Seed;
use candle_core::Device;
use ssim_train::phase::Phase;
use ssim_train::retrain::Retrain;
use ssim_train::saved::{load_model, load_scorer, save_model, save_scorer};
use ssim_train::search::Search;

fn search() -> Search<'static> {
    Search::new(fixture::setup(), &fixture::prepared().rows.train).expect("a search")
}

fn retrain() -> Retrain<'static> {
    let rows = &fixture::prepared().rows;
    let towers = fixture::schema().scenarios.len();
    let list = vec![true; rows.train.len()];
    Retrain::new(fixture::setup(), towers, &rows.train, &rows.val, list).expect("a retraining")
}

/// Goes on from a checkpoint of a search and of a retraining.
pub fn checkpoint(data: &[u8]) {
    resumed(search(), search(), data);
    resumed(retrain(), retrain(), data);
}

/// A checkpoint that a phase accepts is written again with the same bytes by another phase that
/// goes on from it. Then the phase takes a step, which may fail, because weights may be anything.
fn resumed(mut phase: impl Phase, mut other: impl Phase, data: &[u8]) {
    if phase.resume(&data).is_err() {
        return;
    }
    let written = saved(&mut phase);
    other.resume(&written).expect("a checkpoint that was written can be read");
    assert_eq!(saved(&mut other), written);
    for _ in 0..3 {
        if phase.step().is_err() {
            break;
        }
    }
}

fn saved(phase: &mut impl Phase) -> Vec<u8> {
    let mut bytes = Vec::new();
    phase.save(&mut bytes).expect("a checkpoint");
    bytes
}

/// Checkpoints at the beginning and after some steps.
pub fn checkpoints() -> Vec<Seed> {
    let (mut search, mut retrain) = (search(), retrain());
    let mut files =
        vec![seed("search-0", saved(&mut search)), seed("retrain-0", saved(&mut retrain))];
    for _ in 0..3 {
        search.step().expect("a step");
        retrain.step().expect("a step");
    }
    files.extend([seed("search-3", saved(&mut search)), seed("retrain-3", saved(&mut retrain))]);
    files
}

/// Loads a model or a selector, writes it again, and predicts.
pub fn model(data: &[u8]) {
    let (print, schema) = (fixture::fingerprint(), fixture::schema());
    let rows = &fixture::prepared().rows.train;
    let all: Vec<u32> = (0..rows.len() as u32).collect();
    if let Ok(model) = load_model(&data, schema, &Device::Cpu) {
        let written = save_model(&model, print).expect("bytes");
        let again = load_model(&written, schema, &Device::Cpu).expect("a model that was written");
        assert_eq!(save_model(&again, print).expect("bytes"), written);
        drop(model.predict_all(rows, &all));
    }
    if let Ok(scorer) = load_scorer(&data, schema, &Device::Cpu) {
        let written = save_scorer(&scorer, print).expect("bytes");
        let again =
            load_scorer(&written, schema, &Device::Cpu).expect("a selector that was written");
        assert_eq!(save_scorer(&again, print).expect("bytes"), written);
        drop(scorer.score(rows, &all, &Device::Cpu));
    }
}

/// A model of every backbone, and a selector.
pub fn models() -> Vec<Seed> {
    let print = fixture::fingerprint();
    let mut files: Vec<Seed> = ssim_core::backbone::names()
        .into_iter()
        .map(|name| seed(name, save_model(&fixture::model(name), print).expect("bytes")))
        .collect();
    files.push(seed("selector", save_scorer(&fixture::scorer(), print).expect("bytes")));
    files
}
