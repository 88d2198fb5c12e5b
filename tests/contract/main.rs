//! The contracts that every network keeps: shapes, gradients, determinism, saving and routing.
//!
//! The tests loop over the registry, so a backbone that is added there is tested without a new
//! test. One more backbone, which is not in the registry, shows that a file and a line are enough.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod average;
mod backbone;
mod copies;
mod dense;
mod difference;
mod directed;
mod elsewhere;
mod every_tower;
mod fixture;
mod glimpse;
mod going_on;
mod mamdr;
mod members;
mod new_list_source;
mod new_metric;
mod newcomer;
mod ranks;
mod repeats;
mod resume;
mod selector;
mod star;
mod stop;
mod swap;
mod tower_draw;
mod workers;
