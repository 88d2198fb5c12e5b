//! Lists of shared rows and files of scores, also those of other programs.

use super::seed;
use crate::fixture;
use crate::target::Seed;
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use ssim_data::list::{self, SharedList};
use ssim_data::scored::{self, ScoreOrigin, Scored, Writer};
use ssim_data::{JobPart, Result};
use std::sync::Arc;

/// Reads a list, writes it, reads it again, and applies it to the train rows.
pub fn list(data: &[u8]) {
    let Ok(list) = list::read(Bytes::copy_from_slice(data), "list", fixture::schema()) else {
        return;
    };
    let n = list.rows.len();
    assert_eq!(list.shared.len(), n);
    assert!([0, n].contains(&list.scenarios.len()) && [0, n].contains(&list.scores.len()));
    let mut bytes = Vec::new();
    list::write(&mut bytes, &list).expect("a list that was read can be written");
    let again = list::read(Bytes::from(bytes), "again", fixture::schema())
        .expect("a list that was written");
    // Scores are compared by their bits, because NaN differs from itself.
    let bits = |list: &SharedList| list.scores.iter().map(|z| z.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&list), bits(&again));
    let others = |list: SharedList| (list.rows, list.scenarios, list.shared, list.fingerprint);
    let train = &fixture::prepared().rows.train;
    if let Ok(applied) = list.apply("list", fixture::schema(), train) {
        assert_eq!(applied.len(), train.len());
    }
    assert_eq!(others(list), others(again));
}

/// A file as another program would write it.
fn foreign(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(batch).expect("rows");
    writer.close().expect("a file");
    bytes
}

/// Lists with all columns, and with as few as possible.
pub fn list_files() -> Vec<Seed> {
    let train = &fixture::prepared().rows.train;
    let n = train.len();
    let shared: Vec<bool> = (0..n).map(|i| i % 2 == 0).collect();
    let full = SharedList::new(fixture::schema(), train, vec![0.5; n], shared.clone());
    let rows = train.rows.clone();
    let few = SharedList { rows, shared, ..SharedList::default() };
    let bytes = |list: &SharedList| {
        let mut bytes = Vec::new();
        list::write(&mut bytes, list).expect("a list");
        bytes
    };
    let other = foreign(&few.batch().expect("a batch"));
    vec![
        seed("full", bytes(&full.expect("a list"))),
        seed("few", bytes(&few)),
        seed("other", other),
    ]
}

/// Reads scores and writes them again.
pub fn scores(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let Ok(about) = scored::about(data.clone(), "scores") else { return };
    let Ok(read) = scored::read(data, "scores", fixture::schema()) else { return };
    let Ok(pieces) = read.collect::<Result<Vec<Scored>>>() else { return };
    for piece in &pieces {
        let n = piece.rows.len();
        assert_eq!((piece.scores.len(), piece.scenarios.len()), (n, n));
        assert!([0, n].contains(&piece.labels.len()));
        assert!(piece.labels.iter().all(|y| *y <= 1));
        assert!(
            piece.scenarios.iter().all(|s| usize::from(*s) < fixture::schema().scenarios.len())
        );
        assert!(!piece.scores.iter().any(|z| z.is_nan()));
    }
    let origin = about.origin.unwrap_or_else(origin);
    let bytes = write(&pieces, origin.clone(), about.labelled);
    let about = scored::about(bytes.clone(), "again").expect("scores that were written");
    assert_eq!(about.origin, Some(origin));
    let again = scored::read(bytes, "again", fixture::schema()).expect("scores that were written");
    let again: Vec<Scored> = again.map(|piece| piece.expect("rows that were written")).collect();
    assert_eq!(joined(&pieces), joined(&again));
}

fn joined(pieces: &[Scored]) -> Scored {
    let mut all = Scored::default();
    for piece in pieces {
        all.rows.extend_from_slice(&piece.rows);
        all.scenarios.extend_from_slice(&piece.scenarios);
        all.scores.extend_from_slice(&piece.scores);
        all.labels.extend_from_slice(&piece.labels);
    }
    all
}

fn origin() -> ScoreOrigin {
    let fingerprint = fixture::fingerprint().to_owned();
    ScoreOrigin { fingerprint, selector: "0123".into(), rows: None, shard: Some(JobPart::WHOLE) }
}

fn write(pieces: &[Scored], origin: ScoreOrigin, labelled: bool) -> Bytes {
    let mut bytes = Vec::new();
    let scenarios = fixture::schema().scenarios.len();
    let mut writer = Writer::new(&mut bytes, origin, scenarios, labelled).expect("a writer");
    for piece in pieces {
        writer.write(piece.clone()).expect("rows");
    }
    writer.finish().expect("a footer");
    bytes.into()
}

/// Files with and without clicks.
pub fn score_files() -> Vec<Seed> {
    let train = &fixture::prepared().rows.train;
    let scores = (0..train.len()).map(|i| i as f32 - 1.5).collect();
    let (rows, scenarios) = (train.rows.clone(), train.scenarios.clone());
    let plain = Scored { rows, scenarios, scores, labels: Vec::new() };
    let clicks = Scored { labels: train.labels.clone(), ..plain.clone() };
    let part = Some("2/3".parse().expect("a part"));
    let job = ScoreOrigin { shard: part, ..origin() };
    let names: Vec<&str> = train
        .scenarios
        .iter()
        .map(|s| fixture::schema().scenarios[usize::from(*s)].as_str())
        .collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("row", Arc::new(Int64Array::from_iter_values(train.rows.iter().map(|row| *row as i64)))),
        ("scenario", Arc::new(StringArray::from(names))),
        ("share_score", Arc::new(Float64Array::from(vec![0.5; train.len()]))),
    ];
    let other = foreign(&RecordBatch::try_from_iter(columns).expect("a batch"));
    vec![
        seed("other", other),
        seed("plain", write(&[plain], job, false)),
        seed("clicks", write(&[clicks], origin(), true)),
    ]
}
