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
    /// Factors are rounded to 10 bits of fraction where a training step runs on a GPU whose tensor cores do so;
    /// elsewhere the same as f32.
    Tf32,
    /// Factors are rounded to bfloat16; sums, weights and everything else have 32 bits. Used where
    /// this makes the processor faster (AMD's with AVX512-BF16, and GPUs); elsewhere the same as
    /// f32.
    Bf16,
}
