//! Reads an Arrow stream message by message. The library trusts the sizes in a message, and takes
//! bytes of the other byte order for numbers, so a message is checked before the library sees it.
//!
//! A file in Arrow's format (Feather) is such a stream between a mark and a table of contents, which
//! nobody needs who reads everything in order.

use crate::arrow::array::RecordBatch;
use crate::arrow::buffer::Buffer;
use crate::arrow::datatypes::Schema;
use crate::arrow::ipc::reader::StreamDecoder;
use crate::arrow::ipc::{Endianness, Message, root_as_message};
use crate::error::{Error, Result};
use crate::guard::guard;
use crate::parquet_file::Batch;
use crate::table::unpack::{Unpacked, unpack};
use std::io::{self, BufReader, ErrorKind, Read};
use std::sync::Arc;

/// Limit of a message's header in bytes.
const HEADER: u64 = 64 << 20;
/// Limit of a batch in bytes, after decompression.
const BODY: i64 = 1 << 30;
/// Number of rows that a batch of any size may have.
const ROWS: i64 = 1 << 20;
/// The mark before a message.
const MARK: [u8; 4] = [0xff; 4];
/// The first bytes of a file; bytes without a meaning follow, two at least.
const FILE: &[u8; 6] = b"ARROW1";
/// The name of the format in messages.
const FORMAT: &str = "an Arrow stream";

/// Whether a file begins as Arrow's format does.
pub(crate) fn is_arrow(head: &[u8]) -> bool {
    // The header of the first message, the schema, has less than 16 mebibytes.
    let stream = head.starts_with(&MARK) && head.get(7) == Some(&0);
    head.starts_with(FILE) || stream
}

/// Reads the batches of a stream.
pub(crate) struct Messages<R> {
    from: BufReader<Unpacked<R>>,
    /// The input as the host names it.
    source: String,
    decoder: StreamDecoder,
    /// Number of batches that have been read.
    batches: u64,
    /// True after the end mark.
    ended: bool,
}

impl<R: Read> Messages<R> {
    /// Begins to read an input, which may be compressed. `source` is its name for messages.
    ///
    /// # Errors
    /// The input cannot be read, or its compression is broken.
    pub fn new(from: R, source: &str) -> Result<Self> {
        let from = unpack(from).map_err(|e| Error::Data(format!("{source}:1:1: {e}")))?;
        let (from, source) = (BufReader::new(from), source.to_owned());
        Ok(Self { from, source, decoder: StreamDecoder::new(), batches: 0, ended: false })
    }

    /// Reads the schema, with which a stream begins.
    ///
    /// # Errors
    /// The input is no Arrow stream, or its numbers are big-endian.
    pub fn schema(&mut self) -> Result<Arc<Schema>> {
        let Self { source, .. } = self;
        let source = source.clone();
        guard(&source, FORMAT, || {
            let fail = |what| Error::Data(format!("{source}: expected {FORMAT}: {what}"));
            let mut first = self.word().map_err(fail)?;
            if first == FILE[..4] {
                self.word().map_err(fail)?;
                first = self.word().map_err(fail)?;
                // Some writers fill up the first 64 bytes.
                for _ in 0..64 / 4 {
                    if first == [0; 4] {
                        first = self.word().map_err(fail)?;
                    }
                }
            }
            self.message(first).map_err(fail)?;
            self.decoder.schema().ok_or_else(|| fail("expected a schema first".to_owned()))
        })
    }

    /// The input's name and the number of the batch, for messages.
    pub fn place(&self) -> String {
        format!("{}, batch {}", self.source, self.batches + 1)
    }

    /// Reads these columns of the next batch. Returns `None` at the end mark. The format allows a stream
    /// without it, but such a stream cannot be distinguished from one whose writer was killed. It must not
    /// be called again after an error.
    ///
    /// # Errors
    /// The stream is damaged, or the batch has more than a gibibyte.
    pub fn batch(&mut self, columns: &[usize]) -> Result<Option<Batch>> {
        let at = self.place();
        guard(&at, FORMAT, || {
            let fail = |what: String| Error::Data(format!("{at}: {what}"));
            while !self.ended {
                let first = self.word().map_err(fail)?;
                if let Some(batch) = self.message(first).map_err(fail)? {
                    self.batches += 1;
                    let batch = batch.project(columns).map_err(|e| fail(e.to_string()))?;
                    return Ok(Some(Batch::from(batch)));
                }
            }
            Ok(None)
        })
    }

    fn word(&mut self) -> Result<[u8; 4], String> {
        let mut word = [0; 4];
        self.from.read_exact(&mut word).map_err(cut)?;
        Ok(word)
    }

    /// Reads the message that begins with these bytes; a message that is no batch gives `None`.
    fn message(&mut self, mut length: [u8; 4]) -> Result<Option<RecordBatch>, String> {
        // Streams of Arrow before 0.15 have no mark.
        if length == MARK {
            length = self.word()?;
        }
        let header = u64::from(u32::from_le_bytes(length));
        if header == 0 {
            self.ended = true;
            return Ok(None);
        }
        if header > HEADER {
            return Err(format!("expected a header of at most {HEADER} bytes, got {header}"));
        }
        let header = self.bytes(header).map_err(cut)?;
        let message = root_as_message(&header).map_err(|e| first_line(&e))?;
        let body = message.bodyLength();
        if !(0..=BODY).contains(&body) {
            return Err(format!("expected a batch of at most {BODY} bytes, got {body}"));
        }
        let body = self.bytes(body as u64).map_err(cut)?;
        check(&message, &body)?;
        // The decoder looks at a message without a body only when the next bytes come, so the mark
        // of the next message follows each.
        let mut batch = None;
        let parts = [length.to_vec(), header, body, MARK.to_vec()];
        for bytes in parts {
            let mut bytes = Buffer::from_vec(bytes);
            while !bytes.is_empty() {
                let decoded = self.decoder.decode(&mut bytes).map_err(|e| first_line(&e))?;
                batch = decoded.or(batch);
            }
        }
        Ok(batch)
    }

    /// Reads this number of bytes. Memory is reserved only as they come.
    fn bytes(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.from.by_ref().take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }
}

fn cut(e: io::Error) -> String {
    match e.kind() {
        ErrorKind::UnexpectedEof => {
            "expected a batch or the end of the stream, got the end of the input".to_owned()
        }
        _ => e.to_string(),
    }
}

/// Checks the byte order, and that the parts of a compressed body together stay below the limit.
fn check(message: &Message, body: &[u8]) -> Result<(), String> {
    let big = message.header_as_schema().is_some_and(|s| s.endianness() != Endianness::Little);
    if big {
        return Err("expected little-endian numbers, got big-endian ones".to_owned());
    }
    let dictionary = message.header_as_dictionary_batch().and_then(|d| d.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    let packed = batch.compression().is_some();
    let mut sum = if packed { 0 } else { body.len() as i64 };
    for buffer in batch.buffers().filter(|_| packed).into_iter().flatten() {
        // Its first eight bytes are the length after decompression, or -1 if it is not compressed.
        let start = usize::try_from(buffer.offset()).unwrap_or(usize::MAX);
        let Some(length) = body.get(start..).and_then(|bytes| bytes.first_chunk()) else {
            continue;
        };
        sum = sum.saturating_add(i64::from_le_bytes(*length).max(0));
    }
    if sum > BODY {
        return Err(format!("expected a batch of at most {BODY} bytes, got {sum}"));
    }
    // A row has a bit at least, but in columns of nulls or of runs.
    let most = sum.saturating_mul(8).max(ROWS);
    match batch.length() > most {
        true => Err(format!("expected at most {most} rows in {sum} bytes, got {}", batch.length())),
        false => Ok(()),
    }
}

/// The first line of an error's message. The message of a damaged header has a trace in the lines
/// after it.
fn first_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
