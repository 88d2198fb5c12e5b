//! One file of named arrays under a JSON header: what checkpoints and artifacts are made of.

use crate::error::{Error, Result};
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, HashMap};

/// The one key of the safetensors metadata; its value is the JSON header.
const KEY: &str = "ssim";

/// Named arrays with a header, in the safetensors format.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    arrays: BTreeMap<String, Array>,
}

#[derive(Clone, Debug, PartialEq)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Numbers an array can hold.
pub trait Element: Copy {
    /// The type's name in the file.
    const DTYPE: Dtype;
    /// Appends the little-endian bytes.
    fn write(self, out: &mut Vec<u8>);
    /// From little-endian bytes of the type's size.
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

impl Container {
    /// Adds an array of the given shape.
    pub fn put<T: Element>(&mut self, name: &str, shape: &[usize], values: &[T]) {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        let mut bytes = Vec::with_capacity(size_of_val(values));
        values.iter().for_each(|v| v.write(&mut bytes));
        let array = Array { dtype: T::DTYPE, shape: shape.to_vec(), bytes };
        self.arrays.insert(name.to_owned(), array);
    }

    /// The values of an array.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn get<T: Element>(&self, name: &str) -> Result<Vec<T>> {
        let array = self.array(name)?;
        if array.dtype != T::DTYPE {
            let text = format!("array \"{name}\": expected {:?}, got {:?}", T::DTYPE, array.dtype);
            return Err(Error::File(text));
        }
        Ok(array.bytes.chunks_exact(size_of::<T>()).map(T::read).collect())
    }

    /// The values of an array that must have the given length.
    ///
    /// # Errors
    /// As [`Container::get`], and when the length differs.
    pub fn get_n<T: Element>(&self, name: &str, n: usize) -> Result<Vec<T>> {
        let values = self.get(name)?;
        if values.len() != n {
            let text = format!("array \"{name}\": expected {n} values, got {}", values.len());
            return Err(Error::File(text));
        }
        Ok(values)
    }

    /// The values of an array of floats, half precision widened.
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
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.arrays.keys().map(String::as_str).filter(move |n| n.starts_with(prefix))
    }

    fn array(&self, name: &str) -> Result<&Array> {
        let missing = || Error::File(format!("array \"{name}\" is missing"));
        self.arrays.get(name).ok_or_else(missing)
    }

    /// The file's bytes; the same container and header always give the same bytes.
    ///
    /// # Errors
    /// When the header cannot be written as JSON.
    pub fn to_bytes(&self, header: &impl Serialize) -> Result<Vec<u8>> {
        let fail = |what: String| Error::File(what);
        let json = serde_json::to_string(header).map_err(|e| fail(e.to_string()))?;
        let metadata = HashMap::from([(KEY.to_owned(), json)]);
        let views = self.arrays.iter().map(|(name, a)| {
            let view = TensorView::new(a.dtype, a.shape.clone(), &a.bytes);
            view.map(|v| (name.clone(), v)).map_err(|e| fail(format!("array \"{name}\": {e}")))
        });
        let views = views.collect::<Result<Vec<_>>>()?;
        safetensors::serialize(views, Some(metadata)).map_err(|e| fail(e.to_string()))
    }

    /// Reads a file's bytes and its header.
    ///
    /// # Errors
    /// When the bytes are truncated, malformed, or carry no header of this type.
    pub fn from_bytes<H: DeserializeOwned>(bytes: &[u8]) -> Result<(H, Self)> {
        let fail = |what: String| Error::File(what);
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|e| fail(format!("expected a safetensors file: {e}")))?;
        let json = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let json = json.ok_or_else(|| fail("expected a header under the key \"ssim\"".into()))?;
        let header = serde_json::from_str(json).map_err(|e| fail(format!("header: {e}")))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| fail(e.to_string()))?;
        let arrays = tensors.iter().map(|(name, view)| {
            let (dtype, shape) = (view.dtype(), view.shape().to_vec());
            (name.to_owned(), Array { dtype, shape, bytes: view.data().to_vec() })
        });
        Ok((header, Self { arrays: arrays.collect() }))
    }
}
