//! Sizes that no machine holds are errors, also those of a file: nothing is reserved for them.

use candle_core::Device;
use ssim_core::Error;
use ssim_core::backbone::{self, BackboneConfig};
use ssim_core::embedding::Embedding;
use ssim_core::model::Model;
use ssim_core::parameters::Values;
use ssim_core::selector::{Selector, SelectorConfig};

/// Sizes of a model of three fields, of which the last one holds the scenario.
fn small(name: &str) -> BackboneConfig {
    BackboneConfig {
        backbone: name.into(),
        width: 12,
        dim: 4,
        mlp: vec![5],
        cross: 1,
        towers: 2,
        scenario_field: Some(2),
        ..BackboneConfig::default()
    }
}

fn table() -> Embedding {
    Embedding::seeded(10, 4, 1)
}

#[test]
fn a_file_cannot_ask_for_more_than_it_has() {
    let huge = usize::MAX / 2;
    let changes: [fn(&mut BackboneConfig, usize); 13] = [
        |c, n| c.width = n,
        |c, n| c.mlp = vec![n],
        |c, n| c.mlp = vec![1; n.min(1000)],
        |c, n| c.towers = n,
        |c, n| c.cross = n,
        |c, n| c.star.mlp = vec![n],
        |c, n| c.star.aux = n,
        |c, n| c.hmoe.experts = n,
        |c, n| c.hmoe.expert = n,
        |c, n| c.dffm.layers = n,
        |c, n| c.mmoe.experts = n,
        |c, n| c.ple.experts = n,
        |c, n| c.pepnet.gate = n,
    ];
    for name in backbone::names() {
        for (i, change) in changes.iter().enumerate() {
            // Out of bounds, and within the bounds but more than the file holds.
            for size in [huge, 4096, 0] {
                let mut config = small(name);
                change(&mut config, size);
                let model = Model::from_values(config, table(), Values::new(), &Device::Cpu);
                let error = model.map(drop).unwrap_err();
                assert!(matches!(error, Error::File(_)), "{name}, change {i}, {size}: {error:?}");
            }
        }
    }
    let config = SelectorConfig { width: 12, mlp: vec![5], heads: huge };
    let selector = Selector::from_values(config, Values::new(), &Device::Cpu);
    assert!(matches!(selector.map(drop).unwrap_err(), Error::File(_)));
}

#[test]
fn allowed_sizes_may_be_too_many_together() {
    let wide = BackboneConfig { mlp: vec![1 << 16; 2], ..small("dnn") };
    let error = Model::seeded(wide, 10, 4, 1, &Device::Cpu).map(drop).unwrap_err();
    let expected = "network: expected at most 4294967296 weights, got more with parameter";
    assert!(
        matches!(error, Error::Config(_)) && error.to_string().starts_with(expected),
        "{error}"
    );
}
