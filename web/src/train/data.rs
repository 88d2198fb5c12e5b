//! The rows that a model is trained on in the page.

use super::failure;
use crate::engine::Engine;
use crate::protocol::{Failure, TrainData, TrainWanted};
use ssim_core::instances::Instances;
use ssim_core::rng::Stream;
use ssim_core::schema::Schema;
use ssim_core::split::Split;
use ssim_data::OnError;
use ssim_data::Prepared;
use ssim_data::Reading;
use ssim_data::layout::{CellRules, FieldKind, FieldSpec, Quirks, SplitRule, TableSchema};
use ssim_data::table::{csv_columns, read_csv};

/// The most rows of a CSV file that a page reads.
const ROW_LIMIT: usize = 50_000;

/// Rows to train on, with their schema.
pub struct TrainRows {
    pub schema: Schema,
    pub rows: Split<Instances>,
    /// A description of the rows for the reader.
    pub words: String,
}

/// Makes the rows.
///
/// # Errors
/// When no file is open; what the generator or the reader reports.
pub fn rows(
    engine: Option<&Engine>,
    wanted: &TrainWanted,
    bytes: &[u8],
) -> Result<TrainRows, Failure> {
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

/// The open file's sample: eight tenths are train rows, one is val, one is test.
fn sample(engine: &Engine, seed: u64) -> TrainRows {
    let sample = &engine.inspection().sample;
    let n = sample.len();
    let order = Stream::new(seed, "page split", &[]).permutation(n);
    let (learn, rest) = order.split_at(n * 8 / 10);
    let (stop, test) = rest.split_at(rest.len() / 2);
    let rows = Split { train: sample.pick(learn), val: sample.pick(stop), test: sample.pick(test) };
    TrainRows {
        schema: engine.artifact().header.schema.clone(),
        rows,
        words: format!("{} rows of the open file", ssim_viz::count(n as u64)),
    }
}

fn split(prepared: Prepared, words: String) -> TrainRows {
    let Prepared { schema, rows, .. } = prepared;
    TrainRows { schema, rows, words }
}

/// Reads a CSV file. Every column but the label becomes a categorical field.
fn table(
    bytes: &[u8],
    name: &str,
    label: &str,
    scenario: &str,
    seed: u64,
) -> Result<TrainRows, Failure> {
    let failed =
        |e: ssim_data::Error| failure(&format!("{name} cannot be trained on."), e.to_string());
    let columns = csv_columns(bytes, name).map_err(failed)?;
    let fields = columns.into_iter().filter(|c| c != label).map(|name| FieldSpec {
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
        split: SplitRule::Random { train: 0.8, val: 0.1, test: 0.1 },
        cells: CellRules::default(),
        quirks: Quirks::default(),
    };
    // One row more than a page takes shows that there are too many.
    let reading = Reading { limit: ROW_LIMIT + 1, ..OnError::Skip.into() };
    let raw = read_csv(bytes, name, &layout, reading).map_err(failed)?;
    let prepared = ssim_data::prepare(raw, &layout, seed).map_err(failed)?;
    if prepared.records > ROW_LIMIT {
        let text = format!("{name}: expected at most {ROW_LIMIT} rows, got more");
        return Err(failure(
            "The file is too long for a page.",
            text + "; `ssim fit` has no limit",
        ));
    }
    let n = prepared.records - prepared.rejects.len();
    let left = match prepared.rejects.len() {
        0 => String::new(),
        left => format!(", {} left out", ssim_viz::count(left as u64)),
    };
    let words = format!("{name}, {} rows{left}", ssim_viz::count(n as u64));
    Ok(split(prepared, words))
}
