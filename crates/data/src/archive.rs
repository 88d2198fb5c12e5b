//! Files inside an archive: zip, or tar, plain or packed with gzip or Zstandard. The bytes say which.
//!
//! A member is a slice of the archive's bytes: of those of a zip as they are, of those of a tar once they are
//! unpacked. Members are read from there as they come; nothing is unpacked to a disk.

use crate::error::{Error, Result};
use crate::table::unpack::{broken, unpack};
use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use zip::CompressionMethod;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, with the folders it is in.
    pub name: String,
    /// Where its bytes begin.
    start: u64,
    /// How many bytes the archive has of it.
    pub bytes: u64,
    form: Form,
}

/// What its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The member itself, among the archive's unpacked bytes.
    Tar,
    /// The member with this method of packing, its length, and the checksum that it should have.
    Zip { method: CompressionMethod, length: u64, crc: u32 },
    /// A password's business.
    Locked,
}

/// The files in an archive; `source` is the archive's name for messages. A tar is read to its end.
///
/// # Errors
/// Neither zip nor tar, an archive that is not whole, or one in which two files have one name.
pub fn members(mut archive: impl Read + Seek, source: &str) -> Result<Vec<Member>> {
    let mut magic = Vec::with_capacity(4);
    archive.by_ref().take(4).read_to_end(&mut magic)?;
    archive.rewind()?;
    let whole = |what: &str, e: &dyn std::fmt::Display| {
        Error::Data(format!("{source}: expected a whole {what} archive, got: {e}"))
    };
    let mut members = match &magic[..] {
        b"PK\x03\x04" | b"PK\x05\x06" => of_zip(archive).map_err(|e| whole("zip", &e))?,
        _ => of_tar(archive).map_err(|e| whole("tar", &e))?,
    };
    members.sort_by(|a, b| a.name.cmp(&b.name));
    match members.array_windows().find(|[a, b]| a.name == b.name) {
        Some([a, _]) => {
            Err(Error::Data(format!("{source}:{}: expected one such file, got two", a.name)))
        }
        None => Ok(members),
    }
}

fn of_zip(archive: impl Read + Seek) -> Result<Vec<Member>, zip::result::ZipError> {
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

fn of_tar(archive: impl Read) -> io::Result<Vec<Member>> {
    let mut archive = tar::Archive::new(unpack(archive)?);
    let mut members = Vec::new();
    for file in archive.entries()? {
        let file = match file {
            // The library says what it found in place of a header, byte for byte.
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
    }
    Ok(members)
}

/// The bytes of a member of the archive that it was found in.
///
/// # Errors
/// A password, a packing that this program does not know, or what the host's reader reports. Bytes that are not
/// what the archive says of them are an error of the reader that is given back.
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

/// A decoder whose errors say what was expected.
struct Deflated<R>(DeflateDecoder<R>);

impl<R: Read> Read for Deflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|e| broken(e, "deflate"))
    }
}

/// So many bytes, with the checksum that was promised.
struct Whole<R> {
    bytes: CrcReader<R>,
    left: u64,
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
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| buffer.len().min(left));
        match self.bytes.read(&mut buffer[..most])? {
            0 if most > 0 => fail(format!("expected {} more bytes, got none", self.left)),
            n => {
                self.left -= n as u64;
                Ok(n)
            }
        }
    }
}
