//! Pictures of runs and artifacts as SVG, PNG and HTML.

pub mod picture;
#[cfg_attr(not(feature = "png"), path = "no_png.rs")]
pub mod png;
pub mod poster;
pub mod projection;
