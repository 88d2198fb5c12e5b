//! Drift: how far later rows are from those that a model was fitted on.
//!
//! A [`Baseline`] keeps counts of the fitted rows. It is small: of a field it has its most frequent values, and of a
//! scenario ten groups of predictions. [`DriftCounter`] counts later rows in the same groups, and a [`Drift`] compares
//! both.

mod baseline;
mod counter;
mod stability;

pub use baseline::{
    Baseline, BaselineCounter, FieldBaseline, PredictionBaseline, ScenarioBaseline,
};
pub use counter::{BeforeNow, Drift, DriftCounter, FieldDrift, ScenarioDrift};
pub use stability::{StabilityIndex, stability};
