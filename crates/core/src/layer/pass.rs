//! A pass describes how rows go through the networks: inference, or training with dropout.
//!
//! `ssim_train::engine` makes a [`Pass`] for every slice of a batch at every step; [`crate::model`]
//! and [`crate::selector`] make one for inference. From it [`crate::backbone::logits`] makes a
//! [`RowPass`] for the rows of each tower, and the layers read that. In training,
//! [`Pass::collect`] must be called after the slice's backward pass.

use super::Precision;
use super::dense::{Activation, Dense};
use super::dropout::RowKeys;
use super::gradient_sink::GradientSink;
use super::moments::Moments;
use crate::repeats::Repeats;
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, TensorId};
use std::sync::Arc;

/// How one slice of a batch goes through the networks: inference, or a step of training.
///
/// Dropout is a hash of the step's key, the row's position in the batch, the tower, the layer and
/// the unit. So the dropped units do not change when rows are routed to towers, or when the batch
/// is cut into slices for threads.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    probability: f32,
    key: u64,
    first_row: u64,
    places: Option<Arc<[u32]>>,
    precision: Precision,
    sink: Option<GradientSink>,
    moments: Option<Arc<Moments>>,
}

/// How some rows of a slice go through one network. [`Pass::rows`] and [`Pass::undropped`] make it.
#[derive(Clone, Debug, Default)]
pub struct RowPass {
    /// The keys of dropout, one per row; `None` outside training.
    pub keys: Option<RowKeys>,
    /// Number format of the products in hidden layers.
    pub precision: Precision,
    /// The store for gradients that candle's graph does not carry; `None` outside training.
    pub sink: Option<GradientSink>,
    /// Moments of the whole batch, if the backbone normalises rows.
    pub moments: Option<Arc<Moments>>,
    /// A network's input, and the fields in which its rows repeat few ids.
    pub repeats: Option<(TensorId, Arc<Repeats>)>,
}

impl RowPass {
    /// A copy for a network with the input `x`, whose rows have these repeats.
    pub fn with_repeats(self, x: &Tensor, repeats: Option<Arc<Repeats>>) -> Self {
        Self { repeats: repeats.map(|repeats| (x.id(), repeats)), ..self }
    }

    /// The repeats of the rows `x`, if they are the network's input.
    pub fn repeats_of(&self, x: &Tensor) -> Option<Arc<Repeats>> {
        self.repeats
            .as_ref()
            .filter(|(input, _)| *input == x.id())
            .map(|(_, repeats)| repeats.clone())
    }

    /// A copy that drops units with another probability; outside training nothing is dropped.
    pub fn dropping(&self, probability: f32) -> Self {
        let keys = self.keys.as_ref().map(|keys| keys.with_probability(probability));
        Self { keys, ..self.clone() }
    }

    /// The operation of hidden layer `l`: ReLU, then this pass's dropout, in its precision. `x` is
    /// the layer's input where it is known; if it is the network's, the repeats of its rows are used.
    pub fn layer(&self, l: usize, x: Option<&Tensor>) -> Dense {
        // Without keys the layer skips the loop of dropout.
        let keys = self.keys.as_ref().filter(|keys| keys.drops());
        let activation = Activation::Relu(keys.map(|keys| keys.at_layer(l)));
        let repeats = x.and_then(|x| self.repeats_of(x));
        Dense { activation, precision: self.precision, repeats }
    }
}

impl Pass {
    /// A pass without dropout and without a gradient sink.
    pub fn inference() -> Self {
        Self::default()
    }

    /// A pass that drops units with `probability`; `key` is the step's, and `first_row` is the
    /// position in the batch of the slice's first row. Call [`Pass::collect`] after the slice's
    /// backward pass.
    pub fn training(probability: f32, key: u64, first_row: usize) -> Self {
        Self {
            probability,
            key,
            first_row: first_row as u64,
            sink: Some(GradientSink::default()),
            ..Self::default()
        }
    }

    /// A copy for a slice whose rows are not neighbours: row `i` of the slice is at `places[i]` of the
    /// batch.
    pub fn at(self, places: Arc<[u32]>) -> Self {
        Self { places: Some(places), ..self }
    }

    /// Whether several networks may run as one operation, which leaves gradients in the sink: in a
    /// training step in host memory.
    pub fn fuses(&self, device: &Device) -> bool {
        self.sink.is_some() && device.is_cpu()
    }

    /// A copy with another number format.
    pub fn in_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// A copy with the moments of the whole batch, which [`crate::model::Model::moments`] computes.
    /// Training a backbone that normalises rows fails without them.
    pub fn with_moments(self, moments: Option<Arc<Moments>>) -> Self {
        Self { moments, ..self }
    }

    /// The pass of the rows `which` (positions in the slice) through tower `tower`.
    pub fn rows(&self, which: &[u32], tower: usize) -> RowPass {
        let place = |i: &u32| match &self.places {
            Some(places) => u64::from(places[*i as usize]),
            None => self.first_row + u64::from(*i),
        };
        let places = which.iter().map(place);
        // Also for probability 0: `RowPass::dropping` may raise it.
        let training = self.sink.is_some();
        let keys = training.then(|| RowKeys::new(self.probability, self.key, tower, places));
        RowPass { keys, ..self.undropped() }
    }

    /// The pass of any rows through a network without dropout.
    pub fn undropped(&self) -> RowPass {
        RowPass {
            keys: None,
            precision: self.precision,
            sink: self.sink.clone(),
            moments: self.moments.clone(),
            repeats: None,
        }
    }

    /// Moves the gradients of the sink into `store`, the result of the slice's backward pass.
    /// Outside training it does nothing.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn collect(&self, store: &mut GradStore) -> candle_core::Result<()> {
        self.sink.as_ref().map_or(Ok(()), |sink| sink.pour(store))
    }
}
