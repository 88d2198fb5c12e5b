//! The number format of products.

use serde::{Deserialize, Serialize};

/// Number format of the products in hidden layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats throughout.
    #[default]
    F32,
    /// Factors rounded to bfloat16, sums, weights and everything else in 32 bits, where the processor
    /// is faster so (AMD's with AVX512-BF16, and GPUs); elsewhere the same as f32.
    Bf16,
}
