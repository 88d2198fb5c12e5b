//! Weights with their table in a checkpoint: the best epoch's, those before an inner loop, an average.

use crate::checkpoint::writer::{CheckpointWriter, TableRows};
use crate::error::Result;
use crate::step::trainer::Trainer;
use ssim_core::artifact::{get_values, put_values};
use ssim_core::container::Container;
use ssim_core::embedding::Embedding;
use ssim_core::parameters::Values;

/// Dense parameters, and the rows of the table that this rank keeps.
pub(crate) type Weights = (Values, Embedding);

/// Adds weights to a checkpoint, as `NAME.weights.…` and `NAME.embedding`.
pub(crate) fn save<'s>(name: &str, weights: &'s Weights, to: &mut CheckpointWriter<'s>) {
    let (values, table) = weights;
    put_values(&mut to.arrays, &format!("{name}.weights."), values);
    to.rows(&format!("{name}.embedding"), TableRows::F32(table.values()), table.dim());
}

/// Reads back what [`save`] has added under this name for a trainer's model.
///
/// # Errors
/// When a part is missing or of another shape.
pub(crate) fn load(name: &str, arrays: &Container, trainer: &Trainer) -> Result<Weights> {
    let dim = trainer.model.embedding.dim();
    let table = trainer.shard.read(arrays, &format!("{name}.embedding"), dim)?;
    let prefix = format!("{name}.weights.");
    let values = get_values(arrays, &prefix, prefix.len())?;
    Ok((values, Embedding::from_values(table, dim)?))
}
