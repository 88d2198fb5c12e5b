//! The settings of MAMDR's outer steps; the equations are in `phase/outer.rs`.

use serde::{Deserialize, Serialize};

/// MAMDR: inner loops over scenarios, each with an outer step; only dn and mamdr have them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MamdrConfig {
    /// β of domain negotiation: the part of the way through all scenarios that the shared weights move
    /// per epoch. With the published 0.1 an epoch moves little, so `retrain.max_epochs` may end training
    /// before its best epoch.
    pub negotiation_rate: f64,
    /// γ of domain regularisation: the part of the way through a helper's rows and its own that a
    /// scenario's weights move.
    pub regularisation_rate: f64,
    /// Helpers: other scenarios, drawn anew for every epoch of domain regularisation, each of which a
    /// scenario's weights go through before its own rows. More than there are count as all.
    pub helpers: usize,
}

impl Default for MamdrConfig {
    fn default() -> Self {
        Self { negotiation_rate: 0.1, regularisation_rate: 0.1, helpers: 3 }
    }
}
