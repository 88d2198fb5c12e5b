//! Recognises the format of a file that is read from its beginning to its end.

use crate::table::unpack::unpack;
use crate::table::{json_lines, messages};
use std::io::Read;

/// Bytes that are looked at.
const HEAD: u64 = 4096;

/// The format of a file, which may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFormat {
    /// Arrow's format, as a file with random access (Feather) or as a stream.
    Arrow,
    /// A JSON object in each line.
    JsonLines,
    /// Text with delimiters, or something else.
    Text,
}

impl StreamFormat {
    /// Recognises a file by its first bytes.
    ///
    /// # Errors
    /// The reader fails, or the compression is broken.
    pub fn of(reader: impl Read) -> std::io::Result<Self> {
        let mut head = Vec::new();
        unpack(reader)?.take(HEAD).read_to_end(&mut head)?;
        Ok(match &head[..] {
            head if messages::is_arrow(head) => StreamFormat::Arrow,
            head if json_lines::is_object(head) => StreamFormat::JsonLines,
            _ => StreamFormat::Text,
        })
    }
}
