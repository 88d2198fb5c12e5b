//! Encodes a stream in Arrow's IPC format, for example from a pipe, or a file in this format. Each batch
//! of the stream gives one answer.

use crate::error::Result;
use crate::table::cells::Cells;
use crate::table::encode::{Encoded, Scoring, TableEncoder};
use crate::table::messages::Messages;
use crate::table::parquet::names;
use crate::table::texts::TextBatch;
use std::io::Read;

/// Encodes an Arrow stream. Every batch becomes one [`Encoded`], even an empty batch. The columns
/// may have the types that [`read_parquet`](crate::table::read_parquet) reads. Rows are numbered
/// from 1 over all batches.
///
/// # Errors
/// The input is no Arrow stream, its numbers are big-endian, or a column is missing. The iterator
/// fails if the stream is damaged or ends without its end mark, if a batch has more than a gibibyte,
/// and on the rows that are errors in [`encode_csv`](crate::table::encode_csv).
pub fn encode_stream<'a, R: Read + 'a>(
    reader: R,
    source: &'a str,
    scoring: &Scoring<'a>,
) -> Result<impl Iterator<Item = Result<Encoded>> + use<'a, R>> {
    let mut stream = Messages::new(reader, source)?;
    let header = names(&*stream.schema()?);
    let encoder = TableEncoder::new(scoring, &header, source)?;
    let wanted = scoring.columns();
    let wanted: Vec<usize> =
        (0..header.len()).filter(|i| wanted.contains(&header[*i].as_str())).collect();
    let mut first = 1;
    let mut failed = false;
    Ok(std::iter::from_fn(move || {
        let at = stream.place();
        let mut step = || {
            let Some(batch) = stream.batch(&wanted)? else { return Ok(None) };
            let texts = TextBatch::new(&batch, &header, first, &at)?;
            let mut out = encoder.start();
            for row in texts.rows().filter(|row| encoder.shard.owns(row.line() - 1)) {
                encoder.push(&at, &row, &mut out)?;
            }
            first += batch.rows.num_rows() as u64;
            Ok(Some(out))
        };
        let result = if failed { Ok(None) } else { step() };
        failed = result.is_err();
        result.transpose()
    })
    .fuse())
}
