//! Counts the weights of a network that does not exist yet.

use super::ensemble::Ensemble;
use super::{BackboneConfig, find};
use crate::bounds::WEIGHTS;
use crate::error::Result;
use crate::parameters::too_many;
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of dense parameters of the backbone of this configuration, buffers included. No memory of
/// their size is reserved, so it can be asked for networks that no machine holds.
///
/// # Errors
/// When the configuration cannot be built, or the network has more than [`WEIGHTS`] weights.
pub fn weights(config: &BackboneConfig) -> Result<u64> {
    let sizes = Sizes::default();
    let backend = Box::new(sizes.clone());
    let vb = VarBuilder::from_backend(backend, DType::F32, Device::Cpu);
    Ensemble::new(find(&config.backbone)?, config, vb)?;
    let all = sizes.lock().all;
    Ok(all)
}

/// The parameters that a builder has asked for.
#[derive(Clone, Default)]
struct Sizes(Arc<Mutex<Counted>>);

/// Number of values of each parameter, and of all together.
#[derive(Default)]
struct Counted {
    sizes: BTreeMap<String, u64>,
    all: u64,
}

impl Sizes {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        // The threads that build networks do not share a count, so it cannot be half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimpleBackend for Sizes {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let n = shape.dims().iter().fold(1u64, |n, d| n.saturating_mul(*d as u64));
        let mut counted = self.lock();
        // A builder may ask for a parameter twice.
        if counted.sizes.insert(name.to_owned(), n).is_none() {
            counted.all = counted.all.saturating_add(n);
        }
        if counted.all > WEIGHTS {
            return Err(too_many(name).into_tensor());
        }
        // A single number that is seen everywhere.
        Tensor::zeros((), dtype, device)?.broadcast_as(shape)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("parameter \"{name}\" was asked for without a shape")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().sizes.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backbone::names;
    use crate::embedding::Embedding;
    use crate::model::Model;
    use crate::parameters::Parameters;

    #[test]
    fn as_many_are_counted_as_there_are() {
        for name in names() {
            let config = BackboneConfig {
                backbone: name.to_owned(),
                width: 12,
                dim: 3,
                mlp: vec![7, 5],
                cross: 2,
                towers: 4,
                scenario_field: Some(1),
                ..BackboneConfig::default()
            };
            let table = Embedding::seeded(9, 3, 1);
            let build = find(name).unwrap();
            let model =
                Model::new(build, config.clone(), table, Parameters::seeded(1), &Device::Cpu);
            let values = model.unwrap().parameters.values().unwrap();
            let there: usize = values.values().map(|(_, values)| values.len()).sum();
            assert_eq!(weights(&config).unwrap(), there as u64, "{name}");
        }
    }

    #[test]
    fn a_network_that_is_too_large_is_refused() {
        let config = BackboneConfig {
            backbone: "dnn".into(),
            width: 64,
            dim: 8,
            mlp: vec![1 << 16, 1 << 16],
            towers: 1000,
            ..BackboneConfig::default()
        };
        let error = weights(&config).unwrap_err().to_string();
        assert!(error.contains("at most"), "{error}");
    }
}
