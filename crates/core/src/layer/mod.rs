//! Building blocks of all networks.

mod dense;
mod dropout;
mod mlp;

pub use dense::{Activation, dense};
pub use dropout::{Pass, RowKeys};
pub use mlp::{Linear, Mlp};
