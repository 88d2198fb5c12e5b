//! The rows that a model is trained on here.

use super::failure;
use crate::engine::Engine;
use crate::protocol::{Failure, TrainData, TrainWanted};
use ssim_core::instances::Instances;
use ssim_core::rng::Stream;
use ssim_core::schema::Schema;
use ssim_data::OnError;
use ssim_data::Prepared;
use ssim_data::layout::{FieldKind, FieldSpec, Quirks, Split, TableSchema};
use ssim_data::table::read_csv;

/// Rows of a CSV file that are read.
const MOST: usize = 50_000;

/// Split rows with their schema.
pub struct Data {
    pub schema: Schema,
    pub train: Instances,
    pub val: Instances,
    pub test: Instances,
    /// What they are, in words.
    pub words: String,
}

/// Makes the rows.
///
/// # Errors
/// What the generator or the reader says; no open file.
pub fn rows(engine: Option<&Engine>, wanted: &TrainWanted, bytes: &[u8]) -> Result<Data, Failure> {
    match &wanted.data {
        TrainData::Sample => {
            let engine = engine.ok_or_else(|| failure("No file is open.", "no sample".into()))?;
            Ok(sample(engine, wanted.seed))
        }
        TrainData::Synthetic { rows } => {
            let prepared =
                ssim_data::synthetic::prepare(*rows, ssim_data::synthetic::SHARED, wanted.seed);
            let prepared =
                prepared.map_err(|e| failure("No rows could be made.", e.to_string()))?;
            let n = ssim_viz::count(*rows as u64);
            Ok(split(prepared, format!("{n} generated rows, seed {}", wanted.seed)))
        }
        TrainData::Table { name, label, scenario } => {
            table(bytes, name, label, scenario, wanted.seed)
        }
    }
}

/// The open file's sample: eight tenths to learn from, one to stop by, one to test on.
fn sample(engine: &Engine, seed: u64) -> Data {
    let sample = &engine.inspection().sample;
    let n = sample.len();
    let order = Stream::new(seed, "page split", &[]).permutation(n);
    let (learn, rest) = order.split_at(n * 8 / 10);
    let (stop, test) = rest.split_at(rest.len() / 2);
    Data {
        schema: engine.artifact().header.schema.clone(),
        train: sample.pick(learn),
        val: sample.pick(stop),
        test: sample.pick(test),
        words: format!("{} rows of the open file", ssim_viz::count(n as u64)),
    }
}

fn split(prepared: Prepared, words: String) -> Data {
    let Prepared { schema, train, val, test, .. } = prepared;
    Data { schema, train, val, test, words }
}

/// Reads a CSV file, every column but label and scenario a categorical field.
fn table(
    bytes: &[u8],
    name: &str,
    label: &str,
    scenario: &str,
    seed: u64,
) -> Result<Data, Failure> {
    let failed =
        |e: ssim_data::Error| failure(&format!("{name} cannot be trained on."), e.to_string());
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    if lines > MOST + 1 {
        let text = format!("{name}: expected at most {MOST} rows, got about {lines}");
        return Err(failure(
            "The file is too long for a page.",
            text + "; `ssim fit` has no limit",
        ));
    }
    let head = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let columns = head.trim_start_matches('\u{feff}').trim_end().split(',');
    let columns = columns.map(|c| c.trim().trim_matches('"').to_owned());
    let fields = columns.filter(|c| c != label).map(|name| FieldSpec {
        name,
        kind: FieldKind::Categorical,
        buckets: None,
        min_count: 2,
    });
    let layout = TableSchema {
        source: name.to_owned(),
        label: label.to_owned(),
        scenario: scenario.to_owned(),
        fields: fields.collect(),
        split: Split::Random { train: 0.8, val: 0.1, test: 0.1 },
        quirks: Quirks::default(),
    };
    let raw = read_csv(bytes, name, &layout, OnError::Skip).map_err(failed)?;
    let prepared = ssim_data::prepare(raw, &layout, seed).map_err(failed)?;
    let words = format!("{name}, {} rows", ssim_viz::count(lines.saturating_sub(1) as u64));
    Ok(split(prepared, words))
}
