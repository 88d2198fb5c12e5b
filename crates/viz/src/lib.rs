#![doc = include_str!("../README.md")]
//!
//! All charts follow the same rules:
//! - A *shared* instance is drawn filled, a *private* one hollow. Series differ in shape or dash
//!   as well as in colour.
//! - Text is never coloured, and numerals are tabular. `<title>` and `<desc>` say in words what
//!   the picture shows.
//! - A [`Look`] gives the width and the [`Theme`]. [`Theme::Auto`] follows the reader's system,
//!   even if the SVG is shown by an `<img>`.
//!
//! Very many points are drawn as pixels, not as SVG. A [`Rasterizer`] draws them without a GPU, a
//! [`PickGrid`] finds the point under the pointer, and a [`Polygon`] finds the points inside a
//! lasso. A [`Map`] is the same picture with axes and a legend, for documents. A [`Rule`] is a
//! selection of rows written as text, for an address or a command line. The feature `projection`
//! turns vectors into positions (PCA, t-SNE) and measures how far these can be trusted.
//!
//! In the project's own copy of this page, the picture below is live:
//!
//! <div><ssim-view artifact="../../page/demo.ssim" view="metrics">
#![doc = include_str!("../figure.svg")]
//! </ssim-view></div>

mod axis;
mod calibration;
mod colour;
mod curves;
mod frame;
mod lasso;
mod legend;
mod map;
mod marks;
mod matrix;
mod metrics;
mod number;
mod order;
mod pick;
mod picks;
#[cfg(feature = "png")]
mod picture;
mod plane;
mod points;
#[cfg(feature = "projection")]
pub mod projection;
mod roc;
mod rule;
mod scale;
mod shape;
mod shares;
mod simplify;
mod slope;
mod spread;
mod strips;
mod svg;
mod sweep;
mod theme;
mod what_if;

pub use calibration::{Bin, Calibration, Reliability};
pub use colour::{Palette, Rgb, diverging, sequential};
pub use curves::{CurveLine, Curves};
pub use lasso::Polygon;
pub use map::{Encode, Map};
pub use marks::Marked;
pub use matrix::{MatrixCell, MatrixValues, ShareMatrix};
pub use metrics::{Estimate, MethodRow, MetricsChart};
pub use number::{count, fixed};
pub use order::rising;
pub use pick::PickGrid;
pub use picks::{COLOURED, OTHER, Picks, by_size, classes, largest, seen, toggled};
pub use plane::plane;
pub use points::{Image, Points, Rasterizer, Rect, Style, View, suggested_opacity, suggested_size};
pub use roc::{Roc, RocCurve};
pub use rule::{Clause, FieldColumn, Op, Rule, RuleEffect, RuleError, Step};
pub use shares::{ScenarioCounts, Shares};
pub use simplify::simplify;
pub use slope::{Change, Slope};
pub use strips::Strips;
pub use svg::escape;
pub use sweep::{Dot, Policy, SweepChart};
pub use theme::{Look, STYLE, Theme, variables};
pub use what_if::{Gauge, Tower, WhatIf};
