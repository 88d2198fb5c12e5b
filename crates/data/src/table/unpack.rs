//! Decompresses gzip, Zstandard and bzip2. The first bytes decide the format, and not the file's name.

#[cfg(feature = "table")]
use std::io::BufReader;
use std::io::{self, Cursor, Read};

/// A reader with its first bytes put back after they have been looked at.
type Whole<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// A reader of decompressed bytes. Errors of a broken stream name its format.
pub(crate) enum Unpacked<R> {
    Plain(Whole<R>),
    Gzip(Box<flate2::read::MultiGzDecoder<Whole<R>>>),
    #[cfg(feature = "table")]
    Zstandard(zstd::Decoder<'static, BufReader<Whole<R>>>),
    #[cfg(feature = "table")]
    Bzip2(Box<bzip2::read::MultiBzDecoder<Whole<R>>>),
}

/// Looks at the first bytes of a reader and chooses the decoder.
pub(crate) fn unpack<R: Read>(mut reader: R) -> io::Result<Unpacked<R>> {
    let mut magic = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut magic)?;
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let zstd = magic == [0x28, 0xb5, 0x2f, 0xfd];
    // The block size follows, a digit from 1 to 9. A column may be called "BZh".
    let bzip2 = magic.starts_with(b"BZh") && matches!(magic.last(), Some(b'1'..=b'9'));
    let whole = Cursor::new(magic).chain(reader);
    Ok(if gzip {
        Unpacked::Gzip(Box::new(flate2::read::MultiGzDecoder::new(whole)))
    } else if zstd {
        zstandard(whole)?
    } else if bzip2 {
        bzipped(whole)?
    } else {
        Unpacked::Plain(whole)
    })
}

#[cfg(feature = "table")]
fn zstandard<R: Read>(packed: Whole<R>) -> io::Result<Unpacked<R>> {
    Ok(Unpacked::Zstandard(zstd::Decoder::new(packed)?))
}

#[cfg(feature = "table")]
fn bzipped<R: Read>(packed: Whole<R>) -> io::Result<Unpacked<R>> {
    Ok(Unpacked::Bzip2(Box::new(bzip2::read::MultiBzDecoder::new(packed))))
}

/// Reports an error, because the decoder is a C library that this build does not have.
#[cfg(not(feature = "table"))]
fn zstandard<R: Read>(_: Whole<R>) -> io::Result<Unpacked<R>> {
    Err(io::Error::other("expected plain text or gzip, got Zstandard"))
}

/// Reports an error, because this build is small.
#[cfg(not(feature = "table"))]
fn bzipped<R: Read>(_: Whole<R>) -> io::Result<Unpacked<R>> {
    Err(io::Error::other("expected plain text or gzip, got bzip2"))
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, format) = match self {
            Unpacked::Plain(reader) => return reader.read(buffer),
            Unpacked::Gzip(reader) => (guarded(|| reader.read(buffer)), "gzip"),
            #[cfg(feature = "table")]
            Unpacked::Zstandard(reader) => (guarded(|| reader.read(buffer)), "Zstandard"),
            #[cfg(feature = "table")]
            Unpacked::Bzip2(reader) => (guarded(|| reader.read(buffer)), "bzip2"),
        };
        read.map_err(|e| broken(e, format))
    }
}

/// Runs a decoder, whose panics become errors where the host can continue after one.
fn guarded(decode: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    #[cfg(feature = "table")]
    return crate::guard::guard_read(decode);
    #[cfg(not(feature = "table"))]
    decode()
}

/// Adds to an error that a whole stream of this format was expected.
pub(crate) fn broken(e: io::Error, format: &str) -> io::Error {
    match e.kind() {
        io::ErrorKind::Interrupted => e,
        kind => io::Error::new(kind, format!("expected a whole {format} stream, got: {e}")),
    }
}
