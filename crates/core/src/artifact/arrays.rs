//! Tables, parameters and rows as named arrays; checkpoints use the same names.

use crate::container::Container;
use crate::embedding::Embedding;
use crate::error::{Error, Result};
use crate::instances::{Instances, Planted};
use crate::parameters::Values;
use crate::schema::Schema;
use half::f16;

/// Adds an embedding table `[N, D]`.
pub fn put_table<'a>(arrays: &mut Container<'a>, name: &str, table: &'a Embedding) {
    arrays.lend(name, &[table.rows(), table.dim()], table.values());
}

/// Adds parameters under `prefix`.
pub fn put_values(arrays: &mut Container, prefix: &str, values: &Values) {
    for (name, (shape, data)) in values {
        arrays.put(&format!("{prefix}{name}"), shape, data);
    }
}

/// The float arrays whose names begin with `prefix`, with `strip` bytes taken off their names.
///
/// # Errors
/// When one of them holds no floats.
pub fn get_values(arrays: &Container, prefix: &str, strip: usize) -> Result<Values> {
    arrays
        .names(prefix)
        .map(|name| {
            let value = (arrays.shape(name)?.to_vec(), arrays.get_floats(name)?);
            Ok((name[strip..].to_owned(), value))
        })
        .collect()
}

/// How many bits a weight has in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// As it was trained.
    #[default]
    Single,
    /// Half as many bytes; golden values are those of the rounded weights.
    Half,
}

/// Adds weights `[…]` with the bits of `storage`.
pub(super) fn put_weights(
    arrays: &mut Container,
    name: &str,
    shape: &[usize],
    values: &[f32],
    storage: Storage,
) {
    match storage {
        Storage::Single => arrays.put(name, shape, values),
        Storage::Half => {
            let half: Vec<f16> = values.iter().map(|x| f16::from_f32(*x)).collect();
            arrays.put(name, shape, &half);
        }
    }
}

/// Adds rows; ids take two bytes where `features` of them fit.
pub(super) fn put_instances(arrays: &mut Container, sample: &Instances, features: usize) {
    let n = sample.len();
    let shape = [n, sample.fields];
    if features <= 1 << 16 {
        let short: Vec<u16> = sample.ids.iter().map(|id| *id as u16).collect();
        arrays.put("sample.ids", &shape, &short);
    } else {
        arrays.put("sample.ids", &shape, &sample.ids);
    }
    arrays.put("sample.labels", &[n], &sample.labels);
    arrays.put("sample.scenarios", &[n], &sample.scenarios);
    arrays.put("sample.rows", &[n], &sample.rows);
    if let Some(planted) = &sample.planted {
        let shared: Vec<u8> = planted.shared.iter().map(|b| u8::from(*b)).collect();
        arrays.put("sample.planted_shared", &[n], &shared);
        arrays.put("sample.planted_probability", &[n], &planted.probability);
    }
}

/// `n` rows of a schema as [`put_instances`] wrote them.
pub(super) fn get_instances(arrays: &Container, n: usize, schema: &Schema) -> Result<Instances> {
    let cells = n.checked_mul(schema.fields.len());
    let cells = cells.ok_or_else(|| Error::File(format!("sample of {n} rows")))?;
    let ids = match schema.features() <= 1 << 16 {
        true => arrays.get_n::<u16>("sample.ids", cells)?.into_iter().map(u32::from).collect(),
        false => arrays.get_n("sample.ids", cells)?,
    };
    let planted = arrays.contains("sample.planted_shared").then(|| {
        let shared: Vec<u8> = arrays.get_n("sample.planted_shared", n)?;
        Ok::<_, Error>(Planted {
            shared: shared.into_iter().map(|b| b != 0).collect(),
            probability: arrays.get_n("sample.planted_probability", n)?,
        })
    });
    Ok(Instances {
        ids,
        labels: arrays.get_n("sample.labels", n)?,
        scenarios: arrays.get_n("sample.scenarios", n)?,
        rows: arrays.get_n("sample.rows", n)?,
        planted: planted.transpose()?,
        ..Instances::of(schema)
    })
}
