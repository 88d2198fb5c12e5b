//! Counts the weights of a network that does not exist yet.

use super::{BackboneConfig, find};
use crate::error::Result;
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of dense parameters of the backbone of this configuration, buffers included. No memory of
/// their size is reserved, so it can be asked for networks that no machine holds.
///
/// # Errors
/// When the configuration cannot be built.
pub fn weights(config: &BackboneConfig) -> Result<u64> {
    let sizes = Sizes::default();
    let backend = Box::new(sizes.clone());
    find(&config.backbone)?(config, VarBuilder::from_backend(backend, DType::F32, Device::Cpu))?;
    Ok(sizes.lock().values().fold(0, |sum, n| sum.saturating_add(*n)))
}

/// Number of values of each parameter that a builder has asked for, by name.
#[derive(Clone, Default)]
struct Sizes(Arc<Mutex<BTreeMap<String, u64>>>);

impl Sizes {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        // A panic in another thread cannot leave the map half-written, so its values can be used.
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
        self.lock().insert(name.to_owned(), n);
        // A single number that is seen everywhere.
        Tensor::zeros((), dtype, device)?.broadcast_as(shape)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("parameter \"{name}\" was asked for without a shape")
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().contains_key(name)
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
    fn a_network_that_no_machine_holds_is_counted() {
        let config = BackboneConfig {
            backbone: "dnn".into(),
            width: 64,
            dim: 8,
            mlp: vec![1 << 16, 1 << 16],
            towers: 1000,
            ..BackboneConfig::default()
        };
        assert!(weights(&config).unwrap() > 4_000_000_000_000);
    }
}
