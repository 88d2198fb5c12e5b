//! Encodes a stream in Arrow's IPC format, for example from a pipe. Each batch of the stream gives
//! one answer.

use crate::error::{Error, Result};
use crate::table::cells::Cells;
use crate::table::encode::{Encoded, Scoring, TableEncoder};
use crate::table::parquet::{TextBatch, names};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use std::io::{self, BufReader, Read};

/// The end mark of a stream, its last bytes. The format allows a stream without it, but such a
/// stream cannot be distinguished from one whose writer was killed, so it is an error here.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Encodes an Arrow stream. Every batch becomes one [`Encoded`], even an empty batch. The columns
/// may have the types that [`read_parquet`](crate::table::read_parquet) reads. Rows are numbered
/// from 1 over all batches.
///
/// # Errors
/// The input is no Arrow stream, or a column is missing. The iterator fails if the stream is
/// damaged or ends without its end mark, and on the rows that are errors in
/// [`encode_csv`](crate::table::encode_csv).
pub fn encode_stream<'a, R: Read + 'a>(
    reader: R,
    source: &'a str,
    scoring: &Scoring<'a>,
) -> Result<impl Iterator<Item = Result<Encoded>> + use<'a, R>> {
    let fail = |e: &ArrowError| {
        Error::Data(format!("{source}: expected an Arrow stream: {}", first_line(e)))
    };
    let ended = Ended { from: BufReader::new(reader), last: [0; 8] };
    let mut stream = StreamReader::try_new(ended, None).map_err(|e| fail(&e))?;
    let header = names(&stream.schema());
    let encoder = TableEncoder::new(scoring, &header, source)?;
    let wanted = scoring.columns();
    let wanted: Vec<usize> =
        (0..header.len()).filter(|i| wanted.contains(&header[*i].as_str())).collect();
    let mut batches = 0u64;
    let mut first = 1;
    let mut failed = false;
    Ok(std::iter::from_fn(move || {
        let at = format!("{source}, batch {}", batches + 1);
        let mut step = || {
            let Some(batch) = stream.next() else {
                let whole = stream.get_ref().last == END;
                let cut = "expected a batch or the end of the stream, got the end of the input";
                return if whole { Ok(None) } else { Err(Error::Data(format!("{at}: {cut}"))) };
            };
            let batch = batch.and_then(|batch| batch.project(&wanted));
            let batch = batch.map_err(|e| Error::Data(format!("{at}: {}", first_line(&e))))?;
            let texts = TextBatch::new(&batch, &header, first, &at)?;
            let mut out = encoder.start();
            for row in texts.rows().filter(|row| encoder.shard.owns(row.line() - 1)) {
                encoder.push(&at, &row, &mut out)?;
            }
            batches += 1;
            first += batch.num_rows() as u64;
            Ok(Some(out))
        };
        let result = if failed { Ok(None) } else { step() };
        failed = result.is_err();
        result.transpose()
    })
    .fuse())
}

/// The first line of an error's message. The message of a damaged header has a trace in the lines
/// after it.
fn first_line(error: &ArrowError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// A reader that remembers the last eight bytes that it has read.
struct Ended<R> {
    from: BufReader<R>,
    last: [u8; 8],
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        let new = &buffer[..n][n.saturating_sub(8)..];
        self.last.rotate_left(new.len());
        self.last[8 - new.len()..].copy_from_slice(new);
        Ok(n)
    }
}
