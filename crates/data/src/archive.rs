//! Reads files inside an archive: zip, or tar (plain or compressed with gzip, Zstandard or bzip2). The
//! first bytes of the archive decide its format.
//!
//! A member is a slice of bytes. In a zip it is a slice of the archive itself; in a tar it is a
//! slice of the decompressed archive. Members are read as streams, so nothing is written to a disk.

use crate::error::{Error, Result};
use crate::guard::{guard, guard_read};
use crate::table::unpack::{broken, unpack};
use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::CompressionMethod;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, including its folders.
    pub name: String,
    /// Offset of its first byte in the archive (zip) or in the decompressed archive (tar).
    start: u64,
    /// Number of bytes that the archive stores for it.
    pub bytes: u64,
    form: Form,
}

/// The form in which the archive stores a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The member's own bytes, inside the decompressed tar.
    Tar,
    /// The member compressed by `method`; its length and CRC-32 after decompression.
    Zip { method: CompressionMethod, length: u64, crc: u32 },
    /// The member is encrypted with a password and cannot be read.
    Locked,
}

/// The first bytes of a zip: the first file's header, or the directory's end where there are no files.
const ZIP: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The mark in the header of a tar's first file, and its place.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Whether a file is an archive, by its first bytes. A broken one may be none.
///
/// # Errors
/// Returns the reader's error.
pub fn is_archive(mut file: impl Read + Seek) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head)?;
    if ZIP.iter().any(|magic| head == magic[..]) {
        return Ok(true);
    }
    file.rewind()?;
    head.clear();
    let end = TAR.0 + TAR.1.len();
    let unpacked = unpack(file)?.take(end as u64).read_to_end(&mut head);
    Ok(unpacked.is_ok() && head.get(TAR.0..end) == Some(TAR.1))
}

/// Lists the files in an archive, sorted by name. `source` is the archive's name for messages. A
/// tar has no directory, so it is read to its end.
///
/// # Errors
/// The archive is neither zip nor tar, it is not whole, or two of its files have the same name.
pub fn members(mut archive: impl Read + Seek, source: &str) -> Result<Vec<Member>> {
    let mut magic = Vec::with_capacity(4);
    archive.by_ref().take(4).read_to_end(&mut magic)?;
    archive.rewind()?;
    let broken_archive = |format: &str, e: &dyn std::fmt::Display| {
        Error::Data(format!("{source}: expected a whole {format} archive, got: {e}"))
    };
    let mut members = guard(source, "a whole archive", || match &magic[..] {
        magic if ZIP.iter().any(|zip| *magic == zip[..]) => {
            zip_members(archive).map_err(|e| broken_archive("zip", &e))
        }
        _ => tar_members(archive).map_err(|e| broken_archive("tar", &e)),
    })?;
    members.sort_by(|a, b| a.name.cmp(&b.name));
    match members.array_windows().find(|[a, b]| a.name == b.name) {
        Some([a, _]) => {
            Err(Error::Data(format!("{source}:{}: expected one such file, got two", a.name)))
        }
        None => Ok(members),
    }
}

fn zip_members(archive: impl Read + Seek) -> Result<Vec<Member>, zip::result::ZipError> {
    let mut archive = zip::ZipArchive::new(archive)?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let file = archive.by_index_raw(at)?;
        if file.is_file() {
            members.push(Member {
                name: file.name()?.into_owned(),
                start: file.data_start().ok_or(zip::result::ZipError::FileNotFound)?,
                bytes: file.compressed_size(),
                form: match file.encrypted() {
                    true => Form::Locked,
                    false => Form::Zip {
                        method: file.compression(),
                        length: file.size(),
                        crc: file.crc32(),
                    },
                },
            });
        }
    }
    if archive.has_duplicate_names() {
        return Err(zip::result::ZipError::InvalidArchive("two files of one name".into()));
    }
    Ok(members)
}

fn tar_members(archive: impl Read) -> io::Result<Vec<Member>> {
    // The library reads the name of a file as a whole, which may be longer than memory.
    let left = Rc::new(Cell::new(NAME));
    let mut archive = tar::Archive::new(Limited { from: unpack(archive)?, left: left.clone() });
    let mut members = Vec::new();
    for file in archive.entries()? {
        let mut file = match file {
            // The library's own message repeats the bytes that it found in place of a header.
            Err(e) if e.kind() == ErrorKind::Other && members.is_empty() => {
                return Err(io::Error::other("something else"));
            }
            file => file?,
        };
        if file.header().entry_type().is_file() {
            members.push(Member {
                name: String::from_utf8_lossy(&file.path_bytes()).into_owned(),
                start: file.raw_file_position(),
                bytes: file.size(),
                form: Form::Tar,
            });
        }
        left.set(u64::MAX);
        // The library goes on from one header to the next; here it passes over the bytes of the
        // file, for which there is no limit. A sparse file would be as long as it says.
        if !file.header().entry_type().is_gnu_sparse() {
            io::copy(&mut file, &mut io::sink())?;
            left.set(NAME);
        }
    }
    Ok(members)
}

/// Limit of the headers of a file in a tar, in bytes, including its name.
const NAME: u64 = 1 << 20;

/// A reader that fails after a number of bytes.
struct Limited<R> {
    from: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = usize::try_from(self.left.get()).map_or(buffer.len(), |l| buffer.len().min(l));
        if limit == 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("a header of more than {NAME} bytes"),
            ));
        }
        let n = self.from.read(&mut buffer[..limit])?;
        self.left.set(self.left.get() - n as u64);
        Ok(n)
    }
}

/// Opens a member for reading. `archive` must be the archive that [`members`] listed.
///
/// # Errors
/// The member is encrypted, it is compressed with an unknown method, or the host's reader fails.
/// The returned reader fails if the bytes do not have the length or the checksum that the archive
/// promises.
pub fn open(
    mut archive: impl Read + Seek + Send + 'static,
    source: &str,
    member: &Member,
) -> Result<Box<dyn Read + Send>> {
    let fail = |what: String| Err(Error::Data(format!("{source}:{}: {what}", member.name)));
    let (packed, length, crc): (Box<dyn Read + Send>, _, _) = match member.form {
        Form::Tar => {
            let mut unpacked = unpack(archive)?;
            io::copy(&mut unpacked.by_ref().take(member.start), &mut io::sink())?;
            (Box::new(unpacked), member.bytes, None)
        }
        Form::Zip { method, length, crc } => {
            archive.seek(SeekFrom::Start(member.start))?;
            let packed = archive.take(member.bytes);
            match method {
                CompressionMethod::STORE => (Box::new(packed), length, Some(crc)),
                CompressionMethod::DEFLATE => {
                    (Box::new(Deflated(DeflateDecoder::new(packed))), length, Some(crc))
                }
                other => return fail(format!("expected it stored or deflated, got {other}")),
            }
        }
        Form::Locked => return fail("expected a file without a password, got one with it".into()),
    };
    Ok(Box::new(Whole { bytes: CrcReader::new(packed), left: length, crc }))
}

/// A Deflate decoder whose error messages say what was expected.
struct Deflated<R>(DeflateDecoder<R>);

impl<R: Read> Read for Deflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        guard_read(|| self.0.read(buffer)).map_err(|e| broken(e, "deflate"))
    }
}

/// A reader that fails unless it delivers exactly the promised number of bytes with the promised
/// checksum.
struct Whole<R> {
    bytes: CrcReader<R>,
    /// Bytes that are still to come.
    left: u64,
    /// The checksum to compare with; a tar has none.
    crc: Option<u32>,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let fail = |what: String| Err(io::Error::new(ErrorKind::InvalidData, what));
        if self.left == 0 {
            let got = self.bytes.crc().sum();
            return match self.crc {
                Some(crc) if crc != got => {
                    fail(format!("expected bytes with checksum {crc:08x}, got {got:08x}"))
                }
                _ => Ok(0),
            };
        }
        // Bytes after the member belong to the next one, so no more than `left` may be read.
        let limit = usize::try_from(self.left).map_or(buffer.len(), |left| buffer.len().min(left));
        match self.bytes.read(&mut buffer[..limit])? {
            0 if limit > 0 => fail(format!("expected {} more bytes, got none", self.left)),
            n => {
                self.left -= n as u64;
                Ok(n)
            }
        }
    }
}
