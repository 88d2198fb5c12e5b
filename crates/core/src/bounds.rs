//! The bounds of all sizes that settings and files may ask for.
//!
//! They are far above what anybody trains, and keep a slip of the pen or a damaged file from asking for
//! more memory than any machine has. They are checked before anything is reserved.

use crate::error::{Error, Result};

/// The smallest and the largest value of a size. For a list of widths they are those of each width; such a
/// list has 1 to [`LAYERS`] entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The setting, or `backbone.…` and `selector.…` for a size that follows from the data.
    pub key: &'static str,
    /// The smallest value.
    pub from: u64,
    /// The largest value.
    pub to: u64,
}

/// The most layers of one network.
pub const LAYERS: usize = 64;

/// The most weights of one network, its embedding table not counted.
pub const WEIGHTS: u64 = 1 << 32;

const WIDTH: u64 = 1 << 16;
const ROWS: u64 = 1 << 24;
const SCENARIOS: u64 = u16::MAX as u64;
const MEMBERS: u64 = 64;
const EPOCHS: u64 = 1_000_000;

/// All bounds.
pub const TABLE: &[Bounds] = &[
    bounds("model.dim", 1, 4096),
    bounds("model.mlp", 1, WIDTH),
    bounds("model.cross", 0, LAYERS as u64),
    bounds("model.members", 1, MEMBERS),
    bounds("star.mlp", 1, WIDTH),
    bounds("star.aux", 1, WIDTH),
    bounds("hmoe.share", 1, WIDTH),
    bounds("hmoe.experts", 1, 1024),
    bounds("hmoe.expert", 1, WIDTH),
    bounds("hmoe.tower", 1, WIDTH),
    bounds("dffm.layers", 1, LAYERS as u64),
    bounds("mmoe.experts", 1, 1024),
    bounds("ple.experts", 1, 1024),
    bounds("pepnet.gate", 1, WIDTH),
    bounds("selector.mlp", 1, WIDTH),
    bounds("train.batch", 1, ROWS),
    bounds("train.eval_batch", 1, ROWS),
    bounds("train.checkpoint_steps", 1, 1_000_000_000_000),
    bounds("search.epochs", 1, EPOCHS),
    bounds("distil.epochs", 1, EPOCHS),
    bounds("retrain.max_epochs", 0, EPOCHS),
    bounds("retrain.patience", 0, EPOCHS),
    bounds("retrain.towers_per_row", 0, SCENARIOS),
    bounds("mamdr.helpers", 0, SCENARIOS),
    bounds("backbone.width", 1, ROWS),
    bounds("backbone.towers", 1, SCENARIOS),
    bounds("backbone.members", 1, MEMBERS),
    bounds("selector.width", 1, ROWS),
    bounds("selector.heads", 1, SCENARIOS),
];

const fn bounds(key: &'static str, from: u64, to: u64) -> Bounds {
    Bounds { key, from, to }
}

/// The bounds of the size `key`.
pub fn find(key: &str) -> Option<&'static Bounds> {
    TABLE.iter().find(|bounds| bounds.key == key)
}

/// Checks one size.
///
/// # Errors
/// The size is out of its bounds; the message names the key and the bounds.
pub fn one(key: &str, got: u64) -> Result<()> {
    match find(key).filter(|bounds| !(bounds.from..=bounds.to).contains(&got)) {
        Some(Bounds { from, to, .. }) => {
            Err(Error::Config(format!("{key}: expected {from} to {to}, got {got}")))
        }
        None => Ok(()),
    }
}

/// Checks the widths of the layers of a network.
///
/// # Errors
/// There is no layer, there are too many, or a width is out of its bounds.
pub fn widths(key: &str, got: &[usize]) -> Result<()> {
    if !(1..=LAYERS).contains(&got.len()) {
        let n = got.len();
        return Err(Error::Config(format!("{key}: expected 1 to {LAYERS} widths, got {n}")));
    }
    got.iter().try_for_each(|width| one(key, *width as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_out_of_bounds_is_named() {
        assert!(widths("model.mlp", &[1024, 512]).is_ok());
        let told = |result: Result<()>| result.unwrap_err().to_string();
        assert_eq!(told(one("model.dim", 0)), "model.dim: expected 1 to 4096, got 0");
        assert_eq!(told(widths("model.mlp", &[])), "model.mlp: expected 1 to 64 widths, got 0");
        let wide = told(widths("star.mlp", &[8, 65_537]));
        assert_eq!(wide, "star.mlp: expected 1 to 65536, got 65537");
    }

    #[test]
    fn every_size_is_bounded_once() {
        for (i, bounds) in TABLE.iter().enumerate() {
            assert!(bounds.from <= bounds.to);
            assert!(TABLE[i + 1..].iter().all(|other| other.key != bounds.key), "{}", bounds.key);
        }
    }
}
