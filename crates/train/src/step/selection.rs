//! The settings of the objective that teaches the selector.

use crate::config::{Kl, MaskGradient};
use ssim_core::mask::SearchMask;

/// The part of the objective that teaches the selector, as it stands at one step of a search.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// Threshold and final temperature.
    pub mask: SearchMask,
    /// This step's temperature.
    pub temperature: f64,
    /// λ.
    pub lambda: f64,
    /// Form of the λ-term.
    pub kl: Kl,
    /// Whether a row's own loss counts for its mask.
    pub gradient: MaskGradient,
    /// Part of the gradient that passes below the threshold.
    pub leak: f64,
}
