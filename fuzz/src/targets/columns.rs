//! Logs as Parquet files and Arrow streams, prepared and scored.

use super::log::scoring;
use super::seed;
use crate::fixture::{self, LOG, table};
use crate::target::Seed;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use ssim_data::table::{Encoded, encode_parquet, encode_stream, read_parquet};
use ssim_data::{JobPart, OnError, Result};
use std::sync::Arc;

/// Prepares a file with one thread and with two; scores it whole, and in two parts.
pub fn parquet(data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    let [one, two] = [1, 2].map(|threads| {
        fixture::threads(threads).install(|| {
            let raw = read_parquet(data.clone(), "log.parquet", table(), OnError::Skip);
            let raw = raw.map_err(|e| e.to_string())?;
            ssim_data::prepare(raw, table(), 1).map_err(|e| e.to_string())
        })
    });
    assert_eq!(one, two);
    let encode = |part: &str| -> Result<Vec<u64>> {
        let by = scoring(part.parse().expect("a part"));
        rows(encode_parquet(data.clone(), "log.parquet", &by)?)
    };
    let parts = (encode("1/1"), encode("1/2"), encode("2/2"));
    if let (Ok(mut whole), Ok(mut first), Ok(second)) = parts {
        first.extend(second);
        // Rejected rows are counted after the others of their batch.
        whole.sort_unstable();
        first.sort_unstable();
        assert_eq!(whole, first);
    }
}

/// Scores the rows of a stream.
pub fn stream(data: &[u8]) {
    let by = scoring(JobPart::WHOLE);
    if let Ok(batches) = encode_stream(data, "stream", &by) {
        drop(rows(batches));
    }
}

/// The numbers of the scored rows and of the rejected ones, after a check of the rows.
fn rows(batches: impl Iterator<Item = Result<Encoded>>) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for encoded in batches {
        let encoded = encoded?;
        encoded.instances.check(fixture::schema()).expect("rows fit the schema");
        numbers.extend(encoded.instances.rows);
        numbers.extend(encoded.rejects.iter().map(|reject| reject.line));
    }
    Ok(numbers)
}

/// [`LOG`] with columns of these types: user, price, age, tab, click, split.
fn batch(types: [DataType; 6]) -> RecordBatch {
    let mut lines = LOG.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    let rows: Vec<_> = lines.collect();
    let columns = names.iter().zip(types).enumerate().map(|(at, (name, kind))| {
        let texts = rows.iter().map(|row| Some(row[at]).filter(|text| !text.is_empty()));
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        (*name, cast(&texts, &kind).expect("the texts have this type"))
    });
    RecordBatch::try_from_iter(columns).expect("a batch")
}

/// Sets of types that logs have.
fn batches() -> Vec<(&'static str, RecordBatch)> {
    use DataType::*;
    let words = Dictionary(Box::new(Int32), Box::new(Utf8));
    vec![
        ("text", batch([Utf8, Utf8, Utf8, Utf8, Utf8, Utf8])),
        ("numbers", batch([LargeUtf8, Float64, Int64, Int32, UInt8, words])),
        ("views", batch([Utf8View, Float32, UInt16, Int8, Int64, Utf8View])),
        ("times", {
            let seconds = Timestamp(TimeUnit::Second, None);
            let ages = batch([Utf8, Float64, Int64, Utf8, Boolean, Utf8]);
            let at = |i: usize| ages.column(i).clone();
            let age = cast(&at(2), &seconds).expect("a time");
            let columns = [at(0), at(1), age, at(3), at(4), at(5)];
            let names = ["user", "price", "age", "tab", "click", "split"];
            RecordBatch::try_from_iter(names.into_iter().zip(columns)).expect("a batch")
        }),
        ("decimals", batch([Utf8, Decimal128(10, 2), Decimal128(6, 0), Utf8, Int16, LargeUtf8])),
    ]
}

/// Files with all types, some compressed.
pub fn parquet_files() -> Vec<Seed> {
    let mut files = Vec::new();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::UNCOMPRESSED,
        Compression::ZSTD(Default::default()),
        Compression::UNCOMPRESSED,
    ];
    for ((name, batch), codec) in batches().into_iter().zip(codecs) {
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_max_row_group_row_count(Some(5))
            .set_created_by("fuzz".to_owned())
            .build();
        let mut bytes = Vec::new();
        let writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties));
        let mut writer = writer.expect("a writer");
        writer.write(&batch).expect("rows");
        writer.close().expect("a file");
        files.push(seed(name, bytes));
    }
    files
}

/// Streams with all types.
pub fn streams() -> Vec<Seed> {
    let stream = |(name, batch): (&str, RecordBatch)| {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a stream");
        writer.write(&batch.slice(0, 5)).expect("rows");
        writer.write(&batch.slice(5, 3)).expect("rows");
        writer.finish().expect("an end");
        seed(name, writer.into_inner().expect("bytes"))
    };
    batches().into_iter().map(stream).collect()
}
