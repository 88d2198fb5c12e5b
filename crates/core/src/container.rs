//! A file of named arrays with a JSON header. Checkpoints and artifacts are such files.

use crate::error::{Error, Result};
use bytemuck::NoUninit;
use half::f16;
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

/// The one key of the safetensors metadata; its value is the JSON header.
const KEY: &str = "ssim";

/// Named arrays in the safetensors format. Large arrays can be borrowed, without a copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container<'a> {
    arrays: BTreeMap<String, Array<'a>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Array<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    /// `None` for an array that is only promised.
    bytes: Option<Cow<'a, [u8]>>,
}

/// A type of numbers that an array can hold.
pub trait Element: NoUninit {
    /// The name of the type in the file.
    const DTYPE: Dtype;
    /// Appends the little-endian bytes of the number.
    fn write(self, out: &mut Vec<u8>);
    /// Reads a number from its little-endian bytes.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn read(bytes: &[u8]) -> Self {
                let mut le = [0; size_of::<$type>()];
                le.copy_from_slice(bytes);
                <$type>::from_le_bytes(le)
            }
        }
    )*};
}
element!(f16 => F16, f32 => F32, f64 => F64, u8 => U8, u16 => U16, u32 => U32, u64 => U64);

impl<'a> Container<'a> {
    /// Adds an array of the given shape, with a copy of the values.
    pub fn put<T: Element>(&mut self, name: &str, shape: &[usize], values: &[T]) {
        let mut bytes = Vec::with_capacity(size_of_val(values));
        values.iter().for_each(|v| v.write(&mut bytes));
        self.insert::<T>(name, shape, bytes.into());
    }

    /// Adds an array of the given shape without copying it, if the host is little-endian as the
    /// file is; otherwise the values are copied.
    pub fn lend<T: Element>(&mut self, name: &str, shape: &[usize], values: &'a [T]) {
        match cfg!(target_endian = "little") {
            true => self.insert::<T>(name, shape, bytemuck::cast_slice(values).into()),
            false => self.put(name, shape, values),
        }
    }

    /// Adds an array whose values are given later, when it is [written](Container::write_with).
    pub fn promise<T: Element>(&mut self, name: &str, shape: &[usize]) {
        let array = Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes: None };
        self.arrays.insert(name.to_owned(), array);
    }

    fn insert<T: Element>(&mut self, name: &str, shape: &[usize], bytes: Cow<'a, [u8]>) {
        let array = Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes: Some(bytes) };
        debug_assert_eq!(array.bytes.as_ref().map(|b| b.len()), Some(array.size()), "{name}");
        self.arrays.insert(name.to_owned(), array);
    }

    /// Copies the borrowed arrays, so that the container owns all of them.
    pub fn into_owned(self) -> Container<'static> {
        let arrays = self.arrays.into_iter().map(|(name, Array { dtype, shape, bytes })| {
            (name, Array { dtype, shape, bytes: bytes.map(|bytes| bytes.into_owned().into()) })
        });
        Container { arrays: arrays.collect() }
    }

    /// The values of an array.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn get<T: Element>(&self, name: &str) -> Result<Vec<T>> {
        Ok(self.bytes::<T>(name)?.chunks_exact(size_of::<T>()).map(T::read).collect())
    }

    /// Every `step`-th row, beginning with row `first`, of an array of `rows` rows with `width`
    /// values each.
    ///
    /// # Errors
    /// As [`Container::get`], and when it holds another number of values.
    pub fn get_rows<T: Element>(
        &self,
        name: &str,
        (rows, width): (usize, usize),
        (first, step): (usize, usize),
    ) -> Result<Vec<T>> {
        let bytes = self.bytes::<T>(name)?;
        let n = rows * width;
        let got = bytes.len() / size_of::<T>();
        if got != n {
            let text = format!("array \"{name}\": expected {n} values, got {got}");
            return Err(Error::File(text));
        }
        // Large tables are read here. A vector that grows would copy them.
        let mut values = Vec::with_capacity(rows.saturating_sub(first).div_ceil(step) * width);
        for row in bytes.chunks_exact(width.max(1) * size_of::<T>()).skip(first).step_by(step) {
            values.extend(row.chunks_exact(size_of::<T>()).map(T::read));
        }
        Ok(values)
    }

    /// The values of an array that must have the given length.
    ///
    /// # Errors
    /// As [`Container::get`], and when the length differs.
    pub fn get_n<T: Element>(&self, name: &str, n: usize) -> Result<Vec<T>> {
        self.get_rows(name, (1, n), (0, 1))
    }

    /// The values of an array of floats; half precision is converted to 32 bits.
    ///
    /// # Errors
    /// When it is missing or holds no floats of 16 or 32 bits.
    pub fn get_floats(&self, name: &str) -> Result<Vec<f32>> {
        match self.array(name)?.dtype {
            Dtype::F16 => Ok(self.get::<f16>(name)?.into_iter().map(f16::to_f32).collect()),
            _ => self.get(name),
        }
    }

    /// The shape of an array.
    ///
    /// # Errors
    /// When it is missing.
    pub fn shape(&self, name: &str) -> Result<&[usize]> {
        Ok(&self.array(name)?.shape)
    }

    /// Whether there is an array of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.arrays.contains_key(name)
    }

    /// Names that begin with `prefix`, sorted.
    pub fn names<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> {
        self.arrays.keys().map(String::as_str).filter(move |n| n.starts_with(prefix))
    }

    fn bytes<T: Element>(&self, name: &str) -> Result<&[u8]> {
        let array = self.array(name)?;
        if array.dtype != T::DTYPE {
            let text = format!("array \"{name}\": expected {:?}, got {:?}", T::DTYPE, array.dtype);
            return Err(Error::File(text));
        }
        array.bytes.as_deref().ok_or_else(|| missing(name))
    }

    fn array(&self, name: &str) -> Result<&Array<'a>> {
        self.arrays.get(name).ok_or_else(|| missing(name))
    }

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
    pub fn write_with<W: Write + ?Sized, E: From<Error>>(
        &self,
        header: &impl Serialize,
        to: &mut W,
        mut fill: impl FnMut(&str, &mut W) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |what: &dyn std::fmt::Display| Error::File(what.to_string());
        let json = serde_json::to_string(header).map_err(|e| fail(&e))?;
        // As in the format's own library the widest types come first, so that every array is
        // aligned.
        let mut arrays: Vec<_> = self.arrays.iter().collect();
        arrays.sort_by_key(|(_, array)| std::cmp::Reverse(array.dtype));
        let mut end = 0;
        let infos = arrays.iter().map(|(name, array)| {
            let start = end;
            end += array.size();
            let dtype = array.dtype;
            let shape = array.shape.clone();
            ((*name).clone(), TensorInfo { dtype, shape, data_offsets: (start, end) })
        });
        let infos = infos.collect();
        let metadata = Metadata::new(Some(HashMap::from([(KEY.to_owned(), json)])), infos);
        let metadata = metadata.map_err(|e| fail(&e))?;
        let mut head = serde_json::to_string(&metadata).map_err(|e| fail(&e))?.into_bytes();
        // Padded as the format's own library pads it, so that the arrays begin at a multiple of 8.
        head.resize(head.len().next_multiple_of(8), b' ');
        to.write_all(&(head.len() as u64).to_le_bytes()).map_err(|e| fail(&e))?;
        to.write_all(&head).map_err(|e| fail(&e))?;
        arrays.into_iter().try_for_each(|(name, array)| match &array.bytes {
            Some(bytes) => Ok(to.write_all(bytes).map_err(|e| fail(&e))?),
            None => fill(name, to),
        })
    }

    /// Reads a file's header and finds its arrays, which borrow from `bytes`.
    ///
    /// # Errors
    /// When the bytes are truncated, malformed, or carry no header of this type.
    pub fn from_bytes<H: DeserializeOwned>(bytes: &'a [u8]) -> Result<(H, Self)> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|e| Error::File(format!("expected a safetensors file: {e}")))?;
        let json = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let json =
            json.ok_or_else(|| Error::File("expected a header under the key \"ssim\"".into()))?;
        let header = serde_json::from_str(json).map_err(|e| Error::File(format!("header: {e}")))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| Error::File(e.to_string()))?;
        let arrays = tensors.tensors().into_iter().map(|(name, view)| {
            let dtype = view.dtype();
            let shape = view.shape().to_vec();
            (name, Array { dtype, shape, bytes: Some(view.data().into()) })
        });
        Ok((header, Self { arrays: arrays.collect() }))
    }
}

impl Array<'_> {
    /// The number of bytes of the values.
    fn size(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }
}

fn missing(name: &str) -> Error {
    Error::File(format!("array \"{name}\" is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    #[test]
    fn the_bytes_are_those_of_the_library_of_the_format() {
        let mut arrays = Container::default();
        let (wide, lent) = ([1.5f64, -2.0], [3.0f32, 4.0, 5.0]);
        arrays.put("b", &[2], &wide);
        arrays.lend("c", &[3, 1], &lent);
        arrays.put("a", &[3], &[1u8, 2, 3]);
        arrays.put("none", &[0], &[0u32; 0]);
        let views = arrays.arrays.iter().map(|(name, array)| {
            (
                name.clone(),
                TensorView::new(
                    array.dtype,
                    array.shape.clone(),
                    array.bytes.as_ref().expect("bytes"),
                )
                .expect("a view"),
            )
        });
        let metadata = HashMap::from([(KEY.to_owned(), "\"header\"".to_owned())]);
        let expected = safetensors::serialize(views, Some(metadata)).expect("bytes");
        assert_eq!(arrays.to_bytes(&"header").expect("bytes"), expected);
        let (header, read): (String, _) = Container::from_bytes(&expected).expect("a file");
        assert_eq!((header.as_str(), &read), ("header", &arrays));
        let whole = read.get_rows::<f32>("c", (3, 1), (0, 1)).expect("all rows");
        let second = read.get_rows::<f32>("c", (3, 1), (1, 2)).expect("the second row");
        assert_eq!((whole, second), (lent.to_vec(), vec![4.0]));
        assert!(read.get_rows::<f32>("c", (4, 1), (0, 1)).is_err());
    }

    #[test]
    fn what_was_promised_comes_last() {
        let (mut given, mut promised) = (Container::default(), Container::default());
        given.put("b", &[2], &[1u32, 2]);
        given.put("a", &[1], &[7u32]);
        promised.put("b", &[2], &[1u32, 2]);
        promised.promise::<u32>("a", &[1]);
        let mut bytes = Vec::new();
        let fill = |name: &str, to: &mut Vec<u8>| -> Result<()> {
            assert_eq!(name, "a");
            to.extend(7u32.to_le_bytes());
            Ok(())
        };
        promised.write_with(&(), &mut bytes, fill).expect("a file");
        assert_eq!(bytes, given.to_bytes(&()).expect("bytes"));
        assert!(promised.to_bytes(&()).is_err() && promised.get::<u32>("a").is_err());
    }
}
