//! Looks at the headers of a Parquet file before the library reads them. The library reserves what
//! a header promises, and walks through the schema recursively.

use super::shape;
use super::thrift::{Kind, Walk, invalid};
use bytes::Bytes;
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Limit of a page in bytes, after decompression.
const PAGE: i64 = 256 << 20;
/// The deepest nesting of columns.
const DEPTH: usize = 64;
/// Length of the end of a file: the length of the footer, and the magic `PAR1`.
const TAIL: u64 = 8;

/// A file whose pages are only read if they are sound.
pub(crate) struct Checked<R> {
    from: Arc<R>,
    /// The parts of the file that are packed in a way whose decoder knows no limit.
    packed: Arc<[(Range<u64>, Packing)]>,
    /// The place of a page behind its header, and the number of its bytes that are not packed.
    page: Arc<Mutex<(u64, usize)>>,
}

/// A compression whose decoder goes on to the end of the stream, whatever the header promises.
#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    #[cfg(feature = "foreign")]
    Brotli,
}

impl<R> Clone for Checked<R> {
    fn clone(&self) -> Self {
        let Self { from, packed, page } = self;
        Self { from: from.clone(), packed: packed.clone(), page: page.clone() }
    }
}

impl<R: ChunkReader> Checked<R> {
    pub fn new(from: R) -> Self {
        Self { from: Arc::new(from), packed: Arc::default(), page: Arc::default() }
    }

    /// The file itself, to read the footer from.
    pub fn inner(&self) -> &R {
        &self.from
    }

    /// Takes from the footer which parts are packed in which way.
    pub fn knowing(mut self, metadata: &ParquetMetaData) -> Self {
        let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
        let packed = chunks.filter_map(|chunk| {
            let packing = match chunk.compression() {
                Compression::GZIP(_) => Packing::Gzip,
                #[cfg(feature = "foreign")]
                Compression::BROTLI(_) => Packing::Brotli,
                _ => return None,
            };
            let (start, length) = chunk.byte_range();
            Some((start..start.saturating_add(length), packing))
        });
        self.packed = packed.collect();
        self
    }

    /// Checks that a page does not become larger than the limit. `start` is the place behind its
    /// header.
    fn check_packed(&self, start: u64, page: &[u8]) -> io::Result<()> {
        let Some((_, packing)) = self.packed.iter().find(|(part, _)| part.contains(&start)) else {
            return Ok(());
        };
        let (at, plain) = *self.page.lock().unwrap_or_else(PoisonError::into_inner);
        let packed = page.get(if at == start { plain } else { 0 }..).unwrap_or_default();
        let count =
            |reader: &mut dyn Read| io::copy(&mut reader.take(PAGE as u64 + 1), &mut io::sink());
        let bytes = match packing {
            // Deflate makes at most 1032 bytes of one.
            Packing::Gzip if packed.len() as i64 <= PAGE / 1032 => 0,
            Packing::Gzip => count(&mut flate2::read::MultiGzDecoder::new(packed))?,
            #[cfg(feature = "foreign")]
            Packing::Brotli => count(&mut brotli::Decompressor::new(packed, 1 << 16))?,
        };
        match bytes > PAGE as u64 {
            true => Err(invalid(&format!("a page of more than {PAGE} bytes"))),
            false => Ok(()),
        }
    }

    /// Checks the footer.
    pub fn check_footer(&self) -> io::Result<()> {
        let file = self.from.len();
        let Some(end) = file.checked_sub(TAIL) else { return Ok(()) };
        let tail = self.from.get_bytes(end, TAIL as usize).map_err(io::Error::other)?;
        let length = tail[..4].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        match end.checked_sub(length) {
            Some(start) if tail.ends_with(b"PAR1") => {
                footer(&mut Walk(self.from.get_read(start).map_err(io::Error::other)?.take(length)))
            }
            _ => Ok(()),
        }
    }
}

/// Checks that the columns are a tree that is not too deep, and that all else is as the library
/// takes it.
fn footer(walk: &mut Walk<impl Read>) -> io::Result<()> {
    let mut last = 0;
    while let Some((field, code)) = walk.field(last)? {
        last = field;
        if (field, code) == (shape::SCHEMA, 9) {
            columns(walk)?;
        } else {
            let known = shape::FOOTER.iter().find(|(known, _)| *known == field);
            walk.value(code, known.map(|(_, kind)| *kind), (0, field), 0, &mut |_, _, _| ())?;
        }
    }
    Ok(())
}

/// Checks the columns and groups of columns.
fn columns(walk: &mut Walk<impl Read>) -> io::Result<()> {
    let (length, code) = walk.list()?;
    // For each group around the next column, the number of children that are still to come.
    let mut open: Vec<u64> = Vec::new();
    for left in (0..length).rev() {
        let mut children = 0;
        let known = Some(Kind::Struct(shape::COLUMN));
        walk.value(code, known, (0, 0), 0, &mut |around, field, number| {
            if (around, field) == (0, shape::CHILDREN) {
                children = number;
            }
        })?;
        if let Some(last) = open.last_mut() {
            *last -= 1;
        }
        let children = u64::try_from(children).map_err(|_| invalid("a negative number"))?;
        if children > 0 {
            open.push(children);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if children > left || open.len() > DEPTH {
            return Err(invalid("a schema that is deeper or larger than its file"));
        }
    }
    Ok(())
}

/// Checks the header of a page. Returns the number of the page's bytes that are never packed.
fn page(header: impl Read) -> io::Result<usize> {
    let (mut bytes, mut values, mut plain) = (0, 0, 0i64);
    Walk(header).fields(shape::PAGE, 0, 0, &mut |around, field, number| match around {
        0 if field == shape::BYTES => bytes = number,
        shape::DICTIONARY if field == shape::VALUES => values = number,
        shape::DATA_V2 if shape::LEVELS.contains(&field) => plain = plain.saturating_add(number),
        _ => (),
    })?;
    if !(0..=PAGE).contains(&bytes) {
        return Err(invalid(&format!("a page of {bytes} bytes, where {PAGE} are the most")));
    }
    // A value of a dictionary has a byte at least, or a bit if it is boolean.
    if values < 0 || values / 8 > bytes {
        return Err(invalid(&format!("a dictionary of {values} values in {bytes} bytes")));
    }
    usize::try_from(plain).map_err(|_| invalid("a negative length"))
}

impl<R: ChunkReader> Length for Checked<R> {
    fn len(&self) -> u64 {
        self.from.len()
    }
}

impl<R: ChunkReader> ChunkReader for Checked<R> {
    type T = CheckedRead<R>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(CheckedRead { file: self.clone(), start, read: None })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // Nothing is reserved for bytes that the file does not have.
        if start.saturating_add(length as u64) > self.from.len() {
            return Err(ParquetError::EOF(format!(
                "expected {length} bytes from byte {start}, got the end of the file"
            )));
        }
        let bytes = self.from.get_bytes(start, length)?;
        self.check_packed(start, &bytes)?;
        Ok(bytes)
    }
}

/// Reads from the header of a page on. The header is checked at the first reading, because the
/// library also asks for readers that it does not use.
pub(crate) struct CheckedRead<R: ChunkReader> {
    file: Checked<R>,
    /// The place of the header.
    start: u64,
    /// The reader, after the check. Readers of one file share their place in it.
    read: Option<R::T>,
}

impl<R: ChunkReader> Read for CheckedRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { file, start, read } = self;
        let open = || file.from.get_read(*start).map_err(io::Error::other);
        let read = match read {
            Some(read) => read,
            none => {
                let mut header = Counted { from: open()?, read: 0 };
                let plain = page(&mut header)?;
                let behind = start.saturating_add(header.read);
                *file.page.lock().unwrap_or_else(PoisonError::into_inner) = (behind, plain);
                none.insert(open()?)
            }
        };
        read.read(buffer)
    }
}

/// A reader that counts its bytes.
struct Counted<R> {
    from: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of a struct: the step from the field before it, its type, and its bytes.
    fn field(step: u8, kind: u8, value: &[u8]) -> Vec<u8> {
        [&[step << 4 | kind], value].concat()
    }

    /// A number as Thrift writes it.
    fn number(value: i64) -> Vec<u8> {
        let mut rest = (value << 1 ^ value >> 63) as u64;
        let mut bytes = Vec::new();
        while rest > 0x7f {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    }

    /// The header of a dictionary's page.
    fn dictionary(bytes: i64, values: i64) -> Vec<u8> {
        let dictionary = [field(1, 5, &number(values)), vec![0]].concat();
        let fields = [
            field(1, 5, &number(2)),
            field(1, 5, &number(bytes)),
            field(1, 5, &number(10)),
            field(4, 12, &dictionary),
            vec![0],
        ];
        fields.concat()
    }

    #[test]
    fn a_page_promises_no_more_than_fits() {
        assert_eq!(page(&dictionary(1000, 200)[..]).unwrap(), 0);
        let told = |header: &[u8]| page(header).unwrap_err().to_string();
        assert!(told(&dictionary(i32::MAX.into(), 1)).contains("a page of 2147483647 bytes"));
        assert!(told(&dictionary(-1, 1)).contains("a page of -1 bytes"));
        assert!(told(&dictionary(1000, 1 << 30)).contains("a dictionary of 1073741824 values"));
        let good = dictionary(1000, 200);
        (0..good.len()).for_each(|end| assert!(page(&good[..end]).is_err(), "{end} bytes"));
        // A text of a header, and nested values, have limits of their own.
        let long = field(15, 8, &[0xff, 0xff, 0xff, 0xff, 0x7f]);
        assert!(told(&long).contains("a text of"));
        assert!(told(&field(15, 12, &[0x1c; 1000])).contains("nested too deeply"));
        assert!(told(&field(15, 9, &[0x19; 1000])).contains("nested too deeply"));
    }

    /// A column with this number of children.
    fn column(children: i64) -> Vec<u8> {
        match children {
            0 => vec![0],
            n => [field(5, 5, &number(n)), vec![0]].concat(),
        }
    }

    /// A footer with these columns, and these fields behind them.
    fn with(columns: &[Vec<u8>], rest: &[u8]) -> Vec<u8> {
        let list = [vec![0xfc, columns.len() as u8], columns.concat()];
        let version = field(1, 5, &number(2));
        [version, field(1, 9, &list.concat()), rest.to_vec(), vec![0]].concat()
    }

    fn check(footer_bytes: &[u8]) -> Result<(), String> {
        footer(&mut Walk(footer_bytes)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_schema_is_a_tree_of_limited_depth() {
        let check = |children: &[i64]| {
            check(&with(&children.iter().map(|n| column(*n)).collect::<Vec<_>>(), &[]))
        };
        check(&[3, 0, 2, 0, 0, 0]).unwrap();
        check(&[0]).unwrap();
        for bad in [&[1 << 30, 0][..], &[2, 0], &[-1], &[1; 100]] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        let mut deep = vec![1; 100];
        deep.push(0);
        assert!(check(&deep).is_err());
    }

    #[test]
    fn a_footer_means_the_same_to_the_library() {
        check(&with(&[column(0)], &field(1, 6, &number(1 << 40)))).unwrap();
        // A whole number may have the type of another length if it fits.
        let long = [field(5, 6, &number(1)), vec![0]].concat();
        check(&with(&[long, column(0)], &[])).unwrap();
        // A field that the library does not know may be of any type.
        check(&with(&[column(0)], &field(15, 3, &[7]))).unwrap();
        let refused = |columns: &[Vec<u8>], rest: &[u8], part: &str| {
            let told = check(&with(columns, rest)).unwrap_err();
            assert!(told.contains(part), "{told}");
        };
        // The number of children as a byte, as a text, and with more bits than the library takes.
        let byte = [field(5, 3, &[1]), vec![0]].concat();
        let text = [field(5, 8, &[0]), vec![0]].concat();
        refused(&[byte], &[], "a field 5 of another type");
        refused(&[text], &[], "a field 5 of another type");
        refused(&[column(1 << 32 | 1)], &[], "more than 32 bits");
        // Numbers of fields that the library shortens or refuses.
        let far = [vec![0x05], number(1 << 16 | 5), number(1), vec![0]].concat();
        refused(&[far], &[], "more than 16 bits");
        // Lists of truths, for which the library reads no bytes.
        let truths = field(15, 9, &[0xf1, 0xff, 0xff, 0xff, 0x7f]);
        refused(&[column(0)], &truths, "a list of truths");
        refused(&[column(0)], &field(1, 8, &[0]), "a field 3 of another type");
    }

    #[test]
    fn a_page_has_no_lists_of_truths() {
        let rest = field(15, 9, &[0xf1, 0xff, 0xff, 0xff, 0x7f]);
        let mut header = dictionary(1000, 200);
        header.truncate(header.len() - 1);
        let told = page(&[header, rest, vec![0]].concat()[..]).unwrap_err().to_string();
        assert!(told.contains("a list of truths"), "{told}");
    }
}
