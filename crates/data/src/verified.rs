//! Reads the batches of a Parquet file, and compares them with its [checksums](crate::sums).

use crate::sums::Verifier;
use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::reader::ChunkReader;
use std::ops::Range;

/// The batches of a file. The last one is followed by an error if the rows are not those that were
/// written.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    verifier: Option<Verifier>,
}

/// Begins to read a file. `range` are the rows, all of them if it is `None`; it begins and ends where
/// [`whole_parts`](crate::sums::whole_parts) says.
///
/// # Errors
/// The file cannot be read, or its footer is damaged.
pub(crate) fn batches<R: ChunkReader + 'static>(
    builder: ParquetRecordBatchReaderBuilder<R>,
    range: Option<Range<u64>>,
) -> Result<Batches, String> {
    let file = builder.metadata().file_metadata();
    let total = file.num_rows().unsigned_abs();
    let verifier = Verifier::new(file, range.clone().unwrap_or(0..total))?;
    let builder = match range {
        None => builder,
        Some(range) => {
            let places = range.start as usize..range.end as usize;
            let rows = RowSelection::from_consecutive_ranges([places].into_iter(), total as usize);
            builder.with_row_selection(rows)
        }
    };
    Ok(Batches { reader: builder.build().map_err(|e| e.to_string())?, verifier })
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.reader.next() {
            Some(batch) => batch.map_err(|e| e.to_string()),
            None => return self.verifier.take()?.finish().err().map(Err),
        };
        Some(batch.and_then(|batch| {
            if let Some(verifier) = &mut self.verifier {
                verifier.add(&batch)?;
            }
            Ok(batch)
        }))
    }
}
