//! Reads the batches of a Parquet file, and compares them with its [checksums](crate::sums).

use crate::arrow::array::RecordBatch;
use crate::error::{Error, Result as DataResult};
use crate::parquet_file::{self, ParquetFile, Wanted};
use crate::sums::{CREATOR, KEY, ROWS, RunningSums, Sums, of_metadata};
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::ChunkReader;
use std::ops::Range;

/// Number of rows that are read at the same time.
const PIECE: usize = 1 << 16;

/// The batches of a file. The last one is followed by an error if the rows are not those that were
/// written.
pub(crate) struct Batches {
    reader: parquet_file::Batches,
    verifier: Option<Verifier>,
    source: String,
}

/// Begins to read a file. `columns` are the names of those that are wanted, all of them if it is
/// `None`. `range` are the rows, all of them if it is `None`; it begins and ends where
/// [`whole_parts`](crate::sums::whole_parts) says.
///
/// # Errors
/// The file cannot be read, or its footer is damaged.
pub(crate) fn batches<R: ChunkReader + 'static>(
    file: ParquetFile<R>,
    columns: Option<&[&str]>,
    range: Option<Range<u64>>,
) -> DataResult<Batches> {
    let total = file.rows();
    let source = file.source().to_owned();
    let all = range.clone().unwrap_or(0..total);
    let verifier = Verifier::new(file.metadata().file_metadata(), all.clone());
    let verifier = verifier.map_err(|e| Error::Data(format!("{source}: {e}")))?;
    let rows = range.map(|range| {
        let places = range.start as usize..range.end as usize;
        RowSelection::from_consecutive_ranges([places].into_iter(), total as usize)
    });
    let columns = columns.map(|names| file.columns(names));
    let wanted = Wanted { columns, rows, first: all.start + 1, batch: PIECE };
    Ok(Batches { reader: file.read(wanted)?, verifier, source })
}

impl Iterator for Batches {
    type Item = DataResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let fail = |e: String| Error::Data(format!("{}: {e}", self.source));
        let Some(batch) = self.reader.next() else {
            return self.verifier.take()?.finish().err().map(|e| Err(fail(e)));
        };
        Some(batch.and_then(|batch| {
            if let Some(verifier) = &mut self.verifier {
                verifier.add(&batch.rows).map_err(fail)?;
            }
            Ok(batch.rows)
        }))
    }
}

/// Compares the rows of a file with its checksums while they are read.
pub(crate) struct Verifier {
    sums: Sums,
    running: RunningSums,
    /// The rows that are read.
    range: Range<u64>,
    /// Place in the file's columns of every column that is read; known from the first batch on.
    places: Vec<usize>,
    seen: u64,
}

impl Verifier {
    /// Reads the checksums, if the file is one of this program that has some, and checks all that the
    /// footer says. `range` are the rows that will be read; it begins and ends where [`whole_parts`](crate::sums::whole_parts)
    /// says.
    ///
    /// # Errors
    /// The footer is not the one that was written.
    pub fn new(file: &FileMetaData, range: Range<u64>) -> Result<Option<Self>, String> {
        let pairs = file.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let Some(sums) = pairs.iter().find(|pair| pair.key == KEY) else { return Ok(None) };
        if file.created_by() != Some(CREATOR) {
            return Ok(None);
        }
        let sums: Sums = serde_json::from_str(sums.value.as_deref().unwrap_or_default())
            .map_err(|e| damaged(&format!("unreadable ones ({e})")))?;
        let columns = file.schema().get_fields().iter().map(|field| field.name());
        let rows = u64::try_from(file.num_rows()).unwrap_or(0);
        if sums.rows != rows {
            return Err(damaged(&format!("{rows} rows in place of {}", sums.rows)));
        }
        if !columns.eq(sums.columns.iter()) {
            return Err(damaged(&"columns with other names"));
        }
        if sums.parts.len() as u64 != rows.div_ceil(ROWS) {
            return Err(damaged(&format!("checksums of {} parts", sums.parts.len())));
        }
        if of_metadata(pairs) != sums.metadata {
            return Err(damaged(&"other metadata"));
        }
        Ok(Some(Self { sums, running: RunningSums::new(0), range, places: Vec::new(), seen: 0 }))
    }

    /// Adds rows that were read.
    ///
    /// # Errors
    /// They are not those that were written.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), String> {
        if self.places.is_empty() {
            for field in batch.schema().fields() {
                let place = self.sums.columns.iter().position(|name| name == field.name());
                self.places.push(place.ok_or_else(|| damaged(&"columns with other names"))?);
            }
            self.running = RunningSums::new(self.places.len());
        }
        self.seen += batch.num_rows() as u64;
        self.running.add(batch).map_err(|e| damaged(&e))?;
        self.compare()
    }

    /// Ends the rows.
    ///
    /// # Errors
    /// They are not those that were written.
    pub fn finish(mut self) -> Result<(), String> {
        let expected = self.range.end - self.range.start;
        if self.seen != expected {
            return Err(damaged(&format!("{} rows in place of {expected}", self.seen)));
        }
        self.running.part();
        self.compare()
    }

    /// Compares the parts that are whole.
    fn compare(&mut self) -> Result<(), String> {
        for part in std::mem::take(&mut self.running.parts) {
            let at = self.range.start / ROWS;
            self.range.start += ROWS.min(self.range.end - self.range.start);
            self.seen = self.seen.saturating_sub(ROWS);
            let expected = usize::try_from(at).ok().and_then(|at| self.sums.parts.get(at));
            for (place, got) in self.places.iter().zip(part) {
                if expected.and_then(|sums| sums.get(*place)) != Some(&got) {
                    let name = &self.sums.columns[*place];
                    return Err(damaged(&format!("other values in column \"{name}\"")));
                }
            }
        }
        Ok(())
    }
}

fn damaged(got: &dyn std::fmt::Display) -> String {
    format!(
        "expected the rows and the footer that were written, got {got}: the file has been damaged"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parquet_writer::{ParquetWriter, uncompressed};
    use crate::sums::tests::columns;
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    fn file(batch: &RecordBatch, note: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut to =
            ParquetWriter::new(&mut bytes, batch.schema(), uncompressed()).expect("a writer");
        to.note("ssim.note", note.to_owned());
        to.write(batch).expect("rows");
        to.finish().expect("a footer");
        bytes
    }

    fn read(bytes: Vec<u8>) -> Result<usize, String> {
        let read = || -> DataResult<usize> {
            let rows = batches(ParquetFile::open(Bytes::from(bytes), "f")?, None, None)?;
            rows.map(|batch| Ok(batch?.num_rows())).sum()
        };
        read().map_err(|e| e.to_string())
    }

    #[test]
    fn other_values_or_metadata_are_refused() {
        let batch = columns(100);
        let bytes = file(&batch, "a");
        assert_eq!(read(bytes.clone()), Ok(100));
        let replace = |from: &[u8], to: &[u8]| {
            let at = bytes.windows(from.len()).position(|part| part == from).expect("such bytes");
            let mut bytes = bytes.clone();
            bytes[at..][..to.len()].copy_from_slice(to);
            read(bytes)
        };
        let told = replace(b"v99", b"v89").expect_err("another value");
        assert!(told.contains("column \"name\""), "{told}");
        let told = replace(b"ssim.note", b"ssin.note").expect_err("other metadata");
        assert!(told.contains("metadata"), "{told}");
        // Without checksums the values are as they are.
        assert_eq!(replace(b"ssim.checksums", b"ssim.checksumt"), Ok(100));
    }

    #[test]
    fn a_file_that_another_program_has_written_anew_is_read() {
        let pairs = RunningSums::new(4).finish(&columns(1).schema(), Vec::new());
        let mut bytes = Vec::new();
        for (creator, good) in [("another program", true), (CREATOR, false)] {
            bytes.clear();
            let properties = WriterProperties::builder()
                .set_created_by(creator.to_owned())
                .set_key_value_metadata(Some(pairs.clone()));
            let batch = columns(3);
            let mut to = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build()))
                .expect("a writer");
            to.write(&batch).expect("rows");
            to.close().expect("a footer");
            assert_eq!(read(bytes.clone()).is_ok(), good, "{creator}");
        }
    }
}
