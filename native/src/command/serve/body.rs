//! The body of an answer. A file is read in pieces, so that no answer needs much memory.

use super::content::{Content, ContentBytes, Stamp};
use futures_util::stream::try_unfold;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A piece of a file, with the file and the rest of the range.
type Piece = (Frame<Bytes>, (File, Range<u64>));

/// Bytes of a file that are read at once.
const PIECE: u64 = 1 << 20;

/// A body of bytes in memory.
pub fn bytes(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body of these bytes of a content. It breaks off if the file is changed before its end is
/// sent: a shortened answer is noticed, and a mixture of two files would not be.
pub fn part(content: Content, range: Range<u64>) -> Body {
    let Content { stamp, source } = content;
    match source {
        // A range lies inside the content, whose length in memory fits into `usize`.
        ContentBytes::Memory(all) => bytes(all.slice(range.start as usize..range.end as usize)),
        ContentBytes::File(file) => {
            let pieces = try_unfold((file, range), move |(file, range)| async move {
                if range.is_empty() {
                    return Ok(None);
                }
                let read = move || piece(file, range, stamp);
                tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?.map(Some)
            });
            StreamBody::new(pieces).boxed_unsync()
        }
    }
}

/// Reads the first piece of a range. Gives it together with the file and the rest of the range.
fn piece(mut file: File, range: Range<u64>, stamp: Stamp) -> io::Result<Piece> {
    let end = range.end.min(range.start + PIECE);
    file.seek(SeekFrom::Start(range.start))?;
    let bytes = exactly(&mut file, end - range.start)?;
    same(&file, stamp)?;
    Ok((Frame::data(bytes.into()), (file, end..range.end)))
}

/// Reads a whole content.
///
/// # Errors
/// Fails when the file cannot be read, or was changed meanwhile.
pub fn whole(content: Content) -> io::Result<Bytes> {
    match content.source {
        ContentBytes::Memory(bytes) => Ok(bytes),
        ContentBytes::File(mut file) => {
            file.rewind()?;
            let bytes = exactly(&mut file, content.stamp.length)?;
            same(&file, content.stamp)?;
            Ok(bytes.into())
        }
    }
}

/// Reads so many bytes.
fn exactly(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

fn same(file: &File, stamp: Stamp) -> io::Result<()> {
    if Stamp::of(file)? == stamp {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::InvalidData, "the file was changed while it was read"))
}
