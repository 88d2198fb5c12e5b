//! Numbers to pictures: the charts of the page, the command line and the documents.
//!
//! Every chart is a plain struct of names and numbers with one method, `svg`, which returns a
//! complete SVG document. The same numbers give the same bytes on every host.
//!
//! What all charts have in common:
//! - what is *shared* is filled, what is *private* is hollow; series differ in shape or dash as
//!   well as in colour;
//! - text is never coloured, numerals are tabular, and `<title>` and `<desc>` say in words what
//!   the picture shows;
//! - a [`Look`] gives the width and the [`Theme`]. [`Theme::Auto`] follows the reader's system,
//!   also where the SVG is an `<img>`.
//!
//! ```
//! use ssim_viz::{Look, Share, Shares};
//! let chart = Shares {
//!     title: "Shared instances".into(),
//!     note: String::new(),
//!     scenarios: vec![Share { scenario: "home".into(), instances: 1310, shared: 412 }],
//! };
//! let svg = chart.svg(&Look::default());
//! assert!(svg.starts_with("<svg ") && svg.contains("412 of 1,310"));
//! ```

mod curves;
mod marks;
mod metrics;
mod number;
mod scale;
mod shares;
mod svg;
mod theme;

pub use curves::{Curve, Curves};
pub use metrics::{Estimate, Method, Metrics};
pub use number::{count, fixed};
pub use shares::{Share, Shares};
pub use theme::{Look, STYLE, Theme, variables};
