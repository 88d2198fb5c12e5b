//! Building blocks of all networks.

#[cfg(feature = "x86-bf16")]
mod bf16;
mod dense;
mod dropout;
mod experts;
mod fused;
pub mod init;
mod kept;
mod live;
mod mixture;
mod mlp;
mod moments;
mod narrow;
mod norm;
mod pass;
mod precision;
mod product;
mod sink;

pub use dense::{Activation, Dense, dense};
pub use dropout::RowKeys;
pub use experts::mixed_experts;
pub use mlp::{Head, Linear, Mlp};
pub use moments::Moments;
pub use norm::PartitionedNorm;
pub use pass::{Pass, RowPass};
pub use precision::Precision;
pub use sink::Sink;
