//! Building blocks of all networks.

mod dense;
mod dropout;
mod fused;
pub mod init;
mod live;
mod mlp;
mod moments;
mod narrow;
mod norm;
mod pass;
mod product;
mod sink;

pub use dense::{Activation, dense};
pub use dropout::RowKeys;
pub use mlp::{Linear, Mlp};
pub use moments::Moments;
pub use norm::PartitionedNorm;
pub use pass::{Pass, RowPass};
pub use sink::Sink;
