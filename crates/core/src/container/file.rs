//! A container as a file: safetensors, with a checksum of every array.
//!
//! The last array of the file holds the checksums: eight bytes for each of the other arrays in the
//! order of the file, and eight for all that stands before the first array, and the other checksums.
//! They come last because an array that is streamed is known only when it has been written.

use super::source::{Bytes, Source, Stored, compare, read};
use super::{Array, Container, missing};
use crate::checksum::{Checksum, Summed};
use crate::error::{Error, Result};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::sync::Arc;

/// The one key of the safetensors metadata; its value is the JSON header.
pub(super) const KEY: &str = "ssim";
/// The name of the array of checksums.
pub(super) const SUMS: &str = "checksums";
/// Number of bytes of a checksum, and of the length at the beginning of the file.
const WORD: usize = size_of::<u64>();
/// The longest header that the format allows, in bytes.
const LONGEST: u64 = 100_000_000;

impl<'a> Container<'a> {
    /// The bytes of the file. The same container and header always give the same bytes.
    ///
    /// # Errors
    /// When the header cannot be written as JSON.
    pub fn to_bytes(&self, header: &impl Serialize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write(header, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the file, one array after the other.
    ///
    /// # Errors
    /// When the header cannot be written as JSON, an array is only promised, or `to` fails.
    pub fn write(&self, header: &impl Serialize, to: &mut (impl Write + ?Sized)) -> Result<()> {
        self.write_with(header, to, |name, _| Err(missing(name)))
    }

    /// Writes the file, one array after the other. For an array that was
    /// [promised](Container::promise), `fill` gets its name and writes its little-endian values.
    ///
    /// # Errors
    /// When the header cannot be written as JSON, or `to` or `fill` fails.
    pub fn write_with<E: From<Error>>(
        &self,
        header: &impl Serialize,
        to: &mut (impl Write + ?Sized),
        mut fill: impl FnMut(&str, &mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let json = serde_json::to_string(header).map_err(|e| fail(&e))?;
        // As in the format's own library the widest types come first, so that every array is
        // aligned.
        let mut arrays: Vec<_> = self.arrays.iter().collect();
        arrays.sort_by_key(|(_, array)| std::cmp::Reverse(array.dtype));
        let mut infos = Vec::with_capacity(arrays.len() + 1);
        let mut end = 0;
        let mut place = |name: &str, dtype, shape: &[usize], size| {
            let (start, shape) = (end, shape.to_vec());
            end += size;
            infos.push((name.to_owned(), TensorInfo { dtype, shape, data_offsets: (start, end) }));
        };
        for (name, array) in &arrays {
            place(name, array.dtype, &array.shape, array.size());
        }
        let rows = arrays.len() + 1;
        place(SUMS, Dtype::U8, &[rows, WORD], rows * WORD);
        let metadata = Metadata::new(Some(HashMap::from([(KEY.to_owned(), json)])), infos);
        let metadata = metadata.map_err(|e| fail(&e))?;
        let mut head = serde_json::to_string(&metadata).map_err(|e| fail(&e))?.into_bytes();
        // Padded as the format's own library pads it, so that the arrays begin at a multiple of 8.
        head.resize(head.len().next_multiple_of(WORD), b' ');
        head.splice(..0, (head.len() as u64).to_le_bytes());
        let mut to = Summed::new(to);
        let put = |to: &mut Summed<_>, bytes: &[u8]| to.write_all(bytes).map_err(|e| fail(&e));
        let mut sums = Checksum::default();
        put(&mut to, &head)?;
        sums.add(&head);
        let mut table = Vec::with_capacity(rows * WORD);
        to.take();
        for (name, array) in arrays {
            match &array.bytes {
                Bytes::Held(bytes) => put(&mut to, bytes)?,
                Bytes::Stored(stored) => stored.each(1, |piece| put(&mut to, piece))?,
                Bytes::Promised => fill(name, &mut to)?,
            }
            table.extend_from_slice(&to.take().to_le_bytes());
        }
        sums.add(&table);
        table.extend_from_slice(&sums.value().to_le_bytes());
        Ok(put(&mut to, &table)?)
    }

    /// Reads a file's header and finds its arrays, which borrow from `bytes`.
    ///
    /// # Errors
    /// As [`Container::open`].
    pub fn from_bytes<H: DeserializeOwned>(bytes: &'a [u8]) -> Result<(H, Self)> {
        Self::open(bytes)
    }

    /// Reads a file's header and finds its arrays. The values of an array are read and compared with
    /// their checksum when somebody asks for them. Files of older versions have no checksums.
    ///
    /// # Errors
    /// When the bytes are truncated, malformed, or carry no header of this type.
    pub fn open<H: DeserializeOwned>(file: impl Source + 'a) -> Result<(H, Self)> {
        let (head, metadata) = head(&file)?;
        let first = head.len() as u64;
        let file: Arc<dyn Source + 'a> = Arc::new(file);
        let names = metadata.offset_keys();
        let stored = |name: &String, sum| {
            let info = metadata.info(name).ok_or_else(|| missing(name))?;
            let (start, end) = info.data_offsets;
            let at = first + start as u64;
            let stored = Stored { file: file.clone(), at, size: end - start, sum };
            let (dtype, shape) = (info.dtype, info.shape.clone());
            Ok::<_, Error>(Array { dtype, shape, bytes: Bytes::Stored(stored) })
        };
        let (names, sums) = match names.split_last() {
            Some((last, names)) if last == SUMS => {
                let mut table = vec![0; (names.len() + 1) * WORD];
                let (start, end) = metadata.info(last).map_or((0, 0), |info| info.data_offsets);
                if end - start != table.len() {
                    let (n, got) = (table.len(), end - start);
                    let text = format!("array \"{SUMS}\": expected {n} bytes, got {got}");
                    return Err(Error::File(text));
                }
                read(&*file, first + start as u64, &mut table)?;
                let (sums, own) = table.split_at(names.len() * WORD);
                let mut sum = Checksum::default();
                sum.add(&head);
                sum.add(sums);
                compare(words(own).next().unwrap_or_default(), sum.value())?;
                (names, words(sums).map(Some).collect())
            }
            _ => (&names[..], vec![None; names.len()]),
        };
        let json = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let json =
            json.ok_or_else(|| Error::File("expected a header under the key \"ssim\"".into()))?;
        // As bytes, like the metadata: for text, a program would hold a second copy of the whole JSON reader.
        let header = serde_json::from_slice(json.as_bytes());
        let header = header.map_err(|e| Error::File(format!("header: {e}")))?;
        let arrays =
            names.iter().zip(sums).map(|(name, sum)| Ok((name.clone(), stored(name, sum)?)));
        Ok((header, Self { arrays: arrays.collect::<Result<BTreeMap<_, _>>>()? }))
    }
}

/// The bytes before the first array, and what they say. The size of the file agrees with it.
fn head(file: &impl Source) -> Result<(Vec<u8>, Metadata)> {
    let fail = |what: &dyn std::fmt::Display| fail(&format!("expected a safetensors file: {what}"));
    let mut length = [0; WORD];
    file.read_at(0, &mut length).map_err(|_| fail(&"the header is too small"))?;
    let length = u64::from_le_bytes(length);
    // The size is bounded before anything is reserved.
    if length > LONGEST.min(file.size().saturating_sub(WORD as u64)) {
        return Err(fail(&format!(
            "a header of {length} bytes is longer than the file or the format allows"
        )));
    }
    let mut bytes = vec![0; WORD + length as usize];
    read(file, 0, &mut bytes)?;
    let metadata: Metadata = serde_json::from_slice(&bytes[WORD..]).map_err(|e| fail(&e))?;
    let expected = bytes.len() as u64 + metadata.data_len() as u64;
    match expected == file.size() {
        true => Ok((bytes, metadata)),
        false => Err(fail(&format!("expected {expected} bytes, got {}", file.size()))),
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .chunks_exact(WORD)
        .map(|word| word.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b)))
}

fn fail(what: &dyn std::fmt::Display) -> Error {
    Error::File(what.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    fn some() -> Container<'static> {
        let mut arrays = Container::default();
        arrays.put("b", &[2], &[1.5f64, -2.0]);
        arrays.put("c", &[3, 1], &[3.0f32, 4.0, 5.0]);
        arrays.put("a", &[3], &[1u8, 2, 3]);
        arrays.put("none", &[0], &[0u32; 0]);
        arrays
    }

    #[test]
    fn the_bytes_are_those_of_the_library_of_the_format() {
        let bytes = some().to_bytes(&"header").expect("bytes");
        let file = safetensors::SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let views = file.tensors().into_iter().map(|(name, view)| {
            (
                name,
                TensorView::new(view.dtype(), view.shape().to_vec(), view.data()).expect("a view"),
            )
        });
        let metadata = HashMap::from([(KEY.to_owned(), "\"header\"".to_owned())]);
        assert_eq!(safetensors::serialize(views, Some(metadata)).expect("bytes"), bytes);
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = some().to_bytes(&"header").expect("bytes");
        let (header, read): (String, _) = Container::from_bytes(&bytes).expect("a file");
        assert_eq!(header, "header");
        assert_eq!(read.names("").collect::<Vec<_>>(), ["a", "b", "c", "none"]);
        assert_eq!(read.to_bytes(&header).expect("bytes"), bytes);
        assert!(read.has_checksums());
        let owned = read.clone().into_owned().expect("whole arrays");
        assert_eq!(owned.to_bytes(&header).expect("bytes"), bytes);
        let whole = read.get_rows::<f32>("c", (3, 1), (0, 1)).expect("all rows");
        let second = read.get_rows::<f32>("c", (3, 1), (1, 2)).expect("the second row");
        assert_eq!((whole, second), (vec![3.0, 4.0, 5.0], vec![4.0]));
        assert!(read.get_rows::<f32>("c", (4, 1), (0, 1)).is_err());
        assert_eq!(read.get::<u32>("none").expect("no values"), [0; 0]);
    }

    #[test]
    fn rows_are_the_same_however_the_file_is_cut() {
        let values: Vec<f32> = (0..300_000).map(|i| i as f32).collect();
        let mut arrays = Container::default();
        arrays.lend("table", &[100_000, 3], &values);
        let bytes = arrays.to_bytes(&()).expect("bytes");
        let (_, read): ((), _) = Container::from_bytes(&bytes).expect("a file");
        assert_eq!(read.get::<f32>("table").expect("values"), values);
        for (first, step) in [(0, 1), (0, 2), (2, 3), (99_999, 7), (100_000, 1)] {
            let expected: Vec<f32> =
                values.chunks(3).skip(first).step_by(step).flatten().copied().collect();
            let got = read.get_rows::<f32>("table", (100_000, 3), (first, step)).expect("rows");
            assert_eq!(got, expected, "{first} {step}");
        }
    }

    #[test]
    fn what_was_promised_is_filled_in() {
        let (mut given, mut promised) = (Container::default(), Container::default());
        given.put("b", &[2], &[1u32, 2]);
        given.put("a", &[1], &[7u32]);
        promised.put("b", &[2], &[1u32, 2]);
        promised.promise::<u32>("a", &[1]);
        let mut bytes = Vec::new();
        let fill = |name: &str, to: &mut dyn Write| -> Result<()> {
            assert_eq!(name, "a");
            to.write_all(&7u32.to_le_bytes()).map_err(|e| fail(&e))
        };
        promised.write_with(&(), &mut bytes, fill).expect("a file");
        assert_eq!(bytes, given.to_bytes(&()).expect("bytes"));
        assert!(promised.to_bytes(&()).is_err() && promised.get::<u32>("a").is_err());
    }

    /// The header and the arrays of the file that [`some`] makes.
    type Read = (String, Vec<f64>, Vec<f32>, Vec<u8>, Vec<u32>);

    /// All that a reader gets out of a file.
    fn read_all(bytes: &[u8]) -> Result<Read> {
        let (header, file): (String, _) = Container::from_bytes(bytes)?;
        Ok((header, file.get("b")?, file.get("c")?, file.get("a")?, file.get("none")?))
    }

    #[test]
    fn every_flipped_bit_is_refused_or_changes_nothing() {
        let bytes = some().to_bytes(&"header").expect("bytes");
        let whole = read_all(&bytes).expect("a file");
        let mut unnoticed = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = read_all(&flipped) {
                assert_eq!(read, whole, "bit {bit}");
                unnoticed += 1;
            }
        }
        // Only the name of the checksums can be another one.
        assert!(unnoticed <= SUMS.len() * 8, "{unnoticed}");
    }

    #[test]
    fn files_without_checksums_are_read() {
        let views = [("b", TensorView::new(Dtype::U8, vec![2], &[1, 2]).expect("a view"))];
        let metadata = HashMap::from([(KEY.to_owned(), "3".to_owned())]);
        let bytes = safetensors::serialize(views, Some(metadata)).expect("bytes");
        let (header, file): (u8, _) = Container::from_bytes(&bytes).expect("a file");
        assert_eq!((header, file.get::<u8>("b").expect("values")), (3, vec![1, 2]));
        assert!(!file.has_checksums());
    }

    /// A file that loses its end after its header was read.
    struct Shrinking(Vec<u8>, usize);

    impl Source for Shrinking {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, at: u64, to: &mut [u8]) -> std::io::Result<()> {
            let left = if to.len() == self.1 { 0 } else { self.0.len() };
            (&self.0[..left]).read_at(at, to)
        }
    }

    #[test]
    fn a_file_that_is_cut_off_while_it_is_read_is_an_error() {
        let bytes = some().to_bytes(&"header").expect("bytes");
        let (_, file) = Container::open::<String>(Shrinking(bytes, 12)).expect("a header");
        let told = file.get::<f32>("c").expect_err("fewer bytes").to_string();
        assert!(told.contains("cut off"), "{told}");
    }
}
