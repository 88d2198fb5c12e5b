//! The names of the phases, which checkpoints, journals and reports have in common.

/// Name of the phase that fits a teacher for the selector.
pub const TEACH: &str = "teach";
/// Name of the phase in which the selector learns from the teacher.
pub const DISTIL: &str = "distil";
/// Name of the phase in which the selector learns together with the backbone.
pub const SEARCH: &str = "search";
/// Name of the phase that fits the model that a method starts from.
pub const START: &str = "start";
/// Name of the phase that trains a model on the list; copies add their scenario's index.
pub const RETRAIN: &str = "retrain";
