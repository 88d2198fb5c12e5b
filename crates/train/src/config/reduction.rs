//! The setting that says how the losses of rows become one number.

use serde::{Deserialize, Serialize};
use ssim_core::backbone::Reduction;
use ssim_core::model::Model;

/// How the losses of a batch's rows become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReductionSetting {
    /// As in the published code of the backbone.
    #[default]
    Auto,
    /// One mean over the batch, in which a shared row counts 1/K for each of the K towers.
    /// Published for DNN, DeepFM and DCN, and used for PEPNet too.
    Batch,
    /// One mean per tower, and the means are summed. Published for STAR and HMoE, and used for DFFM,
    /// Shared-Bottom, MMoE and PLE too.
    Scenario,
}

impl ReductionSetting {
    /// The reduction that `model` is trained with under this setting.
    pub fn of(self, model: &Model) -> Reduction {
        match self {
            Self::Auto => model.reduction(),
            Self::Batch => Reduction::Batch,
            Self::Scenario => Reduction::Scenario,
        }
    }
}
