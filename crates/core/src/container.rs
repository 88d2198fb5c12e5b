//! A file of named arrays with a JSON header. Checkpoints and artifacts are such files.

mod file;
mod source;

use crate::error::{Error, Result};
use bytemuck::Pod;
use half::f16;
use safetensors::Dtype;
use source::Bytes;
pub use source::Source;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Named arrays in the safetensors format. Large arrays can be borrowed, or read when they are
/// needed, without a copy.
#[derive(Clone, Debug, Default)]
pub struct Container<'a> {
    arrays: BTreeMap<String, Array<'a>>,
}

#[derive(Clone, Debug)]
struct Array<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Bytes<'a>,
}

/// A type of numbers that an array can hold.
pub trait Element: Pod {
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
        let array = Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes: Bytes::Promised };
        self.arrays.insert(name.to_owned(), array);
    }

    fn insert<T: Element>(&mut self, name: &str, shape: &[usize], bytes: Cow<'a, [u8]>) {
        let got = bytes.len();
        let array = Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes: Bytes::Held(bytes) };
        debug_assert_eq!(array.size(), got, "{name}");
        self.arrays.insert(name.to_owned(), array);
    }

    /// Reads or copies all arrays, so that the container owns them.
    ///
    /// # Errors
    /// When an array cannot be read, or has been damaged.
    pub fn into_owned(self) -> Result<Container<'static>> {
        let arrays = self.arrays.into_iter().map(|(name, array)| {
            let bytes = match array.bytes {
                Bytes::Held(bytes) => Bytes::Held(bytes.into_owned().into()),
                Bytes::Promised => Bytes::Promised,
                Bytes::Stored(stored) => {
                    let mut bytes = vec![0; stored.size];
                    stored.fill(&mut bytes).map_err(|e| within(&name, e))?;
                    Bytes::Held(bytes.into())
                }
            };
            Ok((name, Array { dtype: array.dtype, shape: array.shape, bytes }))
        });
        Ok(Container { arrays: arrays.collect::<Result<_>>()? })
    }

    /// The values of an array.
    ///
    /// # Errors
    /// When it is missing, of another type, cannot be read, or has been damaged.
    pub fn get<T: Element>(&self, name: &str) -> Result<Vec<T>> {
        let n = self.array_of::<T>(name)?.size() / size_of::<T>();
        self.get_n(name, n)
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
        let array = self.array_of::<T>(name)?;
        let size = size_of::<T>();
        let (n, got) = (rows * width, array.size() / size);
        if got != n {
            let text = format!("array \"{name}\": expected {n} values, got {got}");
            return Err(Error::File(text));
        }
        if (first, step) == (0, 1) {
            let mut values = vec![T::zeroed(); n];
            let filled = array.fill(bytemuck::cast_slice_mut(&mut values));
            filled.map_err(|e| within(name, e))?;
            if cfg!(target_endian = "big") {
                values.iter_mut().for_each(|v| *v = T::read(bytemuck::bytes_of(v)));
            }
            return Ok(values);
        }
        // Large tables are read here. A vector that grows would copy them.
        let mut values = Vec::with_capacity(rows.saturating_sub(first).div_ceil(step) * width);
        let unit = width.max(1) * size;
        // The row with which the next piece begins.
        let mut row = 0;
        let taken = array.each(unit, |piece| {
            for bytes in piece.chunks_exact(unit) {
                if row >= first && (row - first) % step == 0 {
                    values.extend(bytes.chunks_exact(size).map(T::read));
                }
                row += 1;
            }
            Ok(())
        });
        taken.map_err(|e| within(name, e))?;
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

    /// Whether every array comes from a file that has a checksum of it.
    pub fn has_checksums(&self) -> bool {
        let summed =
            |array: &Array| matches!(&array.bytes, Bytes::Stored(stored) if stored.sum.is_some());
        self.arrays.values().all(summed)
    }

    /// Names that begin with `prefix`, sorted.
    pub fn names<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> {
        self.arrays.keys().map(String::as_str).filter(move |n| n.starts_with(prefix))
    }

    /// An array that holds numbers of this type.
    fn array_of<T: Element>(&self, name: &str) -> Result<&Array<'a>> {
        let array = self.array(name)?;
        if array.dtype != T::DTYPE {
            let text = format!("array \"{name}\": expected {:?}, got {:?}", T::DTYPE, array.dtype);
            return Err(Error::File(text));
        }
        Ok(array)
    }

    fn array(&self, name: &str) -> Result<&Array<'a>> {
        self.arrays.get(name).ok_or_else(|| missing(name))
    }
}

impl Array<'_> {
    /// The number of bytes of the values.
    fn size(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }

    /// Fills `to` with the bytes of the values.
    fn fill(&self, to: &mut [u8]) -> Result<()> {
        match &self.bytes {
            Bytes::Held(bytes) => to.copy_from_slice(bytes),
            Bytes::Stored(stored) => stored.fill(to)?,
            Bytes::Promised => return Err(Error::File("is only promised".to_owned())),
        }
        Ok(())
    }

    /// Gives `take` the bytes of the values, in pieces of a multiple of `unit` bytes.
    fn each(&self, unit: usize, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match &self.bytes {
            Bytes::Held(bytes) => take(bytes),
            Bytes::Stored(stored) => stored.each(unit, take),
            Bytes::Promised => Err(Error::File("is only promised".to_owned())),
        }
    }
}

fn missing(name: &str) -> Error {
    Error::File(format!("array \"{name}\" is missing"))
}

/// The error of an array, with its name.
fn within(name: &str, error: Error) -> Error {
    Error::File(format!("array \"{name}\": {error}"))
}
