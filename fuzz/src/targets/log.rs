//! Logs as CSV: the same rows with any size of blocks, any number of threads, and any memory.

use super::seed;
use crate::fixture::{self, LOG, table};
use crate::target::Seed;
use ssim_data::survey::{Survey, Wishes, propose};
use ssim_data::table::{CellRules, Scoring, TableSchema, encode_csv, read_csv};
use ssim_data::{JobPart, OnError, Prepared, Reading};
use std::io::{Cursor, Write};

/// Ways to read a log that must not make a difference: the size of a block, the number of threads,
/// and the memory.
const WAYS: [(usize, usize, usize); 3] =
    [(1 << 20, 1, usize::MAX), (64, 2, usize::MAX), (257, 2, 0)];

/// Prepares a log in all ways, and scores its rows.
pub fn csv(data: &[u8]) {
    for on_error in [OnError::Skip, OnError::Fail] {
        let [plain, others @ ..] = WAYS.map(|way| prepare(data, on_error, way));
        for other in others {
            // A row that does not fit into a small block is refused.
            if other.as_ref().is_err_and(|text| text.contains("expected a row of at most")) {
                continue;
            }
            // A block that ends before the row does may know less of what is wrong with it.
            let told = |result: &Result<Prepared, String>| result.clone().map_err(|_| ());
            assert_eq!(told(&plain), told(&other));
        }
        if let Ok(prepared) = plain {
            for (_, rows) in prepared.rows.named() {
                rows.check(&prepared.schema).expect("prepared rows fit their schema");
            }
        }
    }
    propose_schema(data);
    let [one, many] = [1, 100].map(|batch| encode(data, batch));
    // A batch whose last row fails is lost as a whole.
    match (one, many) {
        ((.., Some(one)), (.., Some(many))) => assert_eq!(one, many),
        (one, many) => assert_eq!(one, many),
    }
}

/// Proposes a schema for a log. If there is one, the program can read it again.
fn propose_schema(data: &[u8]) {
    let mut survey = Survey::default();
    if survey.csv(data, &"log.csv".into()).is_err() {
        return;
    }
    if let Ok(proposal) = propose(&survey, &Wishes::default()) {
        TableSchema::parse(&proposal.schema, "log.toml").expect("a proposed schema is one");
    }
}

fn prepare(
    data: &[u8],
    on_error: OnError,
    (block, threads, memory): (usize, usize, usize),
) -> Result<Prepared, String> {
    fixture::threads(threads).install(|| {
        let scratch: ssim_data::Lend = Box::new(|| Ok(Box::new(Cursor::new(Vec::new()))));
        let reading =
            Reading { block: Some(block), memory, scratch: Some(scratch), ..on_error.into() };
        let raw = read_csv(data, "log.csv", table(), reading).map_err(|e| e.to_string())?;
        ssim_data::prepare(raw, table(), 1).map_err(|e| e.to_string())
    })
}

/// The ids of the rows that can be scored, and the lines of the others.
fn encode(data: &[u8], batch: usize) -> (Vec<u32>, Vec<u64>, Option<String>) {
    let (mut ids, mut lines) = (Vec::new(), Vec::new());
    let batches = match encode_csv(data, "log.csv", &scoring(JobPart::WHOLE), batch) {
        Ok(batches) => batches,
        Err(error) => return (ids, lines, Some(error.to_string())),
    };
    for encoded in batches {
        match encoded {
            Ok(encoded) => {
                encoded.instances.check(fixture::schema()).expect("rows fit the schema");
                ids.extend(encoded.instances.ids);
                lines.extend(encoded.rejects.into_iter().map(|reject| reject.line));
            }
            Err(error) => return (ids, lines, Some(error.to_string())),
        }
    }
    (ids, lines, None)
}

/// Scores rows of the log by the prepared schema, and leaves out those that it cannot score.
pub fn scoring(shard: JobPart) -> Scoring<'static> {
    let schema = fixture::schema();
    let (label, on_error) = (Some("click"), OnError::Skip);
    Scoring {
        unknown_scenarios: false,
        schema,
        scenario: "tab",
        label,
        row: None,
        shard,
        on_error,
        cells: CellRules::default(),
    }
}

/// Logs with quotes, all line ends and bad rows, plain and compressed.
pub fn csv_files() -> Vec<Seed> {
    let quoted = LOG.replace("\nb,", "\n\"b\n,\"\"\",");
    let bad = LOG.replacen(",1,train", ",7,train", 1).replacen("b,", "b,,", 1);
    let rows = LOG.split_once('\n').map_or("", |(_, rows)| rows);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(LOG.as_bytes()).expect("a vector");
    vec![
        seed("plain.csv", LOG),
        seed("crlf.csv", LOG.replace('\n', "\r\n")),
        seed("quoted.csv", quoted),
        seed("bad.csv", bad),
        seed("semicolons.csv", LOG.replace(',', ";")),
        seed("tabs-without-header.csv", rows.replace(',', "\t")),
        seed("log.csv.gz", gzip.finish().expect("a vector")),
        seed("log.csv.zst", zstd::encode_all(LOG.as_bytes(), 1).expect("a vector")),
    ]
}
