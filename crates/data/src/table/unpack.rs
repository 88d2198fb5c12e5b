//! Plain, gzip or Zstandard: the first bytes decide, not the file's name.

use std::io::{self, Read};

/// The plain bytes of `reader`; errors of a broken stream name its format.
pub(crate) fn unpack<'a>(mut reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut magic = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut magic)?;
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let zstd = magic == [0x28, 0xb5, 0x2f, 0xfd];
    let whole = io::Cursor::new(magic).chain(reader);
    Ok(if gzip {
        Box::new(Named(flate2::read::MultiGzDecoder::new(whole), "gzip"))
    } else if zstd {
        zstandard(whole)?
    } else {
        Box::new(whole)
    })
}

#[cfg(feature = "table")]
fn zstandard<'a>(packed: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Ok(Box::new(Named(zstd::Decoder::new(packed)?, "Zstandard")))
}

/// The decoder is C: programs without it say so.
#[cfg(not(feature = "table"))]
fn zstandard<'a>(_: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Err(io::Error::other("expected plain text or gzip, got Zstandard"))
}

/// A decoder whose errors say what was expected.
pub(crate) struct Named<R>(pub R, pub &'static str);

impl<R: Read> Read for Named<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted => e,
            kind => io::Error::new(kind, format!("expected a whole {} stream, got: {e}", self.1)),
        })
    }
}
