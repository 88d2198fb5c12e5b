//! A store for gradients of dense parameters and embedded rows that candle's graph does not carry.
//!
//! [`super::Pass::training`] makes one sink per slice of a batch. During the slice's backward pass
//! the operations of this folder call [`GradientSink::add`]; afterwards [`super::Pass::collect`]
//! calls [`GradientSink::pour`].

use candle_core::backprop::GradStore;
use candle_core::{Tensor, TensorId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

/// Gradients that the backward pass of one slice found for leaves of its graph.
///
/// candle adds every gradient to a fresh tensor of zeros. For the weights and the hidden layers of
/// a tower these additions are most of the bytes that a step moves. So [`super::Mlp`] leaves the
/// gradients of its parameters here, and also those of its input where that is a leaf.
/// [`GradientSink::pour`] then moves them into candle's store. Clones share one store.
#[derive(Clone, Debug, Default)]
pub struct GradientSink(Arc<Mutex<HashMap<TensorId, Found>>>);

/// A leaf and its gradient.
type Found = (Tensor, Vec<f32>);

impl GradientSink {
    /// Adds `gradient` to the gradient of `leaf`; the elements are in the order of the leaf's.
    pub fn add(&self, leaf: &Tensor, gradient: Vec<f32>) {
        // A lock is poisoned only if a thread panicked here, and that panic ends the whole step.
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match found.entry(leaf.id()) {
            Entry::Occupied(mut known) => {
                known.get_mut().1.iter_mut().zip(gradient).for_each(|(s, g)| *s += g);
            }
            Entry::Vacant(new) => _ = new.insert((leaf.clone(), gradient)),
        }
    }

    /// Moves all gradients into `store` and adds them to those that are already there.
    ///
    /// # Errors
    /// Only what candle reports.
    pub fn pour(&self, store: &mut GradStore) -> candle_core::Result<()> {
        let found = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (leaf, gradient) in found.into_values() {
            let mut gradient = Tensor::from_vec(gradient, leaf.shape(), leaf.device())?;
            if let Some(other) = store.remove(&leaf) {
                gradient = (gradient + other)?;
            }
            store.insert(&leaf, gradient);
        }
        Ok(())
    }
}
