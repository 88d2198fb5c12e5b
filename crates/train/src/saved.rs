//! A fitted model or selector as a file of a run folder.

use crate::error::Result;
use candle_core::Device;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ssim_core::Error;
use ssim_core::artifact::{get_values, put_table, put_values};
use ssim_core::backbone::BackboneConfig;
use ssim_core::container::{Container, Source};
use ssim_core::embedding::Embedding;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::schema::Schema;
use ssim_core::selector::{Scorer, Selector, SelectorConfig};

const MODEL: &str = "ssim model";
const SELECTOR: &str = "ssim selector";
const TABLE: &str = "embedding";
const WEIGHTS: &str = "weights.";

#[derive(Serialize, Deserialize)]
struct Header<C> {
    format: String,
    version: u32,
    fingerprint: String,
    config: C,
}

/// The bytes of a model; `fingerprint` is that of the schema it was fitted under.
///
/// # Errors
/// Only what candle reports.
pub fn save_model(model: &Model, fingerprint: &str) -> Result<Vec<u8>> {
    let values = model.parameters.values()?;
    save(MODEL, model.config.clone(), fingerprint, &values, &model.embedding)
}

/// Reads a model that was fitted under this schema.
///
/// # Errors
/// When the file is damaged, something else, or belongs to another schema.
pub fn load_model(file: &dyn Source, schema: &Schema, device: &Device) -> Result<Model> {
    let (config, values, table) = load::<BackboneConfig>(MODEL, file, schema)?;
    table.fits(schema, config.width, config.towers)?;
    Ok(Model::from_values(config, table, values, device)?)
}

/// The bytes of a selector with the table it looks through.
///
/// # Errors
/// Only what candle reports.
pub fn save_scorer(scorer: &Scorer, fingerprint: &str) -> Result<Vec<u8>> {
    let values = scorer.selector.parameters.values()?;
    save(SELECTOR, scorer.selector.config.clone(), fingerprint, &values, &scorer.table)
}

/// Reads a selector and its table, fitted under this schema.
///
/// # Errors
/// When the file is damaged, something else, or belongs to another schema.
pub fn load_scorer(file: &dyn Source, schema: &Schema, device: &Device) -> Result<Scorer> {
    let (config, values, table) = load::<SelectorConfig>(SELECTOR, file, schema)?;
    table.fits(schema, config.width, config.heads)?;
    Ok(Scorer { selector: Selector::from_values(config, values, device)?, table })
}

fn save<C: Serialize>(
    format: &str,
    config: C,
    fingerprint: &str,
    values: &Values,
    table: &Embedding,
) -> Result<Vec<u8>> {
    let mut arrays = Container::default();
    put_table(&mut arrays, TABLE, table);
    put_values(&mut arrays, WEIGHTS, values);
    let (format, fingerprint) = (format.to_owned(), fingerprint.to_owned());
    Ok(arrays.to_bytes(&Header { format, version: 1, fingerprint, config })?)
}

fn load<C: DeserializeOwned>(
    format: &str,
    file: &dyn Source,
    schema: &Schema,
) -> Result<(C, Values, Embedding)> {
    let (header, arrays): (Header<C>, _) = Container::open(file)?;
    for (what, got, expected) in [
        ("format", header.format.as_str(), format),
        ("version", &header.version.to_string(), "1"),
        ("schema", &header.fingerprint, &schema.fingerprint()),
    ] {
        if got != expected {
            return Err(Error::File(format!("{what}: expected {expected}, got {got}")).into());
        }
    }
    let shape = arrays.shape(TABLE)?;
    let dim = shape.get(1).copied().unwrap_or(0);
    let table = Embedding::from_values(arrays.get(TABLE)?, dim)?;
    Ok((header.config, get_values(&arrays, WEIGHTS, WEIGHTS.len())?, table))
}
