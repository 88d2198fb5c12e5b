//! Where gradients of dense parameters and embedded rows go that candle's graph does not carry.

use candle_core::Tensor;
use candle_core::backprop::GradStore;
use std::sync::{Arc, Mutex, PoisonError};

/// Gradients that the backward pass of one slice found for leaves of its graph.
///
/// candle adds every gradient to a fresh tensor of zeros. For the weights and the hidden layers
/// of a tower these are most of the bytes that a step moves, so [`super::Mlp`] leaves its
/// gradients, and those of rows that it reads first, here instead, and [`Sink::pour`] puts them where candle's own are.
#[derive(Clone, Debug, Default)]
pub struct Sink(Arc<Mutex<Vec<Found>>>);

/// A leaf and its gradient.
type Found = (Tensor, Vec<f32>);

impl Sink {
    /// Adds to the gradient of `leaf`, whose elements are in the order of `gradient`.
    pub fn add(&self, leaf: &Tensor, gradient: Vec<f32>) {
        // Whoever panicked while adding has failed the whole step.
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match found.iter_mut().find(|(known, _)| known.id() == leaf.id()) {
            Some((_, sum)) => sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += g),
            None => found.push((leaf.clone(), gradient)),
        }
    }

    /// Moves everything into `store`, adding to what is there.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn pour(&self, store: &mut GradStore) -> candle_core::Result<()> {
        let found = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (leaf, gradient) in found {
            let mut gradient = Tensor::from_vec(gradient, leaf.shape(), leaf.device())?;
            if let Some(other) = store.remove(&leaf) {
                gradient = (gradient + other)?;
            }
            store.insert(&leaf, gradient);
        }
        Ok(())
    }
}
