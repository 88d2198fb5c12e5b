//! How the rows of a data set or an artifact are looked at: columns to draw and to select by, counts of
//! lists, samples, and statistics over seeds. No model and no trainer uses this module.

mod bar;
pub mod explained;
pub mod inspect;
pub mod likeness;
pub mod list_statistics;
pub mod order;
pub mod profile;
pub mod statistics;
pub mod stratified_sample;
pub mod transfer;
