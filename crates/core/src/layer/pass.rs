//! How a batch goes through the networks: inference, or training with dropout.

use super::Precision;
use super::dense::{Activation, Dense};
use super::dropout::RowKeys;
use super::moments::Moments;
use super::sink::Sink;
use candle_core::backprop::GradStore;
use std::sync::Arc;

/// Inference, or one slice's way through a training step.
///
/// A unit is dropped by a hash of the step's key, the row's place in the batch, the tower, the
/// layer and the unit. So routing rows to towers or cutting the batch into slices for threads
/// drops the same units as doing neither.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    probability: f32,
    key: u64,
    first_row: u64,
    precision: Precision,
    sink: Option<Sink>,
    moments: Option<Arc<Moments>>,
}

/// How some rows go through one network.
#[derive(Clone, Debug, Default)]
pub struct RowPass {
    /// Which units are dropped; none outside training.
    pub keys: Option<RowKeys>,
    /// Number format of the products in hidden layers.
    pub precision: Precision,
    /// Where gradients go that candle's graph does not carry; none outside training.
    pub sink: Option<Sink>,
    /// Moments of the whole batch, where the backbone asked for them.
    pub moments: Option<Arc<Moments>>,
}

impl RowPass {
    /// The same rows where training drops units with another probability.
    pub fn dropping(&self, probability: f32) -> Self {
        let keys = self.keys.as_ref().map(|keys| keys.with_probability(probability));
        Self { keys, ..self.clone() }
    }

    /// Hidden layer `l` of a network.
    pub fn layer(&self, l: usize) -> Dense {
        let keys = self.keys.as_ref().filter(|keys| keys.drops());
        let activation = Activation::Relu(keys.map(|keys| keys.at_layer(l)));
        Dense { activation, precision: self.precision }
    }
}

impl Pass {
    /// No unit is dropped.
    pub fn inference() -> Self {
        Self::default()
    }

    /// Drops units with `probability`, keyed by the step; `first_row` is where this slice of
    /// the batch begins. After the backward pass [`Pass::collect`] must be called.
    pub fn training(probability: f32, key: u64, first_row: usize) -> Self {
        Self {
            probability,
            key,
            first_row: first_row as u64,
            sink: Some(Sink::default()),
            ..Self::default()
        }
    }

    /// The same in another number format.
    pub fn in_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The same with what [`crate::model::Model::moments`] gave for the whole batch.
    pub fn with_moments(self, moments: Option<Arc<Moments>>) -> Self {
        Self { moments, ..self }
    }

    /// The rows `which` (places in the slice) on their way through tower `tower`.
    pub fn rows(&self, which: &[u32], tower: usize) -> RowPass {
        let places = which.iter().map(|i| self.first_row + u64::from(*i));
        let training = self.sink.is_some();
        let keys = training.then(|| RowKeys::new(self.probability, self.key, tower, places));
        RowPass { keys, ..self.undropped() }
    }

    /// Rows on their way through a network without dropout.
    pub fn undropped(&self) -> RowPass {
        let (sink, moments) = (self.sink.clone(), self.moments.clone());
        RowPass { keys: None, precision: self.precision, sink, moments }
    }

    /// Completes the gradients of a backward pass.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn collect(&self, store: &mut GradStore) -> candle_core::Result<()> {
        self.sink.as_ref().map_or(Ok(()), |sink| sink.pour(store))
    }
}
