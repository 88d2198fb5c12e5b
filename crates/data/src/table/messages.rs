//! Reads an Arrow stream message by message. The library trusts the sizes in a message, and takes
//! bytes of the other byte order for numbers, so a message is checked before the library sees it.

use crate::arrow::array::RecordBatch;
use crate::arrow::buffer::Buffer;
use crate::arrow::datatypes::Schema;
use crate::arrow::ipc::reader::StreamDecoder;
use crate::arrow::ipc::{Endianness, Message, root_as_message};
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

/// Limit of a message's header in bytes.
const HEADER: u64 = 64 << 20;
/// Limit of a batch in bytes, after decompression.
const BODY: i64 = 1 << 30;
/// Number of rows that a batch of any size may have.
const ROWS: i64 = 1 << 20;
/// The mark before a message.
const MARK: [u8; 4] = [0xff; 4];

/// Reads the batches of a stream.
pub(super) struct Messages<R> {
    from: R,
    decoder: StreamDecoder,
    /// True after the end mark.
    ended: bool,
}

impl<R: Read> Messages<R> {
    pub fn new(from: R) -> Self {
        Self { from, decoder: StreamDecoder::new(), ended: false }
    }

    /// Reads the schema, with which a stream begins.
    pub fn schema(&mut self) -> Result<Arc<Schema>, String> {
        self.message()?;
        self.decoder.schema().ok_or_else(|| "expected a schema first".to_owned())
    }

    /// Reads the next batch. Returns `None` at the end mark. The format allows a stream without it,
    /// but such a stream cannot be distinguished from one whose writer was killed.
    pub fn batch(&mut self) -> Result<Option<RecordBatch>, String> {
        loop {
            let batch = self.message()?;
            if batch.is_some() || self.ended {
                return Ok(batch);
            }
        }
    }

    /// Reads one message; a message that is no batch gives `None`.
    fn message(&mut self) -> Result<Option<RecordBatch>, String> {
        let cut = |e: io::Error| match e.kind() {
            ErrorKind::UnexpectedEof => {
                "expected a batch or the end of the stream, got the end of the input".to_owned()
            }
            _ => e.to_string(),
        };
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(cut)?;
        // Streams of Arrow before 0.15 have no mark.
        if length == MARK {
            self.from.read_exact(&mut length).map_err(cut)?;
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
