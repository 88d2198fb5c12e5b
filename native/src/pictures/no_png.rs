//! Stands in for `png.rs` where the program is built without the feature `png`.

use crate::terminal::exit::Fail;
use anyhow::Result;

/// Refuses to draw a chart as a PNG.
///
/// # Errors
/// Always; the message says how to get the chart.
pub fn png(_: &str, _: bool) -> Result<Vec<u8>> {
    Fail::usage(
        "--out: this program was built without PNG (the feature `png`); a name that ends in .svg works",
    )
}
