//! Pictures of runs and artifacts as SVG, PNG and HTML.

pub mod picture;
pub mod png;
pub mod poster;
pub mod projection;
