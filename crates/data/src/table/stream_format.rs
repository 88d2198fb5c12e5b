//! Recognises the format of a file that is read from its beginning to its end.

use crate::table::unpack::unpack;
use crate::table::{json_lines, messages};
use std::io::{self, Cursor, Read};

/// Bytes that are looked at.
const HEAD: u64 = 4096;

/// Bytes of a pipe that are looked at: the mark of an Arrow stream, and the length of its first header.
const PIPE: u64 = 8;

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
    pub fn of(reader: impl Read) -> io::Result<Self> {
        let mut head = Vec::new();
        unpack(reader)?.take(HEAD).read_to_end(&mut head)?;
        Ok(Self::of_head(&head))
    }

    /// Recognises the format of a pipe, and gives a reader of all its bytes, unpacked. It waits for no more
    /// bytes than it needs, because the other side may wait for an answer to the first of them.
    ///
    /// # Errors
    /// The reader fails, or the compression is broken.
    pub fn of_pipe<'a>(pipe: impl Read + 'a) -> io::Result<(Self, impl Read + 'a)> {
        let mut unpacked = unpack(pipe)?;
        let mut head = Vec::new();
        unpacked.by_ref().take(PIPE).read_to_end(&mut head)?;
        Ok((Self::of_head(&head), Cursor::new(head).chain(unpacked)))
    }

    fn of_head(head: &[u8]) -> Self {
        match head {
            head if messages::is_arrow(head) => StreamFormat::Arrow,
            head if json_lines::is_object(head) => StreamFormat::JsonLines,
            _ => StreamFormat::Text,
        }
    }
}
